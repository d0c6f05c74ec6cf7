"""Version 2: people, projects, pipelines and what triggers them. https://circleci.com/docs/api/v2/"""

from typing import Any, Final

from tests.fakes.circleci import shapes
from tests.fakes.circleci.routing import Call, route
from tests.fakes.circleci.state import FakeDefinition, FakePipeline, FakeProject, stamp
from tests.fakes.http import Refused, Reply

PARAMETERS: Final = 100
KEY: Final = 128
VALUE: Final = 512


@route("GET", "/v2/me")
def me(call: Call) -> Reply:
    """Who asks."""
    login = call.token.login
    return Reply(200, {"id": call.server.user_id, "login": login, "name": login.title(), "avatar_url": None})


@route("GET", "/v2/project/{slug}")
def get_project(call: Call, slug: str) -> Reply:
    """A project."""
    return Reply(200, shapes.project(call.project(slug)))


@route("GET", "/v2/project/{slug}/pipeline")
def list_pipelines(call: Call, slug: str) -> Reply:
    """A project's pipelines, the newest first."""
    branch = call.seen.query.get("branch")
    found = [one for one in call.project(slug).pipelines if branch in (None, one.branch)]
    return call.page([shapes.pipeline(one) for one in found])


@route("GET", "/v2/project/{slug}/pipeline/{num}")
def get_pipeline_by_number(call: Call, slug: str, num: str) -> Reply:
    """A project's pipeline by its number."""
    found = [one for one in call.project(slug).pipelines if one.number == int(num)]
    if not found:
        raise Refused(404, "Pipeline not found")
    return Reply(200, shapes.pipeline(found[0]))


@route("POST", "/v2/project/{slug}/pipeline")
def trigger_pipeline(call: Call, slug: str) -> Reply:
    """Start a pipeline the old way, which projects of the GitHub App do not know."""
    project, body = call.project(slug), call.body
    if project.is_app:
        raise Refused(400, "This endpoint does not support projects that are integrated with GitHub App or GitLab.")
    _known(body, {"branch", "tag", "parameters"})
    return Reply(201, shapes.created(_start(call, project, body, body.get("parameters", {}))))


@route("POST", "/v2/project/{slug}/pipeline/run")
def run_pipeline(call: Call, slug: str) -> Reply:
    """Start a pipeline of a definition."""
    if "%2f" in call.seen.raw_path.lower():
        raise Refused(404, "Not Found")
    project, body = call.project(slug), call.body
    _known(body, {"definition_id", "config", "checkout", "parameters"})
    definition = [one for one in project.definitions if one.id == body.get("definition_id")]
    if not definition:
        raise Refused(400, "Pipeline definition not found.")
    where = body.get("checkout", {})
    _known(where, {"branch", "tag"})
    _known(body.get("config", {}), {"branch", "tag"})
    if skipped := call.server.skips or _skipped(call, project, where):
        return Reply(200, {"message": skipped})
    pipeline = _start(call, project, where, body.get("parameters", {}), definition[0])
    return Reply(201, shapes.created(pipeline))


@route("GET", "/v2/projects/{id}/pipeline-definitions")
def list_definitions(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """A project's pipeline definitions; there are no pages."""
    project = call.project_by_id(id)
    return Reply(200, {"items": [shapes.definition(one, project) for one in project.definitions]})


@route("GET", "/v2/pipeline/{id}")
def get_pipeline(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """A pipeline."""
    return Reply(200, shapes.pipeline(call.pipeline(id)))


@route("GET", "/v2/pipeline/{id}/values")
def pipeline_values(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """The values that its configuration could use."""
    found = call.pipeline(id)
    values: dict[str, Any] = {
        "id": found.id,
        "number": found.number,
        "project.type": "github",
        "project.git_url": found.project.repository,
        "git.branch": found.branch,
        "git.tag": found.tag,
        "git.revision": found.sha,
        "trigger_source": found.trigger,
        "created_at": stamp(found.created_at),
    }
    named = {f"parameters.{name}": value for name, value in found.parameters.items()}
    return Reply(200, {f"pipeline.{name}": value for name, value in (values | named).items()})


@route("GET", "/v2/pipeline/{id}/workflow")
def pipeline_workflows(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """Its workflows, those that were run again too."""
    return call.page([shapes.workflow(one) for one in reversed(call.pipeline(id).workflows)])


def _start(
    call: Call,
    project: FakeProject,
    where: dict[str, Any],
    parameters: Any,
    definition: FakeDefinition | None = None,
) -> FakePipeline:
    _check(parameters)
    if where.get("branch") and where.get("tag"):
        raise Refused(400, "Invalid input")
    branch, tag = where.get("branch", ""), where.get("tag", "")
    pipeline = call.server.start(
        project,
        branch=branch or ("" if tag else project.default_branch),
        tag=tag,
        actor=call.token.login,
        parameters=parameters,
        definition=definition,
    )
    call.server.ledger.append(("trigger", pipeline.id))
    return pipeline


def _skipped(call: Call, project: FakeProject, where: dict[str, Any]) -> str:
    # https://circleci.com/docs/guides/orchestrate/skip-build/
    if project.git_dir is None:
        return ""
    tag, branch = where.get("tag"), where.get("branch", project.default_branch)
    sha = call.server.commit_of(project, f"refs/tags/{tag}" if tag else f"refs/heads/{branch}")
    subject = call.server.subject_of(project, sha)
    is_skipped = any(mark in subject for mark in ("[ci skip]", "[skip ci]"))
    return "Ignoring pipeline due to CI skip in the commit" if is_skipped else ""


def _known(body: dict[str, Any], names: set[str]) -> None:
    if not set(body) <= names:
        raise Refused(400, "Unexpected request body provided.")


def _check(parameters: Any) -> None:
    fits = (
        isinstance(parameters, dict)
        and len(parameters) <= PARAMETERS
        and all(len(name) <= KEY and len(f"{value}") <= VALUE for name, value in parameters.items())
        and all(isinstance(value, str | int | bool) for value in parameters.values())
    )
    if not fits:
        raise Refused(400, "Invalid input")
