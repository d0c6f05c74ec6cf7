"""What the contract asks of a server: one interface over every fake, so that one suite tests every provider."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from ci_integrations.domain import Capability, JobRef, RepoRef, RunRef, State, TriggerRequest
from ci_integrations.providers.base import CIProvider

Wish = Literal["trigger", "retry", "cancel", "approve"]
LOG = b"one\ntwo\nthree\n"


class Bench(Protocol):
    """A server that a test moves by hand, and connections to it."""

    repo: RepoRef
    # What may appear in no error and no repr.
    secret: str
    # What its connections declare.
    can: ClassVar[Capability]

    @classmethod
    def open(cls, place: Path) -> AbstractContextManager["Bench"]:
        """Start one; files go below `place`."""

    def connect(self, **config: object) -> CIProvider:
        """A new provider; `config` changes keys of its configuration."""

    def begin(self) -> RunRef:
        """A run that somebody's push started, running, with one job that runs and whose log, if it is live, is LOG."""

    def block(self) -> RunRef:
        """A run with one job that waits for a person."""

    def end(self, ref: RunRef, state: State) -> None:
        """End it and its job; LOG is the job's log, and an artifact `report.xml` of it can be had."""

    def wish(self, intent: str = "1f") -> TriggerRequest:
        """A wish that the server grants."""

    def job(self, ref: RunRef) -> JobRef:
        """The run's job."""

    def done(self, wish: Wish) -> int:
        """How many of these writes were carried out."""

    def lose(self, wish: Wish, *, done: bool) -> None:
        """The next such write is answered by 502; whether it is carried out all the same, `done` says."""

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        """Every request from now on is answered like this."""

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        """Headers, names in lower case, and body of a webhook about the run's end."""
