"""Which route answers a request to the fake CircleCI, and what whoever asks may see."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.circleci.state import FakeJob, FakePipeline, FakeProject, FakeWorkflow, canonical
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.circleci.access import FakeToken
    from tests.fakes.circleci.server import FakeCircleCI

ROUTES: Final[list[tuple[str, re.Pattern[str], Callable[..., Reply]]]] = []
_PARTS: Final = {
    "{slug}": r"(?P<slug>[^/]+/[^/]+/[^/]+)",
    "{id}": r"(?P<id>[0-9a-f-]{36})",
    "{num}": r"(?P<num>\d+)",
}


@dataclass(frozen=True)
class Call:
    """A request with who asks."""

    server: "FakeCircleCI"
    seen: Seen
    token: "FakeToken"

    @property
    def body(self) -> dict[str, Any]:
        """The body: an object, or nothing."""
        found = self.seen.json()
        if not isinstance(found, dict):
            raise Refused(400, "Unexpected request body provided.")
        return found

    def sees(self, project: FakeProject) -> bool:
        """Whether the token shows a project."""
        return self.token.projects is None or project.slug in self.token.projects

    def project(self, slug: str) -> FakeProject:
        """A project by its slug."""
        found = self.server.projects.get(canonical(slug))
        if found is None or not self.sees(found):
            raise Refused(404, "Project not found")
        return found

    def project_by_id(self, project_id: str) -> FakeProject:
        """A project by its id."""
        found = [one for one in self.server.projects.values() if one.id == project_id and self.sees(one)]
        if not found:
            raise Refused(404, "Project does not exist.")
        return found[0]

    def pipelines(self) -> list[FakePipeline]:
        """All that the token shows."""
        return [one for one in self.server.pipelines() if self.sees(one.project)]

    def pipeline(self, pipeline_id: str) -> FakePipeline:
        """A pipeline by its id."""
        found = [one for one in self.pipelines() if one.id == pipeline_id]
        if not found:
            raise Refused(404, "Pipeline not found")
        return found[0]

    def workflows(self) -> list[FakeWorkflow]:
        """All that the token shows; of the same pipeline, the oldest first."""
        return [workflow for pipeline in self.pipelines() for workflow in pipeline.workflows]

    def workflow(self, workflow_id: str) -> FakeWorkflow:
        """A workflow by its id."""
        found = [one for one in self.workflows() if one.id == workflow_id]
        if not found:
            raise Refused(404, "Workflow not found")
        return found[0]

    def job(self, job_id: str) -> tuple[FakeWorkflow, FakeJob]:
        """A job by its id, with the newest workflow that it is part of."""
        return self._newest(lambda workflow, job: job.id == job_id)

    def numbered(self, slug: str, number: str) -> tuple[FakeWorkflow, FakeJob]:
        """A job by its number, which is one of its project."""
        project = self.project(slug)
        return self._newest(lambda workflow, job: workflow.pipeline.project is project and job.number == int(number))

    def page(self, items: list[Any]) -> Reply:
        """A page of items, with what has to be said to get the next one."""
        size, token = self.server.page_size, self.seen.query.get("page-token", "")
        start = _start(token) if token else 0
        after = (
            base64.urlsafe_b64encode(f"page:{start + size}".encode()).decode() if len(items) > start + size else None
        )
        return Reply(200, {"items": items[start : start + size], "next_page_token": after})

    def _newest(self, fits: Callable[[FakeWorkflow, FakeJob], bool]) -> tuple[FakeWorkflow, FakeJob]:
        found = [(workflow, job) for workflow in self.workflows() for job in workflow.jobs if fits(workflow, job)]
        if not found:
            raise Refused(404, "Job not found")
        return found[-1]


def route(method: str, pattern: str) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Register a handler below `/api`; `{slug}`, `{id}` and `{num}` stand for a project, a UUID and a number."""
    made = pattern
    for name, part in _PARTS.items():
        made = made.replace(name, part)

    def register(handler: Callable[..., Reply]) -> Callable[..., Reply]:
        ROUTES.append((method, re.compile(f"/api{made}"), handler))
        return handler

    return register


def dispatch(server: "FakeCircleCI", seen: Seen, token: "FakeToken | None") -> Reply:
    """The answer to a request."""
    if token is None:
        raise Refused(401, _no_token(seen))
    if token.kind == "project" and not seen.path.startswith("/api/v1.1/"):
        # What people see who try: https://github.com/CircleCI-Archived/api-preview-docs/issues/40
        raise Refused(404, "Project not found") if "/project/" in seen.path else Refused(401, "You must log in first.")
    for method, pattern, handler in ROUTES:
        found = pattern.fullmatch(seen.path)
        if found and method == seen.method:
            return handler(Call(server, seen, token), **found.groupdict())
    raise Refused(404, "Not Found")


def _no_token(seen: Seen) -> str:
    if "circle-token" in seen.query:
        return (
            "Support for query parameter authentication has been deprecated to improve security. "
            "Please use a supported authentication method such as header-based, or basic authentication."
        )
    return "You must log in first."


def _start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("page:"))
    except ValueError:
        raise Refused(400, "Invalid page token") from None
