"""Reading the steps of jobs: from v3, and from v1.1 where a server has no v3."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ci_integrations.domain import JobData, JobRef, State, StepData
from ci_integrations.errors import AuthFailed, Invalid, NotFound, Unavailable
from ci_integrations.providers.circleci.client import Client, path_of
from ci_integrations.providers.circleci.steps import JobSteps, Step, from_legacy, from_v3, heading, is_late
from ci_integrations.providers.memo import FOR_EVER, Memo

# A provider is built for each task: the steps of a job that has ended, which stay as they are, are kept by the process.
_kept: Final = Memo[str, JobSteps](1000, longest=FOR_EVER)


class Steps:
    """Reads the steps of jobs of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def either(self, ref: JobRef, number: Callable[[], int]) -> JobSteps:
        """The present steps of a job, from the newest API that knows it. Raises NotFound.

        `number` gives the job's number, which v1.1 knows it by. A server that has no v3 may answer anything there: a
        page, 401, 501. What never answered is taken for that.
        """
        away: Unavailable | None = None
        if self._client.may_have_v3():
            try:
                return from_v3(self._client.get_v3(path_of("jobs", ref.external_id)))
            except NotFound:
                pass
            except (AuthFailed, Invalid, Unavailable) as error:
                if self._client.has_v3():
                    raise
                away = error if isinstance(error, Unavailable) else None
        try:
            found = from_legacy(self._client.build(ref.run.repo, number()))
        except NotFound as error:
            raise away or error from None
        self._client.lacks_v3()
        return found

    def added(self, job: JobData, number: int | None) -> JobData:
        """A job that failed with its steps; it timed out where the first step that failed was killed for its silence.

        Such a step tells neither that it failed nor an exit code, and the job may be called failed only. Raises
        Unavailable and RateLimited.
        """
        key = self._client.key_of(job.ref.external_id)
        found = _kept.get(key)
        if found is None:
            found = self._found(job, number)
            if found is None:
                return job
            if found.ended:
                _kept.put(key, found)
        first = next((step.state for step in found.steps if step.state.is_failed), None)
        state = State.TIMED_OUT if first is State.TIMED_OUT and job.state is State.FAILURE else job.state
        return replace(job, state=state, steps=tuple(_told(at, step) for at, step in enumerate(found.steps, start=1)))

    def _found(self, job: JobData, number: int | None) -> JobSteps | None:
        """The steps of a job; None where there are none yet. What a run is known by does not hang on them."""
        try:
            return self.either(job.ref, lambda: _begun(job.ref, number))
        except (NotFound, AuthFailed, Invalid):
            return JobSteps((), ended=True) if is_late(job.finished_at) else None


def _begun(ref: JobRef, number: int | None) -> int:
    if number is None:
        raise NotFound(f"the job {ref.external_id[:60]} has not begun: it has no steps")
    return number


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
