"""The steps of a job, as v3 tells them, and v1.1 where a server has no v3.

v2 tells none. v1.1: https://circleci.com/docs/api/v1/#single-job, v3: as CircleCI's own command line reads it,
https://github.com/CircleCI-Public/circleci-cli (internal/apiclient/job.go).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ci_integrations.domain import State
from ci_integrations.providers.circleci.states import BUILDS, phase_state
from ci_integrations.providers.documents import Document, count, document, items, moment, part, text

# What ended so long ago tells nothing new any more.
LATE: Final = timedelta(minutes=1)
_MOST_STEPS: Final = 2000
_OVER: Final = frozenset({"finished", "not_run"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step as one of the job's parallel executions ran it.

    `link` is where v1.1 keeps its output; a step that `has_output` may lack it for a while yet.
    """

    execution: int
    number: int
    name: str
    state: State
    ended: bool
    raw_state: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    link: str = field(default="", repr=False)
    has_output: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class JobSteps:
    """The steps of a job, in the order in which their output is shown, and whether and when the job has ended.

    `executions` is how many run it in parallel, as far as that is told; some may not have begun.
    """

    steps: tuple[Step, ...]
    ended: bool
    ended_at: datetime | None = None
    executions: int = 1
    is_legacy: bool = False

    def certain(self) -> Iterator[Step]:
        """The steps in order, up to where one may still come in between: an execution that is behind may yet begin it.

        So what was shown stays where it is.
        """
        executions = range(max(self.executions, *(1 + step.execution for step in self.steps)))
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


def is_late(ended: datetime | None) -> bool:
    """Whether what ended then has told all that it will."""
    return ended is not None and datetime.now(UTC) - ended > LATE


def heading(step: Step) -> str:
    """The name of a step; those of the further parallel executions tell which."""
    return f"{step.name} (execution {step.execution})" if step.execution else step.name


def from_v3(job: Document) -> JobSteps:
    """A job of v3. Raises Invalid."""
    said = part(job, "attributes")
    executions = items(said, "parallel_executions")
    steps = [
        _step_v3(at, document(step, "step"))
        for at, execution in enumerate(executions)
        for step in items(document(execution, "execution"), "steps")
    ]
    return JobSteps(_ordered(steps), text(said, "phase") == "ended", moment(said, "ended_at"), len(executions))


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


def from_legacy(build: Document) -> JobSteps:
    """A job of v1.1. Raises Invalid."""
    steps = [
        _action(document(action, "action"))
        for step in items(build, "steps")
        for action in items(document(step, "step"), "actions")
    ]
    ended = text(build, "lifecycle") in _OVER
    return JobSteps(
        _ordered(steps), ended, moment(build, "stop_time"), min(count(build, "parallel"), _MOST_STEPS), is_legacy=True
    )


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
        has_output=action.get("has_output") is True,
        is_cut=action.get("truncated") is True,
    )


def _ordered(steps: list[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda step: (step.number, step.execution))[:_MOST_STEPS])
