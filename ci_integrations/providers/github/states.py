"""Every raw state of GitHub in the project's words.

The values are those of the official descriptions of REST and webhooks, https://github.com/github/rest-api-description:
`status` of runs, jobs, steps, check runs and suites, and `conclusion` of what is completed.
"""

from typing import Final

from ci_integrations.domain import State

STATUSES: Final = {
    "requested": State.CREATED,
    "queued": State.QUEUED,
    "pending": State.QUEUED,
    "waiting": State.BLOCKED,
    "in_progress": State.RUNNING,
}
# `action_required` is completed, but a person's approval revives it. A conclusion that is null, or that a webhook's
# description lists and nothing else knows (waiting, pending), tells nothing.
CONCLUSIONS: Final = {
    "success": State.SUCCESS,
    "neutral": State.NEUTRAL,
    "skipped": State.SKIPPED,
    "failure": State.FAILURE,
    "timed_out": State.TIMED_OUT,
    "startup_failure": State.ERROR,
    "stale": State.ERROR,
    "cancelled": State.CANCELED,
    "action_required": State.BLOCKED,
}
# What a check of ours says, the other way round. https://docs.github.com/en/rest/checks/runs#create-a-check-run
CHECK_CONCLUSIONS: Final = {
    State.SUCCESS: "success",
    State.NEUTRAL: "neutral",
    State.SKIPPED: "skipped",
    State.FAILURE: "failure",
    State.TIMED_OUT: "timed_out",
    State.ERROR: "failure",
    State.CANCELED: "cancelled",
    State.BLOCKED: "action_required",
}


def state_of(status: str, conclusion: str) -> State:
    """The state of a run, a job or a step; `unknown` for a value that nobody documented."""
    if status == "completed":
        return CONCLUSIONS.get(conclusion, State.UNKNOWN)
    return STATUSES.get(status, State.UNKNOWN)


def raw_state(status: str, conclusion: str) -> str:
    """Both values as GitHub wrote them."""
    return f"{status}/{conclusion}" if conclusion else status
