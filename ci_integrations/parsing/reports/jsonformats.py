"""JSON of other runners and of servers.

rspec: https://rspec.info/features/3-13/rspec-core/formatters/json-formatter/; CTRF: https://ctrf.io/docs/specification;
pytest-json-report: https://github.com/numirias/pytest-json-report#format; ginkgo:
https://pkg.go.dev/github.com/onsi/ginkgo/v2/types#Report; RWX: https://github.com/rwx-research/test-results-schema;
GitLab: https://docs.gitlab.com/api/pipelines/#get-a-test-report-for-a-pipeline; CircleCI:
https://circleci.com/docs/api/v2/#operation/getTests; GitHub annotations:
https://docs.github.com/rest/checks/runs#list-check-run-annotations
"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, first_of, has, record, records, text, texts, told
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number

_WORDS: Final = {
    "passed": Outcome.PASSED,
    "success": Outcome.PASSED,
    "successful": Outcome.PASSED,
    "xpassed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "timedout": Outcome.FAILED,
    "timedOut": Outcome.FAILED,
    "canceled": Outcome.FAILED,
    "interrupted": Outcome.FAILED,
    "aborted": Outcome.FAILED,
    "panicked": Outcome.ERROR,
    "error": Outcome.ERROR,
}


def outcome_of(value: Any) -> Outcome:
    """What a status says; one that neither passed nor failed was skipped."""
    return _WORDS.get(text(value), Outcome.SKIPPED)


def _rspec(document: Any, reading: Reading) -> Iterator[TestData]:
    summary = record(document.get("summary"))
    number = {key: whole_number(summary.get(f"{key}_count")) or 0 for key in ("example", "failure", "pending")}
    reading.stated = told(number["example"], number["failure"], number["pending"])
    outside = summary.get("errors_outside_of_examples_count")
    if whole_number(outside):
        reading.note("\n".join(texts(document.get("messages"))) or f"{outside} errors outside of examples")
    for one in records(document.get("examples")):
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


def _ctrf(document: Any, reading: Reading) -> Iterator[TestData]:
    for one in records(record(document.get("results")).get("tests")):
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


def _pytest(document: Any, reading: Reading) -> Iterator[TestData]:
    for one in records(document.get("collectors")):
        if one.get("outcome") in ("failed", "error"):
            reading.note(f"{text(one.get('nodeid'))}: {text(one.get('longrepr'))}")
    for one in records(document.get("tests")):
        stages = [record(one.get(stage)) for stage in ("setup", "call", "teardown")]
        bad = next((stage for stage in stages if stage.get("outcome") == "failed"), {})
        crash = record(bad.get("crash"))
        suite, name = split_node(text(one.get("nodeid")))
        yield result(
            suite,
            name,
            outcome_of(one.get("outcome")),
            duration=sum(scaled(stage.get("duration")) or 0.0 for stage in stages),
            message=text(crash.get("message")),
            details=text(bad.get("longrepr")),
            file=text(crash.get("path")) or suite.partition("::")[0],
            line=whole_number(crash.get("lineno")) or whole_number(one.get("lineno")),
        )


def split_node(node: str) -> tuple[str, str]:
    """pytest's `path::Class::test[a::b]` as what it is in, and its name."""
    plain, bracket, parameters = node.partition("[")
    suite, _, name = plain.rpartition("::")
    return suite, name + bracket + parameters


_GINKGO: Final = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "timedout": Outcome.FAILED,
    "panicked": Outcome.ERROR,
    "interrupted": Outcome.ERROR,
    "aborted": Outcome.ERROR,
}


def _ginkgo(document: Any, reading: Reading) -> Iterator[TestData]:
    for suite in records(document):
        for one in records(suite.get("SpecReports")):
            outcome = _GINKGO.get(text(one.get("State")), Outcome.SKIPPED)
            if text(one.get("LeafNodeType")) != "It":
                failure = record(one.get("Failure"))
                if outcome.is_failed:
                    reading.note(f"{text(one.get('LeafNodeType'))}: {text(failure.get('Message'))}")
                continue
            yield _ginkgo_spec(suite, one, outcome)


