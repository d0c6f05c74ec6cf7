"""Starting pipelines.

https://circleci.com/docs/api/v2/index.html#operation/triggerPipelineRun
https://circleci.com/docs/api/v2/index.html#operation/triggerPipeline
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ci_integrations.domain import RepoRef, RunRef, TriggerRequest
from ci_integrations.errors import Conflict, Invalid
from ci_integrations.providers.circleci.client import Client, path_of, project_path
from ci_integrations.providers.circleci.convert import name_of
from ci_integrations.providers.circleci.slugs import is_opaque
from ci_integrations.providers.documents import Document, document, items, text

MOST_PARAMETERS: Final = 100
LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 512
_TYPED: Final = re.compile(r"(int|bool)\(([^()]{0,40})\)")
_BOOLS: Final = {"true": True, "false": False}
_CREATED: Final = 201
# How many pipelines are asked for the names of their workflows.
_LATEST: Final = 10
# What the old way says of a project that it does not start, such as one that came with the GitHub App.
_OTHER_WAY: Final = re.compile(r"github app|not support|unsupported|superseded|definition|pipeline/run", re.IGNORECASE)


def trigger(client: Client, request: TriggerRequest) -> RunRef | None:
    """Start a pipeline on a branch, or on a tag (`refs/tags/NAME`), at its head: CircleCI takes no commit.

    A project of CircleCI's own kind runs a definition: see `_definition`. Other projects do where the configuration
    names one; else it is their `.circleci/config.yml`, whatever `workflow` says. Which workflows run, that decides.

    Raises Conflict where CircleCI skips the commit, Invalid with its reason where it refuses.
    """
    parameters = _parameters(client, request)
    if is_opaque(request.repo.external_id) or client.settings.definition:
        return _run_definition(client, request, parameters)
    body = branch_or_tag(request.branch) | ({"parameters": parameters} if parameters else {})
    try:
        status, answer = client.send("POST", project_path(request.repo, "pipeline"), body)
    except Invalid as error:
        if error.effect_unknown or not _OTHER_WAY.search(f"{error}"):
            raise
        return _run_definition(client, request, parameters)
    return _started(request.repo, status, answer)


def _run_definition(client: Client, request: TriggerRequest, parameters: Mapping[str, Any]) -> RunRef | None:
    where = branch_or_tag(request.branch)
    body: dict[str, Any] = {
        "definition_id": _definition(client, request),
        "config": where,
        "checkout": where,
    }
    if parameters:
        body["parameters"] = parameters
    status, answer = client.send("POST", project_path(request.repo, "pipeline", "run"), body)
    return _started(request.repo, status, answer)


def _started(repo: RepoRef, status: int, answer: Document) -> RunRef | None:
    with contextlib.suppress(Invalid):
        return RunRef(repo, name_of(answer))
    message = answer.get("message")
    if status != _CREATED and isinstance(message, str):
        raise Conflict(f"CircleCI skipped it, nothing was started: {message[:200]}")
    # Accepted without saying, in words that can be used, which it is: it is there to be found.
    return None


def _definition(client: Client, request: TriggerRequest) -> str:
    """The id of the definition to run: the one that `workflow` names, else the configured one, else the only one.

    A run is known by the names of its workflows, so `workflow` may be these: they cannot be chosen, a definition runs
    them all. Anything else that names no definition is refused.
    """
    listed = [
        document(one, "pipeline definition")
        for one in items(
            client.get(path_of("projects", _project_id(client, request.repo), "pipeline-definitions")), "items"
        )
    ]
    named, configured = request.workflow, client.settings.definition
    chosen = _called(listed, named) if named else []
    if not chosen and (not named or _has_run(client, request.repo, named.split(", "))):
        chosen = _called(listed, configured) if configured else listed
    if len(chosen) == 1:
        return name_of(chosen[0])
    names = ", ".join(f"{text(one, 'name')} ({text(one, 'id')})" for one in listed) or "none"
    told = f" as {named[:60]!r}" if named else ""
    raise Invalid(
        f"it is not clear which pipeline definition of {request.repo.external_id} to run{told}; it has: {names}. Name "
        "one, by name or id, as the workflow or in `definition`"
    )


def _called(listed: Sequence[Document], named: str) -> list[Document]:
    return [one for one in listed if named in {text(one, "id"), text(one, "name")}]


def _has_run(client: Client, repo: RepoRef, names: Sequence[str]) -> bool:
    """Whether the latest pipelines ran workflows of all these names."""
    missing = set(names)
    for pipeline in next(client.pages(project_path(repo, "pipeline")), [])[:_LATEST]:
        path = path_of("pipeline", name_of(document(pipeline, "pipeline")), "workflow")
        missing -= {text(one, "name") for one in client.listed(path)}
        if not missing:
            return True
    return False


def _project_id(client: Client, repo: RepoRef) -> str:
    return name_of(client.get(project_path(repo)))


def _parameters(client: Client, request: TriggerRequest) -> dict[str, Any]:
    given = dict(request.inputs)
    if client.settings.correlation_parameter and request.intent_id:
        given[client.settings.correlation_parameter] = request.intent_id
    if len(given) > MOST_PARAMETERS:
        raise Invalid(f"{len(given)} pipeline parameters are more than the {MOST_PARAMETERS} that CircleCI takes")
    for name, value in given.items():
        if not 0 < len(name) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise Invalid(
                f"the pipeline parameter {name[:40]!r} is too long: CircleCI takes names of {LONGEST_KEY} "
                f"characters and values of {LONGEST_VALUE}"
            )
    return {name: _typed(name, value) for name, value in given.items()}


def _typed(name: str, value: str) -> str | int | bool:
    """`int(3)` is a number, `bool(true)` a boolean, everything else the text that it is."""
    found = _TYPED.fullmatch(value)
    if found is None:
        return value
    kind, inner = found[1], found[2].strip()
    if kind == "bool" and inner in _BOOLS:
        return _BOOLS[inner]
    if kind == "int" and inner.removeprefix("-").isdecimal() and inner.isascii():
        return int(inner)
    raise Invalid(f"the pipeline parameter {name[:40]!r} is no {kind}: expected int(3) or bool(true)")


def branch_or_tag(named: str) -> dict[str, str]:
    """What a request names: a branch, or a tag as `refs/tags/NAME`."""
    if named.startswith("refs/tags/"):
        return {"tag": named.removeprefix("refs/tags/")}
    return {"branch": named.removeprefix("refs/heads/")}
