"""Finding the pipeline of a request whose answer was lost: what is found decides whether it is sent anew."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ci_integrations.domain import RetryRequest, RetryScope, RunRef, TriggerRequest
from ci_integrations.errors import Conflict, NotSupported
from ci_integrations.providers.documents import Document, count, identity, moment, text
from ci_integrations.providers.gitlab.client import PAGE, Client
from ci_integrations.providers.gitlab.triggering import INTENT, MERGE_REQUEST, open_change, plain

# Two clocks: GitLab's may be a little behind ours.
CLOCK_SLACK: Final = timedelta(seconds=5)
# What carries our mark is ours, however wrong a clock is.
MARKED_SLACK: Final = timedelta(minutes=10)


def find(client: Client, request: TriggerRequest | RetryRequest) -> RunRef | None:
    """What an earlier request caused, None where it caused nothing. Raises Conflict where several may be it."""
    if request.sent_at is None:
        raise NotSupported("it is not known when the request was sent")
    since = request.sent_at - CLOCK_SLACK
    if isinstance(request, RetryRequest):
        return _find_retry(client, request, since)
    if request.workflow == MERGE_REQUEST:
        found = _of_change(client, request, since)
    else:
        found = _of_branch(client, request, since)
    if len(found) > 1:
        urls = ", ".join(text(one, "web_url") for one in found[:5])
        raise Conflict(
            f"{len(found)} pipelines may be the one that was asked for: {urls}; none is taken. Let the token's role "
            f"set pipeline variables, and {INTENT} would tell them apart"
        )
    return RunRef(request.repo, identity(found[0])) if found else None


def _of_branch(client: Client, request: TriggerRequest, since: datetime) -> list[Document]:
    """The one with our mark, else those without any mark that may be it."""
    pipelines = client.project(request.repo).pipelines
    # Without a trigger token it is a pipeline of the API, by our own user.
    own = {"source": "trigger"} if client.settings.trigger_token else {"source": "api"}
    if not client.settings.trigger_token and client.viewer():
        own["username"] = client.viewer()
    own |= {"ref": plain(request.branch), "order_by": "id", "sort": "desc"}
    listed = client.pages(lambda: pipelines.list(iterator=True, per_page=PAGE, **own), limit=3)
    looked_at = _back_to(listed, since - MARKED_SLACK)
    fitting = [one for one in looked_at if _may_be_ours(request, one, own["source"])]
    marks = {identity(one): _mark(client, request, identity(one)) for one in fitting}
    ours = [one for one in fitting if request.intent_id and marks[identity(one)] == request.intent_id]
    recent = list(_back_to(fitting, since))
    # Where others carry a mark, ours would.
    return ours or ([] if any(marks[identity(one)] for one in recent) else recent)


def _of_change(client: Client, request: TriggerRequest, since: datetime) -> list[Document]:
    iid = count(open_change(client, request), "iid")
    pipelines = client.project(request.repo).mergerequests.get(iid, lazy=True).pipelines
    fitting = []
    for one in client.pages(lambda: pipelines.list(iterator=True, per_page=PAGE), limit=1):
        created = moment(one, "created_at")
        is_ours = text(one, "source") in {"", "merge_request_event"} and identity(one) not in request.taken
        if is_ours and (created is None or created >= since) and _is_of_commit(request, one):
            fitting.append(one)
    return fitting


def _back_to(listed: Iterable[Document], since: datetime) -> Iterable[Document]:
    """The newest ones. A pipeline that is missed here is started a second time."""
    return (one for one in listed if (moment(one, "created_at") or since) >= since)


def _may_be_ours(request: TriggerRequest, pipeline: Document, source: str) -> bool:
    if identity(pipeline) in request.taken or not _is_of_commit(request, pipeline):
        return False
    # A server may not know the filters.
    return text(pipeline, "source") in {"", source} and text(pipeline, "ref") in {"", plain(request.branch)}


def _is_of_commit(request: TriggerRequest, pipeline: Document) -> bool:
    return not request.commit_sha or text(pipeline, "sha") in {"", request.commit_sha}


def _mark(client: Client, request: TriggerRequest, pipeline_id: str) -> str:
    """Whose wish a pipeline is; "" where it does not say, or not to us."""
    variables = client.project(request.repo).pipelines.get(pipeline_id, lazy=True).variables
    listed = client.optional_pages(lambda: variables.list(iterator=True, per_page=PAGE), limit=1)
    return next((text(one, "value") for one in listed or [] if text(one, "key") == INTENT), "")


def _find_retry(client: Client, request: RetryRequest, since: datetime) -> RunRef | None:
    """A retry makes new jobs beside those of the same name."""
    jobs = client.project(request.run.repo).pipelines.get(request.run.external_id, lazy=True).jobs
    listed = client.pages(lambda: jobs.list(iterator=True, per_page=PAGE, include_retried="true"))
    known = [(int(identity(one)), text(one, "name"), one) for one in listed]
    if request.scope is RetryScope.JOB and request.job is not None:
        asked = int(request.job.external_id)
        names = {name for number, name, _ in known if number == asked}
        again = any(number > asked and name in names for number, name, _ in known)
    else:
        firsts: dict[str, int] = {}
        for number, name, _ in known:
            firsts[name] = min(number, firsts.get(name, number))
        repeats = [one for number, name, one in known if number > firsts[name]]
        # Jobs may be repeated by their own `retry:` too, before the pipeline ends.
        again = any((moment(one, "created_at") or since) >= since for one in repeats)
    return request.run.next_attempt if again else None
