"""Every raw state of CircleCI's three APIs in the project's words, and the state of a pipeline from its workflows.

v2: https://circleci.com/docs/api/v2/, v1.1: https://circleci.com/docs/api/v1/, v3: phases and outcomes as CircleCI's
own command line reads them, https://github.com/CircleCI-Public/circleci-cli (internal/apiclient/job.go).
"""

from collections.abc import Collection
from typing import Final

from ci_integrations.domain import Outcome, State

# A pipeline has no result of its own: `created` says that its configuration was understood, no more.
PIPELINES: Final = {
    "pending": State.CREATED,
    "setup-pending": State.CREATED,
    "setup": State.CREATED,
    "created": State.CREATED,
    "errored": State.ERROR,
}
# Of a workflow that is `failing` a job has failed while others run on.
WORKFLOWS: Final = {
    "queued": State.QUEUED,
    "on_hold": State.BLOCKED,
    "running": State.RUNNING,
    "failing": State.RUNNING,
    "success": State.SUCCESS,
    "failed": State.FAILURE,
    "error": State.ERROR,
    "unauthorized": State.ERROR,
    "canceled": State.CANCELED,
    "not_run": State.SKIPPED,
}
# `blocked` waits for the jobs before it, `on_hold` for a person.
JOBS: Final = {
    "queued": State.QUEUED,
    "not_running": State.QUEUED,
    "blocked": State.QUEUED,
    "on_hold": State.BLOCKED,
    "running": State.RUNNING,
    "success": State.SUCCESS,
    "failed": State.FAILURE,
    "timedout": State.TIMED_OUT,
    "infrastructure_fail": State.ERROR,
    "terminated-unknown": State.ERROR,
    "unauthorized": State.ERROR,
    "canceled": State.CANCELED,
    "not_run": State.SKIPPED,
    "retried": State.SKIPPED,
}
# Those of jobs and of steps in v1.1.
BUILDS: Final = JOBS | {"scheduled": State.QUEUED, "fixed": State.SUCCESS, "no_tests": State.SUCCESS}
PHASES: Final = {"created": State.CREATED, "queued": State.QUEUED, "started": State.RUNNING, "on_hold": State.BLOCKED}
OUTCOMES: Final = {
    "succeeded": State.SUCCESS,
    "failed": State.FAILURE,
    "timedout": State.TIMED_OUT,
    "errored": State.ERROR,
    "infrastructure_fail": State.ERROR,
    "unauthorized": State.ERROR,
    "canceled": State.CANCELED,
    "not_run": State.SKIPPED,
}
TESTS: Final = {
    "success": Outcome.PASSED,
    "failure": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
}
# What decides where workflows differ: whatever still moves, then the worst end. Something unknown may be moving.
_ORDER: Final = (
    State.RUNNING,
    State.CANCELING,
    State.QUEUED,
    State.CREATED,
    State.UNKNOWN,
    State.BLOCKED,
    State.ERROR,
    State.FAILURE,
    State.TIMED_OUT,
    State.CANCELED,
    State.SUCCESS,
    State.NEUTRAL,
)


def job_state(raw: str, workflow: State) -> State:
    """The state of a job in a workflow. Where that has ended, a job that waits still will never run.

    One that cannot start since a job before it failed is `not_run`, and was left `blocked` before there was that word:
    https://circleci.com/changelog/terminal-jobs-released
    """
    state = JOBS.get(raw, State.UNKNOWN)
    if workflow.is_terminal and state in {State.QUEUED, State.BLOCKED}:
        return State.SKIPPED
    if workflow is State.CANCELED and state is State.RUNNING:
        return State.CANCELED
    return state


def phase_state(phase: str, outcome: str) -> State:
    """The state of a step in v3."""
    if phase == "ended":
        return OUTCOMES.get(outcome, State.UNKNOWN)
    return PHASES.get(phase, State.UNKNOWN)


def aggregated(states: Collection[State]) -> State:
    """The one state of several workflows, or of the jobs of one; skipped where there is none."""
    return next((state for state in _ORDER if state in states), State.SKIPPED)


def pipeline_state(raw: str, workflows: Collection[State], *, only_setup: bool, settled: bool) -> State:
    """The state of a pipeline with the newest workflow of each name.

    `only_setup`: all there is so far is the setup workflow of a dynamic configuration, which is to be continued.
    `settled`: nothing happened for so long that no workflow will follow by itself: where every workflow was filtered
    out the pipeline stays `created` without any, and a setup that continued nothing stays alone.
    """
    known = PIPELINES.get(raw, State.UNKNOWN)
    together = aggregated(workflows) if workflows else None
    if known is State.UNKNOWN:
        return State.UNKNOWN
    if known is State.ERROR:
        return State.ERROR if together is None or together.is_terminal else together
    if together is None:
        return State.SKIPPED if raw == "created" and settled else State.CREATED
    if only_setup and together.is_passed and not settled:
        return State.RUNNING
    return together
