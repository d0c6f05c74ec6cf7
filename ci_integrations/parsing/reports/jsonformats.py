"""JSON of other runners.

rspec: https://rspec.info/features/3-13/rspec-core/formatters/json-formatter/; CTRF: https://ctrf.io/docs/specification;
cucumber: https://github.com/cucumber/json-formatter; RWX: https://github.com/rwx-research/test-results-schema
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
    texts,
    told,
    units,
)
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number


def _rspec(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    rest: dict[str, Any] = {}
    for one in units(parts, ("examples", MEMBER), rest):
        full, name = text(one.get("full_description")), text(one.get("description"))
        error = record(one.get("exception"))
        trace = "\n".join(filter(None, (text(error.get("message")), *texts(error.get("backtrace")))))
        yield result(
            full.removesuffix(name).strip(),
            name or full,
            outcome_of(one.get("status")),
            duration=scaled(one.get("run_time")),
            message=text(error.get("message")) or text(one.get("pending_message")),
            details=trace,
            file=text(one.get("file_path")),
            line=whole_number(one.get("line_number")),
        )
    summary = record(rest.get("summary"))
    number = {key: whole_number(summary.get(f"{key}_count")) or 0 for key in ("example", "failure", "pending")}
    reading.stated = told(number["example"], number["failure"], number["pending"])
    outside = summary.get("errors_outside_of_examples_count")
    if whole_number(outside):
        reading.note("\n".join(texts(rest.get("messages"))) or f"{outside} errors outside of examples")


def _ctrf(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for one in units(parts, ("results", "tests", MEMBER), {}):
        suite = " > ".join(texts(one.get("suite")))
        name, file = text(one.get("name")), text(one.get("filePath"))
        again = [
            result(
                suite,
                name,
                outcome_of(part.get("status")),
                duration=scaled(part.get("duration"), 1e-3),
                message=text(part.get("message")),
                details=text(part.get("trace")),
            )
            for part in records(one.get("retryAttempts"))
        ]
        last = result(
            suite,
            name,
            outcome_of(one.get("status")),
            duration=scaled(one.get("duration"), 1e-3),
            message=text(one.get("message")),
            details=text(one.get("trace")),
            file=file,
            line=whole_number(one.get("line")),
        )
        yield retried([*again, last])


def _cucumber(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for feature in units(parts, (MEMBER,), {}):
        background: list[dict[str, Any]] = []
        for one in records(feature.get("elements")):
            if one.get("type") == "background":
                background = _steps(one)
                continue
            yield _scenario(feature, one, background + _steps(one))
            background = []


def _steps(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [step for key in ("before", "steps", "after") for step in records(scenario.get(key))]
    hooks = [hook for step in steps for key in ("before", "after") for hook in records(step.get(key))]
    return steps + hooks


def _scenario(feature: dict[str, Any], scenario: dict[str, Any], steps: list[dict[str, Any]]) -> TestData:
    results = [(step, record(step.get("result"))) for step in steps]
    said = [text(one.get("status")).lower() for _, one in results]
    bad = next((pair for pair, status in zip(results, said, strict=True) if status in ("failed", "ambiguous")), None)
    outcome = Outcome.PASSED
    if bad is not None:
        outcome = Outcome.FAILED
    elif any(status in ("skipped", "pending", "undefined") for status in said):
        outcome = Outcome.SKIPPED
    details = text(bad[1].get("error_message")) if bad else ""
    spent = [scaled(one.get("duration"), 1e-9) or 0.0 for _, one in results]
    return result(
        text(feature.get("name")),
        text(scenario.get("name")),
        outcome,
        duration=sum(spent),
        message=details.strip().partition("\n")[0],
        details=details,
        file=text(feature.get("uri")),
        line=whole_number(scenario.get("line")),
    )


def _rwx(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    rest: dict[str, Any] = {}
    for one in units(parts, ("tests", MEMBER), rest):
        lineage = texts(one.get("lineage"))
        suite, name = (" ".join(lineage[:-1]), lineage[-1]) if lineage else ("", text(one.get("name")))
        place = record(one.get("location"))
        runs = [*records(one.get("pastAttempts")), record(one.get("attempt"))]
        yield retried([_rwx_attempt(suite, name, place, run) for run in runs])
    for error in records(rest.get("otherErrors")):
        reading.note(text(error.get("message")))


def _rwx_attempt(suite: str, name: str, place: dict[str, Any], run: dict[str, Any]) -> TestData:
    status = record(run.get("status"))
    if status.get("kind") == "quarantined":
        status = record(status.get("originalStatus"))
    return result(
        suite,
        name,
        outcome_of(status.get("kind")),
        duration=scaled(run.get("durationInNanoseconds"), 1e-9),
        message=text(status.get("message")),
        details="\n".join(texts(status.get("backtrace"))),
        file=text(place.get("file")),
        line=whole_number(place.get("line")),
    )


FORMATS: Final = (
    Format(
        "rspec-json",
        lambda one: has(one, "examples") and ("summary" in one or has(first_of(one["examples"]), "full_description")),
        plan({(), ("examples",)}, {("examples", MEMBER), ("summary",), ("messages",)}),
        _rspec,
    ),
    Format(
        "ctrf",
        lambda one: (
            has(one, "results")
            and has(one["results"], "tests")
            and ("reportFormat" in one or has(one["results"], "summary"))
        ),
        plan({(), ("results",), ("results", "tests")}, {("results", "tests", MEMBER)}),
        _ctrf,
    ),
    Format(
        "rwx-v1",
        lambda one: has(one, "framework", "summary", "tests"),
        plan({(), ("tests",)}, {("tests", MEMBER), ("otherErrors",)}),
        _rwx,
    ),
    Format(
        "cucumber-json",
        lambda one: has(first_of(one), "elements") and ("uri" in one[0] or "keyword" in one[0] or _has_steps(one[0])),
        plan({()}, {(MEMBER,)}),
        _cucumber,
    ),
)


def _has_steps(feature: dict[str, Any]) -> bool:
    return has(first_of(feature.get("elements")), "steps")
