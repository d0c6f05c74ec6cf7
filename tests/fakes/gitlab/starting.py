"""What makes a pipeline: a push, a merge request, the API, a trigger job."""

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.gitlab import environment
from tests.fakes.gitlab.config import FILE, BadConfiguration, Configuration, plain, read
from tests.fakes.gitlab.rules import BadExpression, holds
from tests.fakes.gitlab.state import FakeJob, FakeMergeRequest, FakePipeline, FakeProject

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World

EMPTY: Final = "The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs."
MERGE_REQUEST: Final = "merge_request_event"


class NoPipeline(Exception):
    """Why there is none."""


@dataclass(frozen=True)
class Start:
    """A wish for a pipeline."""

    project: FakeProject
    ref: str
    sha: str
    source: str
    by: str
    variables: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    request: FakeMergeRequest | None = None
    parent: tuple[FakePipeline, FakeJob] | None = None
    path: str = FILE


def file_at(project: FakeProject, sha: str, name: str) -> bytes | None:
    """A file of a commit."""
    command = ["git", "--git-dir", f"{project.git_dir}", "show", f"{sha}:{name}"]
    done = subprocess.run(command, capture_output=True, check=False)
    return None if done.returncode else done.stdout


def pipeline_for(server: "World", start: Start, *, keeps_errors: bool) -> FakePipeline:
    """A pipeline as the commit's configuration wants it.

    Raises NoPipeline where none is wanted or, without `keeps_errors`, the configuration is wrong: else there is one
    that failed.
    """

    def load(name: str) -> str | None:
        found = file_at(start.project, start.sha, name)
        return None if found is None else found.decode()

    made = _empty(server, start)
    variables = environment.of_start(
        server, start.project, sha=start.sha, ref=start.ref, source=start.source, by=start.by, request=start.request
    )
    try:
        config = read(load, path=start.path, inputs=start.inputs)
        variables |= config.variables | start.variables
        if not _is_wanted(config, variables):
            raise NoPipeline("Pipeline filtered out by workflow rules.")
        made.jobs = jobs_of(config, variables, start.source)
    except (BadConfiguration, BadExpression) as error:
        if not keeps_errors or load(start.path) is None:
            raise NoPipeline(f"{error}") from error
        made.yaml_errors, made.status, made.finished_at = f"{error}", "failed", server.now()
        return made
    if not made.jobs:
        raise NoPipeline(EMPTY)
    made.stages, made.name = config.stages, config.workflow.get("name")
    made.config = {"variables": config.variables}
    return made


def _empty(server: "World", start: Start) -> FakePipeline:
    now = server.now()
    iid = len(start.project.pipelines) + 1
    return FakePipeline(
        start.project, iid, start.sha, start.ref, start.source, start.by, now, now, variables=start.variables,
        inputs=start.inputs, merge_request=start.request, parent=start.parent,
    )  # fmt: skip


def _is_wanted(config: Configuration, variables: dict[str, str]) -> bool:
    rules = config.workflow.get("rules")
    if not rules:
        return True
    first = next((rule for rule in rules if _matches(rule, variables)), None)
    return first is not None and first.get("when") != "never"


def _matches(rule: dict[str, Any], variables: dict[str, str]) -> bool:
    return "if" not in rule or holds(f"{rule['if']}", variables)


def jobs_of(config: Configuration, variables: dict[str, str], source: str) -> list[FakeJob]:
    """The jobs that take part. Raises BadExpression."""
    found = [_job(key, spec, variables, source) for key, spec in config.jobs.items()]
    made = [job for job in found if job is not None]
    return sorted(made, key=lambda job: config.stages.index(job.stage))


def _job(key: str, spec: dict[str, Any], variables: dict[str, str], source: str) -> FakeJob | None:
    when = spec.get("when", "on_success")
    allow_failure = spec.get("allow_failure", when == "manual")
    if "rules" in spec:
        seen = variables | plain(spec.get("variables"))
        rule = next((one for one in spec["rules"] if _matches(one, seen)), None)
        if rule is None:
            return None
        when = rule.get("when", when)
        allow_failure = rule.get("allow_failure", spec.get("allow_failure", False))
        if "variables" in rule:
            spec = spec | {"variables": (spec.get("variables") or {}) | rule["variables"]}
    elif source == MERGE_REQUEST:
        return None
    if when == "never":
        return None
    return FakeJob(
        key,
        spec["stage"],
        kind="bridge" if "trigger" in spec else "build",
        spec=spec,
        when=when,
        allow_failure=allow_failure is True,
    )
