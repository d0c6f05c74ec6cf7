"""Canceling, repeating and approving, workflow by workflow.

https://circleci.com/docs/api/v2/index.html#operation/cancelWorkflow, #operation/rerunWorkflow,
#operation/approvePendingApprovalJobById
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from ci_integrations.domain import JobRef, RetryRequest, RetryScope, RunRef, State
from ci_integrations.errors import Conflict, Invalid, NotFound, NotSupported, ProviderError, Unavailable
from ci_integrations.providers.circleci.client import Client, path_of
from ci_integrations.providers.circleci.convert import name_of, newest, state_of
from ci_integrations.providers.circleci.reading import Pipelines
from ci_integrations.providers.circleci.states import JOBS
from ci_integrations.providers.documents import Document, moment, text

# Two clocks: CircleCI may say earlier than we do when something was made. What runs was made by whoever asked last,
# for only what has ended is repeated; what has ended since may be what was to be repeated.
CLOCK_SLACK: Final = timedelta(minutes=1)
_SLACK_OF_ENDED: Final = timedelta(seconds=5)
_NO_SLACK: Final = timedelta()
# In seconds: how soon a pipeline is asked for again whose workflows are still to come.
_SOON: Final = 5.0


class Acting:
    """The writes to pipelines that are there."""

    def __init__(self, client: Client, pipelines: Pipelines) -> None:
        self._client = client
        self._pipelines = pipelines

    def cancel(self, ref: RunRef) -> None:
        """Cancel every workflow that has not ended; CircleCI does so a while later.

        Raises Conflict where none is left, Unavailable where some are still to come: there is nothing to cancel yet.
        """
        live = [one for one in newest(self._pipelines.workflows(ref)) if not state_of(one).is_terminal]
        stopped = [self._canceled(name_of(workflow)) for workflow in live]
        if any(stopped):
            return
        if self._pipelines.run(ref).state.is_terminal:
            raise Conflict(f"the pipeline {ref.external_id} has no workflow that could be canceled: all have ended")
        raise Unavailable(
            f"the pipeline {ref.external_id} has no workflow yet that could be canceled", retry_after=_SOON
        )

    def retry(self, request: RetryRequest) -> RunRef:
        """Repeat the newest workflows: those that failed from their failed jobs, all from the start, or one job.

        What was repeated since the request was sent is left out: an earlier sending may have come that far. Raises
        Conflict, with CircleCI's reason, where it cannot be repeated. Where a further workflow is refused after
        one was accepted, the error carries `effect_unknown`: something was repeated.
        """
        accepted = False
        for workflow, body in self._reruns(request):
            try:
                self._refusing(path_of("workflow", workflow, "rerun"), body)
            except ProviderError as error:
                error.effect_unknown = error.effect_unknown or accepted
                raise
            accepted = True
        return request.run.next_attempt

    def approve(self, ref: JobRef) -> None:
        """Let a job go on that waits for a person. Raises Conflict where it does not."""
        for workflow, job in self._pipelines.newest_jobs(ref.run):
            if name_of(job) != ref.external_id:
                continue
            if text(job, "type") != "approval" or JOBS.get(text(job, "status")) is not State.BLOCKED:
                raise Conflict(f"the job {text(job, 'name')!r} does not wait for approval: it is {text(job, 'status')}")
            request = text(job, "approval_request_id") or ref.external_id
            self._refusing(path_of("workflow", name_of(workflow), "approve", request), None)
            return
        raise NotFound(f"the newest workflows of {ref.run.external_id} have no job {ref.external_id[:60]}")

    def find(self, request: RetryRequest) -> RunRef | None:
        """The attempt that a retry caused: workflows that were made since, under the names of older ones.

        None also where something is left to be repeated: `retry` does that then, and leaves out what was made since.
        Raises NotSupported where it is not known when the request was sent.
        """
        if request.sent_at is None:
            raise NotSupported("it is not known when the request was sent")
        made, rest = self._made_since(request, slack=_SLACK_OF_ENDED)
        if request.scope is not RetryScope.JOB and _to_repeat(request.scope, rest):
            return None
        return request.run.next_attempt if made else None

    def _made_since(self, request: RetryRequest, *, slack: timedelta) -> tuple[list[Document], list[Document]]:
        """The newest workflows: those that repeat another since the request was sent, and the others.

        `slack` is that of clocks for those that have ended.
        """
        workflows = self._pipelines.workflows(request.run)
        names = Counter(text(one, "name") for one in workflows)
        last = newest(workflows)
        made: list[Document] = []
        rest: list[Document] = []
        for one in last if request.scope is RetryScope.JOB else _without_setup(last):
            is_made = names[text(one, "name")] > 1 and _is_since(one, request.sent_at, slack)
            (made if is_made else rest).append(one)
        return made, rest

    def _reruns(self, request: RetryRequest) -> list[tuple[str, Mapping[str, Any]]]:
        """What to send to which workflow."""
        if request.scope is RetryScope.JOB:
            return [self._rerun_of_job(request)]
        made, last = self._made_since(request, slack=_NO_SLACK)
        if request.scope is RetryScope.FAILED:
            bad = _to_repeat(request.scope, last)
            if not bad:
                raise Conflict(f"the pipeline {request.run.external_id} has no workflow that ended and failed")
            return [(name_of(one), {"from_failed": True}) for one in bad]
        live = [text(one, "name") for one in last if not state_of(one).is_terminal]
        if live or not last:
            none = "all of it was repeated since" if made else "it has no workflow"
            why = f"{', '.join(live)} has not ended; cancel it first" if live else none
            raise Conflict(f"the pipeline {request.run.external_id} cannot be repeated: {why}")
        return [(name_of(one), {}) for one in last]

    def _rerun_of_job(self, request: RetryRequest) -> tuple[str, Mapping[str, Any]]:
        if request.job is None:
            raise Invalid("no job was named")
        for workflow, job in self._pipelines.newest_jobs(request.run):
            if name_of(job) == request.job.external_id:
                if not state_of(workflow).is_terminal:
                    raise Conflict(f"the workflow {text(workflow, 'name')!r} has not ended: its jobs are repeated then")
                return name_of(workflow), {"jobs": [request.job.external_id]}
        raise Conflict(f"the job {request.job.external_id[:60]} is none of the newest workflows: it was repeated since")

    def _canceled(self, workflow: str) -> bool:
        """Whether a workflow is asked to stop; False where it ended meanwhile. Raises Invalid where it is refused."""
        try:
            self._client.send("POST", path_of("workflow", workflow, "cancel"))
        except (Conflict, Invalid) as error:
            if error.effect_unknown:
                raise
            if not state_of(self._client.get(path_of("workflow", workflow))).is_terminal:
                raise Invalid(f"{error}") from error
            return False
        return True

    def _refusing(self, path: str, body: Mapping[str, Any] | None) -> None:
        """What CircleCI answers 400 to cannot be done now: the workflow goes on, is too old, was repeated too often."""
        try:
            self._client.send("POST", path, body)
        except Invalid as error:
            if error.effect_unknown:
                raise
            raise Conflict(f"{error}") from error


def _without_setup(workflows: Sequence[Document]) -> list[Document]:
    """The setup of a dynamic configuration continues a pipeline once: what it set up is repeated, not the setup."""
    others = [one for one in workflows if text(one, "tag") != "setup"]
    return others or list(workflows)


def _to_repeat(scope: RetryScope, workflows: Sequence[Document]) -> list[Document]:
    """Those of the newest workflows that a retry is about: all, or those that failed or were canceled."""
    if scope is RetryScope.ALL:
        return list(workflows)
    return [one for one in workflows if state_of(one).is_failed or state_of(one) is State.CANCELED]


def _is_since(workflow: Document, sent_at: datetime | None, slack_of_ended: timedelta) -> bool:
    """Whether a workflow was made since a request was sent, as far as two clocks tell."""
    created = moment(workflow, "created_at")
    slack = slack_of_ended if state_of(workflow).is_terminal else CLOCK_SLACK
    return sent_at is not None and created is not None and created >= sent_at - slack
