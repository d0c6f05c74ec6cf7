"""What the queue calls: an id in, a service called."""

from fixers import services, supervisor

__all__ = ["run_fix", "sweep_fixes", "triage_run"]


def triage_run(run_id: int) -> None:
    """Answer a settled run."""
    services.triage(run_id)


def run_fix(attempt_id: int) -> None:
    """Work on a fix attempt, in a process of its own."""
    supervisor.supervise(attempt_id)


def sweep_fixes() -> None:
    """Repair whatever was missed."""
    services.sweep()
