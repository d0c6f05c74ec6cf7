"""What this app hears: a run has settled, somebody spoke to us."""

from typing import Any

from ci_integrations.services.queue import enqueue
from fixers.commands import TASK as ANSWER_TASK
from fixers.services import TRIAGE_TASK


def answer_settled_run(sender: object, *, run_id: int, **_: Any) -> None:
    """Enqueue the triage, in the transaction that settles the run."""
    enqueue(TRIAGE_TASK, run_id)


def answer_news(sender: object, *, delivery_id: int, **_: Any) -> None:
    """Enqueue the answer, in the transaction that ends the delivery."""
    enqueue(ANSWER_TASK, delivery_id)
