"""JSON of servers.

GitLab: https://docs.gitlab.com/api/pipelines/#get-a-test-report-for-a-pipeline; CircleCI:
https://circleci.com/docs/api/v2/#operation/getTests; GitHub annotations:
https://docs.github.com/rest/checks/runs#list-check-run-annotations
"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, plan
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import (
    Format,
    first_of,
    has,
    outcome_of,
    record,
    records,
    text,
    units,
)
from ci_integrations.parsing.reports.values import result, scaled, whole_number


def _gitlab(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for suite in units(parts, ("test_suites", MEMBER), {}):
        if suite.get("suite_error"):
            reading.note(f"{text(suite.get('name'))}: {_said(suite.get('suite_error'))}")
        for one in records(suite.get("test_cases")):
            output, trace = _said(one.get("system_output")), _said(one.get("stack_trace"))
            yield result(
                text(one.get("classname")) or text(suite.get("name")),
                text(one.get("name")),
                outcome_of(one.get("status")),
                duration=scaled(one.get("execution_time")),
                message=output,
                details="\n".join(filter(None, (output, trace))),
                file=text(one.get("file")),
            )


def _said(value: Any) -> str:
    """What a test said: a text, several, or an object with a `message`."""
    if isinstance(value, list):
        return "\n".join(_said(one) for one in value[:100] if not isinstance(one, list))
    return text(record(value).get("message")) if isinstance(value, dict) else text(value)


def _circleci(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for one in units(parts, ("items", MEMBER), {}):
        words = text(one.get("message"))
        yield result(
            text(one.get("classname")),
            text(one.get("name")),
            outcome_of(one.get("result")),
            duration=scaled(one.get("run_time")),
            message=words.strip().partition("\n")[0],
            details=words,
            file=text(one.get("file")),
        )


def _github(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for one in units(parts, (MEMBER,), {}):
        if one.get("annotation_level") != "failure":
            continue
        if one.get("path") == ".github":  # of the job as a whole
            reading.note(text(one.get("message")))
            continue
        title, details = text(one.get("title")), text(one.get("raw_details"))
        message, path = text(one.get("message")), text(one.get("path"))
        yield result(
            "",
            title or message.partition("\n")[0],
            Outcome.FAILED,
            message=message,
            details=details or message,
            file=path,
            line=whole_number(one.get("start_line")),
        )


FORMATS: Final = (
    Format(
        "gitlab_test_report",
        lambda one: has(one, "test_suites") and ("total_count" in one or "total_time" in one),
        plan({(), ("test_suites",)}, {("test_suites", MEMBER)}),
        _gitlab,
    ),
    Format(
        "circleci_tests",
        lambda one: has(one, "items") and has(first_of(one["items"]), "result", "classname"),
        plan({(), ("items",)}, {("items", MEMBER)}),
        _circleci,
    ),
    Format(
        "github_annotations",
        lambda one: has(first_of(one), "annotation_level", "path"),
        plan({()}, {(MEMBER,)}),
        _github,
    ),
)
