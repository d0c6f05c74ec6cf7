"""Starting and repeating runs, and finding the run of a request whose answer was lost or says nothing.

https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
https://docs.github.com/en/rest/actions/workflow-runs#re-run-a-workflow
"""

from datetime import datetime, timedelta
from typing import Any, Final

from ci_integrations.domain import RetryRequest, RetryScope, RunRef, TriggerRequest
from ci_integrations.errors import Conflict, Invalid, NotFound, NotSupported
from ci_integrations.providers.documents import Document, count, document, identity, moment, part, text
from ci_integrations.providers.github.client import Caller, Client, path_of
from ci_integrations.providers.github.convert import to_run

MOST_INPUTS: Final = 25
FLAG: Final = "return_run_details"
# Two clocks: GitHub's list may say a little earlier than we do.
CLOCK_SLACK: Final = timedelta(seconds=5)
_RERUN: Final = {RetryScope.ALL: "rerun", RetryScope.FAILED: "rerun-failed-jobs"}
# Servers that refused the flag: older Enterprise ones. Kept by the process, so that each is asked once.
_refusing: set[str] = set()


def trigger(client: Client, request: TriggerRequest) -> RunRef | None:
    """Dispatch a workflow. None: accepted by a server that does not say which run it is.

    `workflow` is a file's name, an id or a workflow's name; `branch` may be a tag. The commit is the branch's head:
    GitHub takes no other. Raises Invalid, with GitHub's reason, where it is refused.
    """
    if not request.workflow:
        raise Invalid("name the workflow to run: its file, such as ci.yml, or its name")
    caller, settings = client.repo(request.repo), client.settings
    inputs = dict(request.inputs)
    if settings.correlation_input and request.intent_id:
        inputs[settings.correlation_input] = request.intent_id
    if len(inputs) > MOST_INPUTS:
        raise Invalid(f"{len(inputs)} inputs are more than the {MOST_INPUTS} that GitHub takes")
    path = path_of(request.repo, "actions", "workflows", _workflow_id(caller, request), "dispatches")
    body: dict[str, Any] = {"ref": request.branch} | ({"inputs": inputs} if inputs else {})
    return _run_in(request, _dispatch(client, caller, path, body))


def retry(client: Client, request: RetryRequest) -> RunRef:
    """Repeat a run, its failed jobs or one job: the next attempt of the same run.

    Raises Conflict, with GitHub's reason, where it cannot be repeated.
    """
    run = request.run
    if request.scope is RetryScope.JOB:
        if request.job is None:
            raise Invalid("no job was named")
        path = path_of(run.repo, "actions", "jobs", request.job.external_id, "rerun")
    else:
        path = path_of(run.repo, "actions", "runs", run.external_id, _RERUN[request.scope])
    client.repo(run.repo).send("POST", path, {"enable_debug_logging": True} if request.debug else None)
    return run.next_attempt


def find(client: Client, request: TriggerRequest | RetryRequest) -> RunRef | None:
    """The run that an earlier request caused, None where there is none. Raises Conflict where several may be it."""
    if isinstance(request, RetryRequest):
        return _find_attempt(client, request.run)
    if request.sent_at is None:
        raise NotSupported("it is not known when the request was sent")
    # A server may not know the filters: what it says of a run is looked at once more.
    since = request.sent_at - CLOCK_SLACK
    fitting = [run for run in _dispatched(client, request, since) if _may_be_ours(client, request, run, since)]
    if len(fitting) > 1:
        urls = ", ".join(text(run, "html_url") for run in fitting[:5])
        raise Conflict(
            f"{len(fitting)} runs may be the one that was asked for: {urls}; none is taken. A workflow input that is "
            "shown in `run-name`, named in `correlation_input`, would tell them apart (docs/github.md)"
        )
    return to_run(request.repo, fitting[0]).ref if fitting else None


