"""What the fake CircleCI has to tell, until it is handed over."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from tests.fakes.circleci.hooks import FakeHook, Hook
from tests.fakes.circleci.state import FakeProject
from tests.fakes.faulty import Faulty

ATTEMPTS: Final = 3


class Outbox(Faulty):
    """`hooks` are the webhooks that projects have, `outbox` the events that were not handed over yet."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[FakeHook] = []
        self.outbox: list[Hook] = []
        self.deliveries: list[tuple[Hook, int]] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def add_hook(self, project: FakeProject, url: str, secret: str = "hook-secret-of-tests", **more: Any) -> FakeHook:
        """A webhook of a project. `more` are fields of FakeHook."""
        hook = FakeHook(project, url, secret, self.now(), self.now(), **more)
        self.hooks.append(hook)
        return hook

    def emit(self, project: FakeProject, kind: str, payload: Callable[[FakeHook], dict[str, Any]]) -> None:
        """Put an event into the outbox, for each webhook that wants it."""
        with self.lock:
            wanted = [hook for hook in self.hooks if hook.project is project and kind in hook.events]
            self.outbox += [Hook(hook, payload(hook)) for hook in wanted]

    def pump(self, post: Callable[[Hook], int]) -> int:
        """Hand over what is in the outbox: `post` gives the status code. Gives how many there were.

        What is not answered with 2xx is sent again the next time, a few times.
        """
        with self.lock:
            sent, self.outbox = self.outbox, []
        for hook in sent:
            status = post(hook)
            hook.attempts += 1
            self.deliveries.append((hook, status))
            if not 200 <= status < 300 and hook.attempts < ATTEMPTS:
                self.outbox.append(hook)
        return len(sent)
