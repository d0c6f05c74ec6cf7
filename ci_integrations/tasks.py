"""What the queue calls: an id in, a service called."""

from ci_integrations.services import collect, control, inbox, sweep, sync

__all__ = ["beat", "collect_run", "discover_runs", "perform_action", "poll_run", "process_delivery", "sweep_all"]


def process_delivery(delivery_id: int) -> None:
    """Fetch the runs that a webhook speaks of."""
    inbox.process(delivery_id)


def poll_run(run_id: int) -> None:
    """Ask for a run that is due."""
    sync.poll_run(run_id)


def collect_run(run_id: int) -> None:
    """Fetch logs and results of a finished run and settle it."""
    collect.collect_run(run_id)


def perform_action(action_id: int) -> None:
    """Send a write to a provider, at most once."""
    control.perform(action_id)


def discover_runs(connection_id: int) -> None:
    """Look for runs that no webhook told of."""
    sync.discover_runs(connection_id)


def sweep_all() -> None:
    """Repair whatever was missed."""
    sweep.sweep()


def beat(cluster: str) -> None:
    """Sign of life of a cluster."""
    sweep.beat(cluster)
