"""`xcresulttool get test-results tests`: its schema is printed by `xcrun xcresulttool help get test-results tests`, see
https://keith.github.io/xcode-man-pages/xcresulttool.1.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, down_to
from ci_integrations.parsing.reports.events import MAX_ATTEMPTS, held_size
from ci_integrations.parsing.reports.interface import Reading, Retried
from ci_integrations.parsing.reports.jsonvalues import Format, first_of, has, record, records, text
from ci_integrations.parsing.reports.values import MAX_SUITE, result, retried, scaled
from ci_integrations.parsing.reports.words import shortened

_OUTCOMES: Final = {"Passed": Outcome.PASSED, "Failed": Outcome.FAILED}
_SPENT: Final = re.compile(r"(?:(\d{1,5})m )?(\d{1,6}(?:[.,]\d{1,9})?)s")
_MAX_SUITE: Final = 2_000
_MAX_HELD: Final = 64_000_000
# A plan holds bundles, a bundle holds suites: each of these is a piece.
_PLAN: Final = ("testNodes", MEMBER)
_BUNDLE: Final = (*_PLAN, "children", MEMBER)
_PIECE: Final = (*_BUNDLE, "children", MEMBER)


def _xcode(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    bundles = _Bundles()
    for path, value in parts:
        if path == _PIECE:
            yield from (done for test in _cases(value) for done in bundles.add(test))
        elif path == (*_PLAN, "name"):
            bundles.see_plan()
        elif path == (*_BUNDLE, "name"):
            yield from bundles.see(text(value))
    yield from bundles.see("")


class _Bundles:
    """Names suites as `-only-testing` does: by their bundle. Xcode sorts its keys: the name of a bundle comes after its
    tests, which wait for it, as far as there is room; where the name of the plan comes first, so does that of a bundle.
    """

    def __init__(self) -> None:
        self._name = ""
        self._held: list[TestData] = []
        self._size = 0
        self._is_late: bool | None = None

    def see_plan(self) -> None:
        """The name of a plan."""
        if self._is_late is None:
            self._is_late = False

    def see(self, name: str) -> list[TestData]:
        """The name of a bundle: the tests that waited for it."""
        done = [_in_bundle(name, test) for test in self._held]
        self._name, self._held, self._size = name, [], 0
        return done

    def add(self, test: TestData) -> list[TestData]:
        """A test of a bundle: what need not wait."""
        if self._is_late is False:
            return [_in_bundle(self._name, test)]
        self._is_late = True
        self._held.append(test)
        self._size += held_size(test)
        return self.see("") if self._size > _MAX_HELD else []


def _in_bundle(name: str, test: TestData) -> TestData:
    suite = "/".join(filter(None, (name, test.suite)))
    test = replace(test, suite=shortened(suite, MAX_SUITE))
    if isinstance(test, Retried):
        return replace(test, earlier=tuple(replace(one, suite=test.suite) for one in test.earlier))
    return test


def _cases(piece: Any) -> Iterator[TestData]:
    todo: list[tuple[str, Any]] = [("", piece)]
    while todo:
        suite, node = todo.pop()
        node = record(node)
        if node.get("nodeType") == "Test Case":
            yield _case(suite, node)
            continue
        inner = " > ".join(filter(None, (suite, text(node.get("name")))))[:_MAX_SUITE]
        todo += [(inner, child) for child in reversed(records(node.get("children")))]


@dataclass(slots=True)
class _Run:
    """A case, or a repetition of one, with the messages that are its own."""

    node: dict[str, Any]
    words: list[str] = field(default_factory=list)

    def result(self, suite: str, name: str) -> TestData:
        outcome = _OUTCOMES.get(text(self.node.get("result")), Outcome.SKIPPED)
        return result(
            suite,
            name,
            outcome,
            duration=_seconds(self.node),
            message=self.words[0] if self.words else "",
            details="\n".join(self.words) if outcome.is_failed else "",
        )


def _case(suite: str, node: dict[str, Any]) -> TestData:
    """The result of a case is that of all devices, configurations and arguments together, as Xcode says it. A
    repetition that was not the last one in its place is an earlier attempt.
    """
    name, around = text(node.get("name")), text(node.get("nodeIdentifier")).rpartition("/")[0] or suite
    whole, sequences = _runs(node)
    whole.words += [words for runs in sequences for words in runs[-1].words]
    earlier = [run for runs in sequences for run in runs[:-1]][: MAX_ATTEMPTS - 1]
    return retried([run.result(around, name) for run in (*earlier, whole)])


def _runs(case: dict[str, Any]) -> tuple[_Run, list[list[_Run]]]:
    """The case itself, and the repetitions of each place in it."""
    whole = _Run(case)
    sequences: dict[int, list[_Run]] = defaultdict(list)
    todo = [(case, child, whole) for child in reversed(records(case.get("children")))]
    while todo:
        parent, node, run = todo.pop()
        if node.get("nodeType") == "Failure Message":
            run.words.append(text(node.get("name")))
        elif node.get("nodeType") == "Repetition" and run is whole:
            run = _Run(node)
            sequences[id(parent)].append(run)
        todo += [(node, child, run) for child in reversed(records(node.get("children")))]
    return whole, [*sequences.values()]


def _seconds(node: dict[str, Any]) -> float | None:
    spent = scaled(node.get("durationInSeconds"))
    match = _SPENT.fullmatch(text(node.get("duration")))
    if spent is None and match:
        return int(match[1] or 0) * 60 + float(match[2].replace(",", "."))
    return spent


FORMAT: Final = Format(
    "xcresult-json",
    lambda one: has(one, "testNodes") and ("devices" in one or has(first_of(one["testNodes"]), "nodeType")),
    down_to(_PIECE),
    _xcode,
)
