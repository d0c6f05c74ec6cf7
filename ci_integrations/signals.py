"""The single signal of the project."""

from django.dispatch import Signal

# Sent within the transaction that settles a run, once per attempt, with `run_id`. A receiver only enqueues.
run_settled = Signal()
