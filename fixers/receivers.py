"""What this app hears: a run has settled."""

from typing import Any

from ci_integrations.services.queue import enqueue
from fixers.services import TRIAGE_TASK


def answer_settled_run(sender: object, *, run_id: int, **_: Any) -> None:
    """Enqueue the triage, in the transaction that settles the run."""
    enqueue(TRIAGE_TASK, run_id)
