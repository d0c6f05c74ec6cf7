"""What this package tells the others: a run has settled, somebody spoke to us. A receiver only enqueues."""

from django.dispatch import Signal

# Sent within the transaction that settles a run, once per attempt, with `run_id`.
run_settled = Signal()
# Sent within the transaction that ends a delivery which holds commands or changes, with `delivery_id`.
news_heard = Signal()
