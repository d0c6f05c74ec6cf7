"""Finding the pipeline of a request whose answer was lost.

https://circleci.com/docs/api/v2/index.html#operation/listPipelinesForProject
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from ci_integrations.domain import RunRef, TriggerRequest
from ci_integrations.errors import Conflict, NotFound, NotSupported
from ci_integrations.providers.circleci.client import Client, path_of, project_path
from ci_integrations.providers.circleci.convert import name_of, to_listed_run
from ci_integrations.providers.circleci.triggering import branch_or_tag
from ci_integrations.providers.documents import Document, document, part

# Two clocks: CircleCI's list may say earlier than we do. One too many is told apart, or told of; one too few is sent
# again.
CLOCK_SLACK: Final = timedelta(minutes=1)
_MOST_PAGES: Final = 20
# What nobody asked for through the API: pushes, schedules and other people's webhooks. `api` is the old way; what a
# pipeline names that a definition was run for is not documented.
_FOREIGN: Final = frozenset({"webhook", "custom_webhook", "scheduled_pipeline", "schedule", "gitlab"})


def find(client: Client, request: TriggerRequest) -> RunRef | None:
    """The pipeline that a request caused, None where there is none. Raises Conflict where several may be it."""
    if request.sent_at is None:
        raise NotSupported("it is not known when the request was sent")
    found = list(_candidates(client, request, request.sent_at - CLOCK_SLACK))
    if client.settings.correlation_parameter and request.intent_id and found:
        told = [_told(client, one) for one in found]
        ours = [one for one, values in zip(found, told, strict=True) if request.intent_id in values.values()]
        if ours:
            return RunRef(request.repo, name_of(ours[0]))
        # Of a pipeline that tells the parameter otherwise, be it by its default, it is known that it is another's.
        found = [one for one, values in zip(found, told, strict=True) if not _names_parameter(client, values)]
    if len(found) > 1:
        urls = ", ".join(to_listed_run(client.settings.base_url, request.repo, one).url for one in found[:5])
        raise Conflict(
            f"{len(found)} pipelines may be the one that was asked for: {urls}; none is taken. A pipeline parameter "
            "named in `correlation_parameter` may tell them apart (docs/circleci.md)"
        )
    return RunRef(request.repo, name_of(found[0])) if found else None


def _candidates(client: Client, request: TriggerRequest, since: datetime) -> Iterator[Document]:
    """The pipelines since then that somebody asked for on the branch and that are not known to come from elsewhere."""
    where = branch_or_tag(request.branch)
    # The list can be asked for a branch, not for a tag.
    only = {"branch": where["branch"]} if "branch" in where else {}
    for at, page in enumerate(client.pages(project_path(request.repo, "pipeline"), only, limit=_MOST_PAGES + 1)):
        if at == _MOST_PAGES:
            raise Conflict("there were too many pipelines since to tell which is the one that was asked for")
        for one in page:
            pipeline = document(one, "pipeline")
            seen = to_listed_run(client.settings.base_url, request.repo, pipeline)
            if seen.created_at is not None and seen.created_at < since:
                return
            if seen.ref.external_id in request.taken or seen.event in _FOREIGN:
                continue
            if seen.branch in {"", *where.values()}:
                yield pipeline


def _told(client: Client, pipeline: Document) -> dict[str, str]:
    """What is known of a pipeline's parameters: CircleCI promises at neither place to tell them."""
    told = dict(_flat(part(pipeline, "trigger_parameters")))
    with contextlib.suppress(NotFound):
        told |= dict(_flat(client.get(path_of("pipeline", name_of(pipeline), "values"))))
    return told


def _flat(value: Document, prefix: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping) and depth:
            yield from _flat(inner, f"{prefix}{key}.", depth - 1)
        elif isinstance(inner, str | int):
            yield f"{prefix}{key}", f"{inner}"


def _names_parameter(client: Client, values: Mapping[str, str]) -> bool:
    """Whether the parameter is told of: it is another request's then."""
    name = client.settings.correlation_parameter
    return any(key == name or key.endswith(f".{name}") for key in values)
