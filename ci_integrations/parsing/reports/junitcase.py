"""One case of a JUnit report: what its elements say, as a result with its attempts."""

from dataclasses import replace
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.interface import Counts
from ci_integrations.parsing.reports.values import MAX_MESSAGE, result, retried, seconds, whole_number
from ci_integrations.parsing.reports.words import Text
from ci_integrations.parsing.xmlstrict import Attributes

OUTCOMES: Final = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "flakyFailure": Outcome.FAILED,
    "flakyError": Outcome.ERROR,
    "rerunFailure": Outcome.FAILED,
    "rerunError": Outcome.ERROR,
}
_OWN: Final = frozenset({"failure", "error", "skipped"})
_RANK: Final = {Outcome.PASSED: 0, Outcome.SKIPPED: 1, Outcome.FAILED: 2, Outcome.ERROR: 3}
# https://google.github.io/googletest/advanced.html#generating-an-xml-report
NOT_RUN: Final = frozenset({"notrun", "disabled"})


class CaseElement:
    """A failure, error, skipped, flaky or rerun element of a case; `depth` counts from the case."""

    __slots__ = ("depth", "message", "outcome", "tag", "text")

    def __init__(self, depth: int, tag: str, attributes: Attributes) -> None:
        self.depth = depth
        self.tag = tag
        self.outcome = OUTCOMES[tag]
        self.message = attributes.get("message", "")[:MAX_MESSAGE]
        self.text = Text()


def finished(case: Attributes, suite: Attributes, elements: list[CaseElement]) -> TestData:
    """The result of a case with these elements, in a suite."""
    if not elements:
        return _attempt(case, suite, None)
    if len(elements) == 1 and elements[0].tag in _OWN:
        return _attempt(case, suite, elements[0])
    own = [one for one in elements if one.tag in _OWN]
    flaky = [one for one in elements if one.tag.startswith("flaky")]
    again = [one for one in elements if one.tag.startswith("rerun")]
    graver = max(own, key=lambda one: _RANK[one.outcome], default=None)
    told = [*flaky, graver, *(again if graver else [])]
    attempts = [_attempt(case, suite, one) for one in told]
    if again and graver:  # what the case is said to be counts, not how its last run ended
        attempts[-1] = replace(attempts[-1], outcome=graver.outcome)
    return retried(attempts)


def _attempt(case: Attributes, suite: Attributes, told: CaseElement | None) -> TestData:
    not_run = case.get("status") in NOT_RUN
    outcome = told.outcome if told else Outcome.SKIPPED if not_run else Outcome.PASSED
    return result(
        case.get("classname") or suite.get("name", ""),
        case.get("name", ""),
        outcome,
        duration=seconds(case.get("time", "")),
        message=told.message if told else "",
        details=str(told.text) if told else "",
        file=case.get("file") or suite.get("file") or suite.get("filepath", ""),
        line=line_of(case.get("line", ""), suite),
    )


def line_of(text: str, suite: Attributes) -> int | None:
    """The line of a case, from 1."""
    line = whole_number(text)
    if line is not None and suite.get("name") == "pytest":
        line += 1  # pytest counts from 0: https://docs.pytest.org/en/stable/reference/reference.html (location)
    return line


def stated_totals(suites: list[Attributes]) -> Counts:
    """The totals of the outermost elements that state any."""
    stating = [one for one in suites if whole_number(one.get("tests", "")) is not None]
    top = min((one["depth"] for one in stating), key=int, default="")
    counts = Counts()
    for one in (one for one in stating if one["depth"] == top):
        number = {key: whole_number(one.get(key, "")) or 0 for key in ("tests", "failures", "errors", "skipped")}
        counts.plus(Counts(**number))
    return counts
