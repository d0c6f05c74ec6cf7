"""The log of a job: the output of its steps one after another, each below a line with the step's name.

CircleCI keeps a log for each step, of each parallel execution. v3 tells a step's output while the step runs, by ranges;
v1.1 has it in one piece once the step has ended. What a step wrote to its error output, where v3 keeps that apart,
stands below its output, as CircleCI's own command line shows it.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from ci_integrations.domain import JobRef, LogChunk
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.providers.circleci.client import Client
from ci_integrations.providers.circleci.output import CHUNK, Legacy, Output, Streamed
from ci_integrations.providers.circleci.reading import Pipelines
from ci_integrations.providers.circleci.stepreading import Steps
from ci_integrations.providers.circleci.steps import JobSteps, Step, heading
from ci_integrations.providers.memo import FOR_EVER, Memo

# How often a job is asked for while one of its steps tells its output, in seconds.
LOOK_EVERY: Final = 5.0
_FOLLOWED: Final = 50
# By the process: whoever reads the log of a job that has ended asks for it again with a new provider.
_seen_ended: Final = Memo[str, datetime](1000, longest=FOR_EVER)


@dataclass(slots=True)
class _Shown:
    """How much of a step was read: of its output, and with its heading."""

    output: int = 0
    size: int = 0
    ends_line: bool = True
    done: bool = False


@dataclass(slots=True)
class _Followed:
    """What is known of a job whose log is read: each byte is asked for once."""

    job: JobSteps
    looked_at: float
    # By execution and number, in the order of the log.
    shown: dict[tuple[int, int], _Shown] = field(default_factory=dict)

    @property
    def is_waiting(self) -> bool:
        """Whether a step that is not done yet is being read: nothing but its output is of interest then."""
        return any(not shown.done for shown in self.shown.values())

    def steps(self) -> list[Step]:
        """The steps as they stand in the log: what was shown stays in its place, whatever begins late."""
        places = {(step.execution, step.number): step for step in self.job.steps}
        shown = [places[place] for place in self.shown if place in places]
        return shown + [step for step in self.job.certain() if (step.execution, step.number) not in self.shown]


class Logs:
    """Reads the logs of one connection's jobs."""

    def __init__(self, client: Client, steps: Steps, pipelines: Pipelines) -> None:
        self._client = client
        self._steps = steps
        self._pipelines = pipelines
        self._followed: dict[str, _Followed] = {}

    def read(self, ref: JobRef, offset: int) -> LogChunk:
        """A job's log from byte `offset` on, up to 16 MiB. Raises NotFound where it has none (yet).

        A step's place in the log is certain once all before it have ended; a step that runs on in the background holds
        up those after it until then.
        """
        if offset < 0:
            raise Invalid("a log begins at byte 0")
        followed = self._followed.get(ref.external_id)
        is_new = followed is None or time.monotonic() - followed.looked_at > LOOK_EVERY
        if followed is None or is_new:
            followed = self._look(ref)
        chunk = self._chunk(ref, followed, offset)
        if not is_new and chunk.complete and not chunk.is_final and not followed.is_waiting:
            followed = self._look(ref)
            rest = self._chunk(ref, followed, chunk.next_offset)
            chunk = LogChunk(chunk.data + rest.data, rest.next_offset, rest.complete, rest.is_final)
        return chunk

    def _look(self, ref: JobRef) -> _Followed:
        """Ask for the job's steps."""
        job = self._steps.either(ref, partial(self._pipelines.number, ref))
        if not job.steps:
            raise NotFound(f"the job {ref.external_id[:60]} has no log{'' if job.ended else ' yet'}")
        known = self._followed.get(ref.external_id)
        if known is None:
            while len(self._followed) >= _FOLLOWED:
                self._followed.pop(next(iter(self._followed)))
            known = self._followed[ref.external_id] = _Followed(job, 0.0)
        known.job, known.looked_at = self._with_end(ref, job), time.monotonic()
        return known

    def _with_end(self, ref: JobRef, job: JobSteps) -> JobSteps:
        """The job with a time of its end: where CircleCI tells none, when it was first seen to have ended."""
        if not job.ended or job.ended_at is not None:
            return job
        key = self._client.key_of(ref.external_id)
        seen = _seen_ended.get(key) or datetime.now(UTC)
        _seen_ended.put(key, seen)
        return replace(job, ended_at=seen)

    def _chunk(self, ref: JobRef, followed: _Followed, offset: int) -> LogChunk:
        output: Output = Legacy(self._client) if followed.job.is_legacy else Streamed(self._client, ref.external_id)
        data = bytearray()
        begin, ends_line = 0, True
        for step in followed.steps():
            shown = followed.shown.get((step.execution, step.number), _Shown())
            if offset < begin + shown.size:
                # Asked for once more: this step, and with it all that follow.
                shown = _Shown()
            followed.shown[step.execution, step.number] = shown
            while not shown.done:
                start = begin + shown.size
                fresh, at_end = _advance(output, step, shown, followed.job, after_line=ends_line)
                data += fresh[max(0, offset - start) :]
                if len(data) >= CHUNK:
                    return LogChunk(bytes(data), offset + len(data), complete=False, is_final=False)
                if at_end and not shown.done:
                    return LogChunk(bytes(data), offset + len(data), complete=True, is_final=False)
            begin += shown.size
            ends_line = shown.ends_line
        return LogChunk(bytes(data), offset + len(data), complete=True, is_final=followed.job.ended)


def _advance(output: Output, step: Step, shown: _Shown, job: JobSteps, *, after_line: bool) -> tuple[bytes, bool]:
    """What can be read of a step now, its heading first; and whether that was all there is."""
    head = b""
    if shown.size == 0:
        head = (b"" if after_line else b"\n") + f"=== {heading(step)} ===\n".encode()
    piece = output.piece(step, shown.output, job_ended_at=job.ended_at if job.ended else None)
    shown.output += len(piece.data)
    shown.size += len(head) + len(piece.data)
    shown.ends_line = piece.data.endswith(b"\n") if piece.data else shown.ends_line
    shown.done = piece.finished
    return head + piece.data, piece.at_end
