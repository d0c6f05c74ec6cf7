"""The output of a step: by v3 while the step runs, by ranges; by v1.1 in one piece once it has ended.

https://github.com/CircleCI-Public/circleci-cli (internal/apiclient/job.go), https://circleci.com/docs/api/v1/#single-job
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final, Protocol

from ci_integrations.errors import NotFound, RangeEnded
from ci_integrations.providers.circleci.client import Client, path_of
from ci_integrations.providers.circleci.messages import messages
from ci_integrations.providers.circleci.steps import Step, is_late

MIB: Final = 1024 * 1024
CHUNK: Final = 16 * MIB
MOST_OF_A_STEP: Final = 256 * MIB
_CUT: Final = b"[the output goes on; CircleCI kept no more of it]\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some output of a step. `at_end`: there was no more; `finished`: and there will not be."""

    data: bytes
    at_end: bool
    finished: bool


class Output(Protocol):
    """Where the output of steps comes from."""

    def piece(self, step: Step, start: int, *, job_ended_at: datetime | None) -> Piece:
        """The output of a step from byte `start` on, up to a chunk of it."""


class Streamed:
    """Output by v3."""

    def __init__(self, client: Client, job: str) -> None:
        self._client = client
        self._job = job

    def piece(self, step: Step, start: int, *, job_ended_at: datetime | None) -> Piece:
        """As Output says. https://github.com/CircleCI-Public/circleci-cli, internal/apiclient/job.go."""
        try:
            data, at_end, is_terminal = self._read(step, "stdout", start)
        except (NotFound, RangeEnded):
            # There is nothing from there on; a step that writes nothing may have no output at all.
            data, at_end, is_terminal = b"", True, step.ended
        if not at_end:
            return Piece(data, at_end=False, finished=False)
        if not is_terminal and not is_late(step.finished_at or job_ended_at):
            return Piece(data, at_end=True, finished=False)
        return Piece(data + self._errors(step), at_end=True, finished=True)

    def _errors(self, step: Step) -> bytes:
        try:
            return self._read(step, "stderr", 0)[0]
        except NotFound:
            return b""

    def _read(self, step: Step, kind: str, start: int) -> tuple[bytes, bool, bool]:
        params = {"filter[execution]": f"{step.execution}", "filter[step_num]": f"{step.number}"}
        path = path_of("jobs", self._job, kind)
        with self._client.stream_v3(path, params, start=start, max_bytes=MOST_OF_A_STEP) as stream:
            if not stream.partial:
                stream.skip(start)
            data = stream.read(CHUNK)
            at_end = len(data) < CHUNK
            return data, at_end, at_end and stream.headers.get("X-Terminal", "").lower() == "true"


class Legacy:
    """Output by v1.1: there once the step has ended, in one piece, at an address of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def piece(self, step: Step, start: int, *, job_ended_at: datetime | None) -> Piece:
        """As Output says."""
        if not step.ended and job_ended_at is None:
            return Piece(b"", at_end=True, finished=False)
        if not step.link:
            # Where the output lies may be told later than that there is some.
            is_there = not step.has_output or is_late(step.finished_at or job_ended_at)
            return Piece(b"", at_end=True, finished=is_there)
        data, passed = bytearray(), 0
        with self._client.download(step.link, max_bytes=MOST_OF_A_STEP) as stream:
            for told in chain(messages(stream), [_CUT] if step.is_cut else []):
                data += told[max(0, start - passed) :]
                passed += len(told)
                if len(data) > CHUNK:
                    return Piece(bytes(data[:CHUNK]), at_end=False, finished=False)
        return Piece(bytes(data), at_end=True, finished=True)
