"""Starting, canceling and repeating pipelines.

https://docs.gitlab.com/api/pipelines/#create-a-new-pipeline, https://docs.gitlab.com/api/pipeline_triggers/
https://docs.gitlab.com/api/merge_requests/#create-a-merge-request-pipeline
"""

from collections.abc import Mapping
from typing import Any, Final

from ci_integrations.domain import JobRef, RetryRequest, RetryScope, RunRef, TriggerRequest
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound
from ci_integrations.providers.documents import Document, count, identity, part, text
from ci_integrations.providers.gitlab.client import PAGE, Client
from ci_integrations.providers.gitlab.convert import NO_NAME
from ci_integrations.providers.gitlab.inputs import typed
from ci_integrations.providers.gitlab.states import state_of
from ci_integrations.providers.memo import Memo

# The variable that carries our mark.
INTENT: Final = "ORCHESTRATE_INTENT"
MERGE_REQUEST: Final = "merge_request"
# What GitLab says where a role may set no variables: nothing was done then.
# https://docs.gitlab.com/ci/variables/#restrict-pipeline-variables
_REFUSED: Final = "insufficient permissions to set pipeline variables"
# Projects that let us set none: our mark is not tried again there.
_refusing: Final = Memo[tuple[str, str], bool](1000)


def trigger(client: Client, request: TriggerRequest) -> RunRef | None:
    """Start a pipeline at the head of a branch or tag, or that of the branch's open merge request.

    Raises Conflict where the branch is not at the commit that is asked for, Invalid with GitLab's reason.
    """
    if request.workflow == MERGE_REQUEST:
        return _trigger_change(client, request)
    if request.workflow not in {"", NO_NAME}:
        raise Invalid(
            f"GitLab has no workflow {request.workflow!r}: leave it out, or say `{MERGE_REQUEST}` for the pipeline of "
            "the branch's merge request"
        )
    inputs = typed(request.inputs)
    _check_head(client, request)
    key = (client.settings.base_url, request.repo.external_id)
    marked = dict(request.variables) | ({INTENT: request.intent_id} if request.intent_id else {})
    if _refusing.get(key):
        marked = dict(request.variables)
    try:
        return _create(client, request, marked, inputs)
    except (AuthFailed, Invalid) as error:
        if error.effect_unknown or _REFUSED not in f"{error}".lower():
            raise
        if request.variables:
            raise type(error)(
                f"{error}; allow your role to use pipeline variables (Settings > CI/CD > Variables), or leave them out"
            ) from error
        _refusing.put(key, True)
    return _create(client, request, {}, inputs)


def cancel(client: Client, ref: RunRef) -> None:
    """Ask a pipeline to stop. GitLab takes that well whatever its state: the state that it answers tells."""
    pipeline = client.project(ref.repo).pipelines.get(ref.external_id, lazy=True)
    answer = client.send(pipeline.cancel)
    status = text(answer, "status")
    if status != "canceled" and state_of(status).is_terminal:
        raise Conflict(f"pipeline {ref.external_id} has already ended: {status}")


def retry(client: Client, request: RetryRequest) -> RunRef:
    """Repeat the failed and canceled jobs of a pipeline, or one job: the same pipeline goes on, with new jobs.

    Raises Conflict, with GitLab's reason, where nothing can be repeated.
    """
    run, project = request.run, client.project(request.run.repo)
    if request.scope is RetryScope.JOB:
        if request.job is None:
            raise Invalid("no job was named")
        job = project.jobs.get(request.job.external_id, lazy=True)
        client.send(job.retry)
        return run.next_attempt
    answer = client.send(project.pipelines.get(run.external_id, lazy=True).retry)
    if text(answer, "status") == "success":
        raise Conflict(f"pipeline {run.external_id} has no failed job: nothing was repeated")
    return run.next_attempt


def approve(client: Client, ref: JobRef) -> None:
    """Start a manual job. Raises Conflict where it does not wait, AuthFailed where we may not."""
    job = client.project(ref.run.repo).jobs.get(ref.external_id, lazy=True)
    try:
        client.send(job.play)
    except AuthFailed as error:
        raise type(error)(f"{error}; starting a manual job takes the right to merge or push to its branch") from error


def open_change(client: Client, request: TriggerRequest) -> Document:
    """The open merge request of a branch. Raises NotFound, and Invalid where there are several."""
    requests = client.project(request.repo).mergerequests
    branch = plain(request.branch)
    listed = client.pages(
        lambda: requests.list(iterator=True, per_page=PAGE, state="opened", source_branch=branch), limit=1
    )
    found = [one for one in listed if text(one, "source_branch") == branch]
    if not found:
        raise NotFound(f"{request.repo.external_id} has no open merge request of the branch {branch}")
    if len(found) > 1:
        names = ", ".join(f"!{count(one, 'iid')}" for one in found[:5])
        raise Invalid(f"{len(found)} merge requests are open of the branch {branch} ({names}): none is taken")
    return found[0]


def plain(branch: str) -> str:
    """A branch or tag as pipelines name it."""
    return branch.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _create(
    client: Client, request: TriggerRequest, variables: Mapping[str, str], inputs: Mapping[str, Any]
) -> RunRef | None:
    project, ref, token = client.project(request.repo), plain(request.branch), client.settings.trigger_token
    if token:
        return _made(request, client.send(lambda: project.trigger_pipeline(ref, token, dict(variables), dict(inputs))))
    wish: dict[str, Any] = {"ref": ref}
    if variables:
        wish["variables"] = [{"key": key, "value": value} for key, value in variables.items()]
    if inputs:
        wish["inputs"] = dict(inputs)
    return _made(request, client.send(lambda: project.pipelines.create(wish)))


def _trigger_change(client: Client, request: TriggerRequest) -> RunRef | None:
    if request.inputs or request.variables:
        raise Invalid("the pipeline of a merge request takes neither variables nor inputs; nothing was started")
    found = open_change(client, request)
    _check_commit(request, text(found, "sha"))
    pipelines = client.project(request.repo).mergerequests.get(count(found, "iid"), lazy=True).pipelines
    return _made(request, client.send(lambda: pipelines.create({})))


def _made(request: TriggerRequest, answer: Document) -> RunRef | None:
    """None where an answer names no pipeline: one was started, and is looked for."""
    try:
        return RunRef(request.repo, identity(answer))
    except Invalid:
        return None


def _check_head(client: Client, request: TriggerRequest) -> None:
    """GitLab starts pipelines at the head of a branch, at no other commit."""
    if not request.commit_sha:
        return
    project, name = client.project(request.repo), plain(request.branch)
    try:
        found = client.get(lambda: project.branches.get(name))
    except NotFound:
        found = client.get(lambda: project.tags.get(name))
    _check_commit(request, text(part(found, "commit"), "id"))


def _check_commit(request: TriggerRequest, head: str) -> None:
    if request.commit_sha and head and head != request.commit_sha:
        raise Conflict(
            f"{plain(request.branch)} is at {head[:12]} now, not at {request.commit_sha[:12]}: GitLab starts pipelines "
            "at the head of a branch only; nothing was started"
        )
