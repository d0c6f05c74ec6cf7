"""The steps of a job: from v3, and from v1.1 where a server has no v3.

v2 tells none. v1.1: https://circleci.com/docs/api/v1/#single-job, v3: as CircleCI's own command line reads it,
https://github.com/CircleCI-Public/circleci-cli (internal/apiclient/job.go).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from ci_integrations.domain import JobData, JobRef, RepoRef, State, StepData
from ci_integrations.errors import AuthFailed, Invalid, NotFound
from ci_integrations.providers.circleci.client import Client, path_of
from ci_integrations.providers.circleci.kept import Kept
from ci_integrations.providers.circleci.states import BUILDS, phase_state
from ci_integrations.providers.documents import Document, count, document, items, moment, part, text

_MOST_STEPS: Final = 2000
_OVER: Final = frozenset({"finished", "not_run"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step as one of the job's parallel executions ran it. `link` is where v1.1 keeps its output, if it has any."""

    execution: int
    number: int
    name: str
    state: State
    ended: bool
    raw_state: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    link: str = field(default="", repr=False)
    is_cut: bool = False


# A provider is built for each task: the steps of a job that has ended, which stay as they are, are kept by the process.
_kept: Final[Kept[tuple[Step, ...]]] = Kept()


@dataclass(frozen=True, slots=True)
class JobSteps:
    """The steps of a job, in the order in which their output is shown, and whether and when the job has ended."""

    steps: tuple[Step, ...]
    ended: bool
    ended_at: datetime | None = None
    is_legacy: bool = False

    def certain(self) -> Iterator[Step]:
        """The steps in order, up to where one may still come in between: an execution that is behind may yet begin it.

        So what was shown stays where it is.
        """
        executions = range(1 + max((step.execution for step in self.steps), default=0))
        reached = {one: max((s.number for s in self.steps if s.execution == one), default=-1) for one in executions}
        by_number: dict[int, list[Step]] = {}
        for step in self.steps:
            by_number.setdefault(step.number, []).append(step)
        for number in sorted(by_number):
            for step in by_number[number]:
                if not self.ended and any(reached[one] < number for one in range(step.execution)):
                    return
                yield step
            if not self.ended and any(reached[one] < number for one in executions):
                return


class Steps:
    """Reads the steps of jobs of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, job: str) -> JobSteps:
        """The present steps of a job from v3. Raises NotFound, also where the server has no v3."""
        return _from_v3(self._client.get_v3(path_of("jobs", job)))

    def read_legacy(self, repo: RepoRef, number: int) -> JobSteps:
        """The present steps of a job from v1.1. Raises NotFound."""
        return _from_legacy(self._client.build(repo, number))

    def either(self, ref: JobRef, number: int | None) -> JobSteps:
        """The present steps of a job, from the newest API that knows it. Raises NotFound."""
        if self._client.may_have_v3():
            try:
                return self.read(ref.external_id)
            except NotFound:
                if number is None:
                    raise
        if number is None:
            raise NotFound(f"the job {ref.external_id[:60]} has not begun: it has no steps")
        found = self.read_legacy(ref.run.repo, number)
        self._client.lacks_v3()
        return found

    def added(self, job: JobData, number: int | None) -> JobData:
        """A job that failed with its steps; it timed out where the first step that failed was killed for its silence.

        Such a step tells neither that it failed nor an exit code, and the job may be called failed only.
        """
        settings = self._client.settings
        key = sha256(f"{settings.base_url}\0{settings.token}\0{job.ref.external_id}".encode()).hexdigest()
        found = _kept.get(key)
        if found is None:
            try:
                asked = self.either(job.ref, number)
            except (NotFound, AuthFailed, Invalid):
                # What a run is known by does not hang on its steps.
                return job
            found = asked.steps
            if asked.ended:
                _kept.put(key, found)
        first = next((step.state for step in found if step.state.is_failed), None)
        state = State.TIMED_OUT if first is State.TIMED_OUT and job.state is State.FAILURE else job.state
        return replace(job, state=state, steps=tuple(_told(at, step) for at, step in enumerate(found, start=1)))


def _told(at: int, step: Step) -> StepData:
    return StepData(
        number=at,
        name=heading(step),
        state=step.state,
        raw_state=step.raw_state,
        external_id=f"{step.execution}/{step.number}",
        started_at=step.started_at,
        finished_at=step.finished_at,
    )


def heading(step: Step) -> str:
    """The name of a step; those of the further parallel executions tell which."""
    return f"{step.name} (execution {step.execution})" if step.execution else step.name


def _from_v3(job: Document) -> JobSteps:
    said = part(job, "attributes")
    steps = [
        _step_v3(at, document(step, "step"))
        for at, execution in enumerate(items(said, "parallel_executions"))
        for step in items(document(execution, "execution"), "steps")
    ]
    return JobSteps(_ordered(steps), text(said, "phase") == "ended", moment(said, "ended_at"))


def _step_v3(execution: int, step: Document) -> Step:
    phase, outcome = text(step, "phase"), text(step, "outcome")
    return Step(
        execution=execution,
        number=count(step, "num"),
        name=text(step, "name"),
        state=phase_state(phase, outcome),
        ended=phase == "ended",
        raw_state=f"{phase}/{outcome}" if outcome else phase,
        started_at=moment(step, "started_at"),
        finished_at=moment(step, "ended_at"),
    )


def _from_legacy(build: Document) -> JobSteps:
    steps = [
        _action(document(action, "action"))
        for step in items(build, "steps")
        for action in items(document(step, "step"), "actions")
    ]
    ended = text(build, "lifecycle") in _OVER
    return JobSteps(_ordered(steps), ended, moment(build, "stop_time"), is_legacy=True)


def _action(action: Document) -> Step:
    raw = text(action, "status")
    state = BUILDS.get(raw, State.UNKNOWN)
    return Step(
        execution=count(action, "index"),
        number=count(action, "step"),
        name=text(action, "name"),
        # The status alone tells: `failed` and `exit_code` are null of a step that was killed for its silence.
        state=state,
        ended=state.is_terminal or moment(action, "end_time") is not None,
        raw_state=raw,
        started_at=moment(action, "start_time"),
        finished_at=moment(action, "end_time"),
        link=text(action, "output_url"),
        is_cut=action.get("truncated") is True,
    )


def _ordered(steps: list[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda step: (step.number, step.execution))[:_MOST_STEPS])