def _dispatch(client: Client, caller: Caller, path: str, body: dict[str, Any]) -> Any:
    """Sent once; a refusal of the flag proves that nothing was done, so it is sent without."""
    settings = client.settings
    if settings.api_version != "2022-11-28" or settings.base_url in _refusing:
        return caller.send("POST", path, body)
    try:
        return caller.send("POST", path, body | {FLAG: True})
    except Invalid as error:
        if error.effect_unknown or FLAG not in f"{error}":
            raise
        _refusing.add(settings.base_url)
    return caller.send("POST", path, body)


def _run_in(request: TriggerRequest, answer: Any) -> RunRef | None:
    """The run that an answer names. One that names none was accepted all the same: the run is there to be found."""
    try:
        return RunRef(request.repo, identity(document(answer, "answer to the dispatch"), "workflow_run_id"))
    except Invalid:
        return None


def _workflow_id(caller: Caller, request: TriggerRequest) -> str:
    """What a path may hold: the file's name or the number; a workflow's name is looked up."""
    named = request.workflow
    if named.isdecimal() or named.endswith((".yml", ".yaml")):
        return named.removeprefix(".github/workflows/")
    listed = caller.pages(path_of(request.repo, "actions", "workflows"), "workflows")
    found = [document(one, "workflow") for one in listed if isinstance(one, dict) and one.get("name") == named]
    if not found:
        raise NotFound(f"{request.repo.external_id} has no workflow {named!r}; name its file, such as ci.yml")
    if len(found) > 1:
        paths = ", ".join(text(one, "path") for one in found)
        raise Invalid(f"{len(found)} workflows are named {named!r}: {paths}; name the file")
    state = text(found[0], "state")
    if state not in {"", "active"}:
        raise Invalid(f"the workflow {named!r} is switched off at GitHub ({state})")
    return identity(found[0])


def _dispatched(client: Client, request: TriggerRequest, since: datetime) -> list[Document]:
    """The dispatched runs of the workflow on the branch, newest first, as far back as `since` or further.

    A run that is missed here is started a second time: the newest page alone will not do.
    """
    caller = client.repo(request.repo)
    own = path_of(request.repo, "actions", "workflows", _workflow_id(caller, request), "runs")
    try:
        return _back_to(caller, own, request, since)
    except NotFound:
        # Servers that list no workflow's own runs: all of the repository's, by the name of their file.
        every = _back_to(caller, path_of(request.repo, "actions", "runs"), request, since)
        named = request.workflow.removeprefix(".github/workflows/")
        return [run for run in every if named in {to_run(request.repo, run).workflow, text(run, "name")}]


def _back_to(caller: Caller, path: str, request: TriggerRequest, since: datetime) -> list[Document]:
    pages = caller.whole_pages(
        path, "workflow_runs", event="workflow_dispatch", branch=_branch(request), exclude_pull_requests="true"
    )
    found: list[Document] = []
    for page in pages:
        found += [document(run, "workflow run") for run in page]
        if found and (moment(found[-1], "created_at") or since) < since:
            break
    return found


def _branch(request: TriggerRequest) -> str:
    """The branch or tag as runs name it; a dispatch takes the full form too."""
    return request.branch.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _may_be_ours(client: Client, request: TriggerRequest, run: Document, since: datetime) -> bool:
    seen, settings = to_run(request.repo, run), client.settings
    if seen.ref.external_id in request.taken:
        return False
    if seen.created_at and seen.created_at < since:
        return False
    if seen.event not in {"", "workflow_dispatch"} or seen.branch not in {"", _branch(request)}:
        return False
    if settings.correlation_input and request.intent_id:
        return request.intent_id in seen.title
    # Who started it: `triggering_actor` is whoever repeated it since.
    actor = text(part(run, "actor") or part(run, "triggering_actor"), "login")
    ours = f"{settings.app.slug}[bot]" if settings.app and settings.app.slug else ""
    return not (ours and actor) or actor == ours


def _find_attempt(client: Client, run: RunRef) -> RunRef | None:
    path = path_of(run.repo, "actions", "runs", run.external_id)
    found = document(client.repo(run.repo).get(path, exclude_pull_requests="true"), "workflow run")
    return run.next_attempt if count(found, "run_attempt", default=1) > run.attempt else None
