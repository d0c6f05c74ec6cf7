"""Our side of a story over a stateful fake: webhooks come in at the front door, the queue is worked in this process."""

from datetime import timedelta
from typing import Any, Final, Protocol

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations.models import Action, Connection, Delivery
from ci_integrations.services import follow, sync
from fixers import work
from fixers.attempts import FIX_TASK
from fixers.models import Report
from tests.queue import drain

# What waits for its time by design; everything else of a story is due at once.
PATIENT: Final = {follow.LIST_TASK, sync.POLL_TASK}


class Hook(Protocol):
    """A webhook that is to be sent."""

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""

    @property
    def body(self) -> bytes:
        """Its body."""


class Server(Protocol):
    """A fake on which things really run, and which sends webhooks."""

    @property
    def outbox(self) -> list[Any]:
        """Webhooks that were not handed over yet."""

    def wait_idle(self) -> None:
        """Until nothing runs."""

    def pump(self, post: Any) -> int:
        """Hand over what is in the outbox."""


class Settling:
    """A connection to a fake, and everything that happens on both sides."""

    def __init__(self, server: Server, connection: Connection) -> None:
        self.connection = connection
        self.client = Client()
        self._server = server

    def post(self, hook: Hook) -> int:
        """Hand a webhook over, as the server does; gives the status."""
        address = reverse("webhook", args=[self.connection.provider, self.connection.key])
        answer = self.client.post(address, hook.body, content_type="application/json", headers=hook.headers)
        return answer.status_code

    def settle(self, *, patient: frozenset[str] | set[str] = frozenset(PATIENT)) -> None:
        """Let everything happen, on both sides, until nothing does; `patient` are tasks that wait for their time."""
        for _ in range(40):
            self._server.wait_idle()
            pumped = self._server.pump(self.post)
            for model in (Action, Delivery, Report):
                model._default_manager.update(not_before=None)
            for row in OrmQ.objects.all():
                if row.task["func"] not in patient:
                    OrmQ.objects.filter(pk=row.pk).update(lock=timezone.now() - timedelta(seconds=1))
            worked = drain(instead={FIX_TASK: work.work_on})
            self._server.wait_idle()
            if not pumped and not worked and not self._server.outbox:
                return
        raise AssertionError("it never comes to rest")