def _ginkgo_spec(suite: dict[str, Any], one: dict[str, Any], outcome: Outcome) -> TestData:
    failure = record(one.get("Failure"))
    place = record(failure.get("Location")) or record(one.get("LeafNodeLocation"))
    owner = " ".join(filter(None, (text(suite.get("SuiteDescription")), *texts(one.get("ContainerHierarchyTexts")))))
    name, file, line = text(one.get("LeafNodeText")), text(place.get("FileName")), whole_number(place.get("LineNumber"))
    again = [
        result(owner, name, Outcome.FAILED, message=text(record(part.get("Failure")).get("Message")))
        for part in records(one.get("AdditionalFailures"))
        if outcome is Outcome.PASSED
    ]
    attempts = whole_number(one.get("NumAttempts")) or 1
    again += [result(owner, name, Outcome.FAILED)] * (min(attempts, 100) - 1 - len(again))
    last = result(
        owner,
        name,
        outcome,
        duration=scaled(one.get("RunTime"), 1e-9),
        message=text(failure.get("Message")),
        details=text(record(failure.get("Location")).get("FullStackTrace")),
        file=file,
        line=line,
    )
    return retried([*again, last])


def _rwx(document: Any, reading: Reading) -> Iterator[TestData]:
    for error in records(document.get("otherErrors")):
        reading.note(text(error.get("message")))
    for one in records(document.get("tests")):
        lineage = texts(one.get("lineage"))
        suite, name = (" ".join(lineage[:-1]), lineage[-1]) if lineage else ("", text(one.get("name")))
        place = record(one.get("location"))
        runs = [*records(one.get("pastAttempts")), record(one.get("attempt"))]
        yield retried([_rwx_attempt(suite, name, place, run) for run in runs])


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


def _gitlab(document: Any, reading: Reading) -> Iterator[TestData]:
    for suite in records(document.get("test_suites")):
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


def _circleci(document: Any, reading: Reading) -> Iterator[TestData]:
    for one in records(document.get("items")):
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


def _github(document: Any, reading: Reading) -> Iterator[TestData]:
    for one in records(document):
        if one.get("annotation_level") != "failure":
            continue
        if one.get("path") == ".github":  # of the job as a whole
            reading.note(text(one.get("message")))
            continue
        title, details = text(one.get("title")), text(one.get("raw_details"))
        message, path = text(one.get("message")), text(one.get("path"))
        test = result(
            "", title or message.partition("\n")[0], Outcome.FAILED, message=message, details=details or message
        )
        yield result(
            "",
            test.name,
            Outcome.FAILED,
            message=message,
            details=test.details,
            file=path,
            line=whole_number(one.get("start_line")),
        )


FORMATS: Final = (
    Format("rspec-json", lambda one: has(one, "examples", "summary"), _rspec),
    Format(
        "ctrf",
        lambda one: (
            has(one, "results")
            and has(one["results"], "tests")
            and ("reportFormat" in one or has(one["results"], "summary"))
        ),
        _ctrf,
    ),
    Format(
        "pytest-json", lambda one: has(one, "tests", "summary") and ("exitcode" in one or "collectors" in one), _pytest
    ),
    Format("rwx-v1", lambda one: has(one, "framework", "summary", "tests"), _rwx),
    Format("ginkgo-json", lambda one: has(first_of(one), "SuitePath", "SpecReports"), _ginkgo),
    Format(
        "gitlab_test_report",
        lambda one: has(one, "test_suites") and ("total_count" in one or "total_time" in one),
        _gitlab,
    ),
    Format(
        "circleci_tests",
        lambda one: has(one, "items") and has(first_of(one["items"]), "result", "classname"),
        _circleci,
    ),
    Format("github_annotations", lambda one: has(first_of(one), "annotation_level", "path"), _github),
)
