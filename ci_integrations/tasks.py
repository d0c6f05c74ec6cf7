"""What the queue calls: an id in, a service called."""

from ci_integrations.services import (
    collect,
    control,
    follow,
    inbox,
    installations,
    logs,
    redelivery,
    retention,
    sweep,
)

__all__ = [
    "collect_run",
    "fetch_log",
    "list_repository",
    "perform_action",
    "poll_run",
    "process_delivery",
    "prune_all",
    "prune_logs",
    "redeliver",
    "redeliver_all",
    "refresh_all",
    "refresh_installations",
    "sweep_all",
]


def process_delivery(delivery_id: int) -> None:
    """Fetch the runs that a webhook speaks of."""
    inbox.process(delivery_id)


def poll_run(run_id: int) -> None:
    """Ask for a run that is due."""
    follow.poll_run(run_id)


def collect_run(run_id: int) -> None:
    """Fetch logs and results of a finished run and settle it."""
    collect.collect_run(run_id)


def fetch_log(job_id: int) -> None:
    """Store the log of a finished job that somebody wants to read."""
    logs.store_log(job_id)


def perform_action(action_id: int) -> None:
    """Send a write to a provider, at most once."""
    control.perform(action_id)


def list_repository(repository_id: int) -> None:
    """Look for runs that no webhook told of, and for the state of those that are followed."""
    follow.list_repository(repository_id)


def refresh_installations(connection_id: int) -> None:
    """Ask who installed us and for which repositories."""
    installations.refresh_in_background(connection_id)


def refresh_all() -> None:
    """Have all installations read again."""
    installations.refresh_all()


def redeliver(connection_id: int) -> None:
    """Ask for the deliveries that a provider could not hand over."""
    redelivery.redeliver(connection_id)


def redeliver_all() -> None:
    """Have the failed deliveries of all connections asked for."""
    redelivery.redeliver_all()


def sweep_all() -> None:
    """Repair whatever was missed."""
    sweep.sweep()


def prune_all(turn: int = 0) -> None:
    """Delete what is too old to keep; a day's work is done in turns."""
    retention.prune(turn)


def prune_logs(after_run: int) -> None:
    """Delete log files that no row names."""
    retention.prune_logs(after_run)
