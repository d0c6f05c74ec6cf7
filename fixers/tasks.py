"""What the queue calls: an id in, a service called."""

from fixers import commands, posting, services, supervisor

__all__ = ["answer_delivery", "post_report", "run_fix", "sweep_fixes", "triage_run"]


def triage_run(run_id: int) -> None:
    """Answer a settled run."""
    services.triage(run_id)


def run_fix(attempt_id: int) -> None:
    """Work on a fix attempt, in a process of its own."""
    supervisor.supervise(attempt_id)


def sweep_fixes() -> None:
    """Repair whatever was missed."""
    services.sweep()
    commands.sweep()


def answer_delivery(delivery_id: int) -> None:
    """Do what people asked for at the code host."""
    commands.answer_delivery(delivery_id)


def post_report(report_id: int) -> None:
    """Bring a check and a comment up to date."""
    posting.post(report_id)
