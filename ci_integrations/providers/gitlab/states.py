"""Every raw state of GitLab in the project's words; pipelines, jobs and trigger jobs share them.

https://docs.gitlab.com/api/pipelines/, https://docs.gitlab.com/api/jobs/; the statuses are those of GitLab's
app/models/concerns/ci/has_status.rb, the reasons those of app/models/concerns/enums/ci/commit_status.rb.
"""

from collections.abc import Collection
from typing import Final

from ci_integrations.domain import JobData, State

STATUSES: Final = {
    "created": State.CREATED,
    "waiting_for_resource": State.QUEUED,
    "preparing": State.QUEUED,
    "waiting_for_callback": State.QUEUED,
    "pending": State.QUEUED,
    "running": State.RUNNING,
    "success": State.SUCCESS,
    "failed": State.FAILURE,
    "canceling": State.CANCELING,
    "canceled": State.CANCELED,
    "skipped": State.SKIPPED,
    "manual": State.BLOCKED,
    "scheduled": State.BLOCKED,
}
# What a failed job says of its failure; any other reason is one of the machines, the configuration or the account.
FAILURE_REASONS: Final = {
    "": State.FAILURE,
    "script_failure": State.FAILURE,
    "job_execution_timeout": State.TIMED_OUT,
    "stuck_or_timeout_failure": State.TIMED_OUT,
}
LIVE: Final = frozenset({State.QUEUED, State.RUNNING, State.CANCELING})


def state_of(status: str) -> State:
    """The state of a pipeline; `unknown` for a value that nobody documented."""
    return STATUSES.get(status, State.UNKNOWN)


def job_state(status: str, reason: str) -> State:
    """The state of a job: what failed is told apart by the reason."""
    return FAILURE_REASONS.get(reason, State.ERROR) if status == "failed" else state_of(status)


def raw_job_state(status: str, reason: str) -> str:
    """Both values as GitLab wrote them."""
    return f"{status} ({reason})" if status == "failed" and reason else status


def failed_state(jobs: Collection[JobData]) -> State:
    """What a failed pipeline's failure is: that of its jobs which may not fail.

    Where nothing is told of jobs it is a failure; where none of them failed, nobody's code did.
    """
    if not jobs:
        return State.FAILURE
    states = {job.state for job in jobs if not job.allow_failure}
    return next((state for state in (State.FAILURE, State.TIMED_OUT) if state in states), State.ERROR)
