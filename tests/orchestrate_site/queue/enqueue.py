"""Enqueue tasks: `python -m tests.orchestrate_site.queue.enqueue TASK SECONDS NUMBER [NUMBER ...]`."""

import os
import sys

import django

if __name__ == "__main__":
    django.setup()
    from django_q.tasks import async_task

    for number in sys.argv[3:]:
        async_task(
            f"tests.orchestrate_site.queue.tasks.{sys.argv[1]}",
            int(number),
            float(sys.argv[2]),
            cluster=os.environ.get("TEST_QUEUE_CLUSTER"),
        )
