"""Where things lie in an answer: JMESPath expressions, with defaults that fit common servers. https://jmespath.org"""

from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """A part of the configuration: unknown keys and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class Expression:
    """A compiled JMESPath expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = jmespath.compile(text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def find(self, document: Any) -> Any:
        """The value in a JSON document; None where there is none, or where a function got a type it cannot take."""
        try:
            return self._compiled.search(document)
        except (JMESPathError, RecursionError, TypeError, ValueError):
            return None


def _parse(value: Any) -> Any:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected a JMESPath expression, such as `build.id`")
    try:
        return Expression(value)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {' '.join(str(error).split())}") from None


Path = Annotated[Expression, BeforeValidator(_parse)]


class RunFields(Strict):
    """Where a run's values lie."""

    id: Path = Expression("id || run_id || build_id || number")
    state: Path = Expression("conclusion || result || state || status")
    workflow: Path = Expression("workflow || workflow_name || pipeline")
    branch: Path = Expression("branch || head_branch || ref")
    commit: Path = Expression("commit || commit_sha || head_sha || sha || revision")
    event: Path = Expression("event")
    title: Path = Expression("title || display_title || name")
    actor: Path = Expression("actor || author || user")
    url: Path = Expression("html_url || web_url || url")
    created: Path = Expression("created_at || created || queued_at")
    started: Path = Expression("started_at || started")
    finished: Path = Expression("finished_at || finished || completed_at || ended_at")
    attempt: Path = Expression("attempt || run_attempt")
    repository: Path | None = None


class JobFields(Strict):
    """Where a job's values lie."""

    id: Path = Expression("id || job_id || name")
    name: Path = Expression("name || id")
    state: Path = Expression("conclusion || result || state || status")
    url: Path = Expression("html_url || web_url || url")
    queued: Path = Expression("queued_at || queued || created_at || created")
    started: Path = Expression("started_at || started")
    finished: Path = Expression("finished_at || finished || completed_at || ended_at")
    allow_failure: Path = Expression("allow_failure")


class StepFields(Strict):
    """Where a step's values lie. A step without a number gets its place in the list."""

    id: Path = Expression("id || step_id || name")
    number: Path = Expression("number")
    name: Path = Expression("name || id")
    state: Path = Expression("conclusion || result || state || status")
    started: Path = Expression("started_at || started")
    finished: Path = Expression("finished_at || finished || completed_at || ended_at")


class ArtifactFields(Strict):
    """Where an artifact's values lie; `size` in bytes, `url` is followed where there is no `download`."""

    id: Path = Expression("id || name || path")
    name: Path = Expression("name || path || filename || id")
    size: Path = Expression("size || size_in_bytes")
    url: Path = Expression("download_url || url")


class TestFields(Strict):
    """Where a test result's values lie; `duration` in seconds."""

    __test__ = False

    suite: Path = Expression("suite || classname || class")
    name: Path = Expression("name")
    outcome: Path = Expression("outcome || result || status")
    duration: Path = Expression("duration || time || run_time")
    message: Path = Expression("message")
    details: Path = Expression("details || traceback || output")
    file: Path = Expression("file")
    line: Path = Expression("line")
