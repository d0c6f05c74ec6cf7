"""Ginkgo's JSON: https://pkg.go.dev/github.com/onsi/ginkgo/v2/types#Report"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, plan
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import (
    Format,
    first_of,
    has,
    record,
    records,
    text,
    texts,
)
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number

_GINKGO: Final = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "timedout": Outcome.FAILED,
    "panicked": Outcome.ERROR,
    "interrupted": Outcome.ERROR,
    "aborted": Outcome.ERROR,
}


def _ginkgo(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    suite = ""
    for path, value in parts:
        if path == (MEMBER, "SuiteDescription"):
            suite = text(value)
        if path != (MEMBER, "SpecReports", MEMBER):
            continue
        one = record(value)
        outcome = _GINKGO.get(text(one.get("State")), Outcome.SKIPPED)
        if text(one.get("LeafNodeType")) == "It":
            yield _ginkgo_spec(suite, one, outcome)
        elif outcome.is_failed:
            reading.note(f"{text(one.get('LeafNodeType'))}: {text(record(one.get('Failure')).get('Message'))}")


def _ginkgo_spec(suite: str, one: dict[str, Any], outcome: Outcome) -> TestData:
    failure = record(one.get("Failure"))
    place = record(failure.get("Location")) or record(one.get("LeafNodeLocation"))
    owner = " ".join(filter(None, (suite, *texts(one.get("ContainerHierarchyTexts")))))
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


FORMAT: Final = Format(
    "ginkgo-json",
    lambda one: has(first_of(one), "SuitePath", "SpecReports"),
    plan({(), (MEMBER,), (MEMBER, "SpecReports")}, {(MEMBER, "SpecReports", MEMBER)}),
    _ginkgo,
)
