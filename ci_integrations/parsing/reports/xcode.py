"""`xcresulttool get test-results tests`: its schema is printed by `xcrun xcresulttool help get test-results tests`, see
https://keith.github.io/xcode-man-pages/xcresulttool.1.html
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, Path, Step
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, first_of, has, record, records, text
from ci_integrations.parsing.reports.values import result, retried, scaled

_OUTCOMES: Final = {"Passed": Outcome.PASSED, "Failed": Outcome.FAILED}
_SPENT: Final = re.compile(r"(?:(\d{1,5})m )?(\d{1,6}(?:[.,]\d{1,9})?)s")
_MAX_SUITE: Final = 2_000
# A plan holds bundles, a bundle holds suites: each of these is a piece.
_PIECE: Final = ("testNodes", MEMBER, "children", MEMBER, "children", MEMBER)


def _step(path: Path) -> Step:
    if path == _PIECE[: len(path)]:
        return Step.TAKE if path == _PIECE else Step.OPEN
    return Step.SKIP


def _xcode(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for path, value in parts:
        if path != _PIECE:
            continue
        todo: list[tuple[str, Any]] = [("", value)]
        while todo:
            suite, node = todo.pop()
            node = record(node)
            if node.get("nodeType") == "Test Case":
                yield _case(suite, node)
                continue
            inner = " > ".join(filter(None, (suite, text(node.get("name")))))[:_MAX_SUITE]
            todo += [(inner, child) for child in reversed(records(node.get("children")))]


def _case(suite: str, node: dict[str, Any]) -> TestData:
    """A repetition that was not the last one is an earlier attempt."""
    name, around = text(node.get("name")), text(node.get("nodeIdentifier")).rpartition("/")[0]
    below = [*_below(node)]
    runs = [one for one in below if one.get("nodeType") == "Repetition"]
    earlier = [_run(around or suite, name, run, [*_below(run)]) for run in runs[:-1]]
    return retried([*earlier, _run(around or suite, name, node, [*_below(runs[-1])] if runs else below)])


def _run(suite: str, name: str, node: dict[str, Any], below: list[dict[str, Any]]) -> TestData:
    outcome = _OUTCOMES.get(text(node.get("result")), Outcome.SKIPPED)
    words = [text(one.get("name")) for one in below if one.get("nodeType") == "Failure Message"]
    return result(
        suite,
        name,
        outcome,
        duration=_seconds(node),
        message=words[0] if words else "",
        details="\n".join(words) if outcome.is_failed else "",
    )


def _below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes in it, in their order."""
    todo = [*reversed(records(node.get("children")))]
    while todo:
        at = todo.pop()
        yield at
        todo += reversed(records(at.get("children")))


def _seconds(node: dict[str, Any]) -> float | None:
    spent = scaled(node.get("durationInSeconds"))
    match = _SPENT.fullmatch(text(node.get("duration")))
    if spent is None and match:
        return int(match[1] or 0) * 60 + float(match[2].replace(",", "."))
    return spent


FORMAT: Final = Format(
    "xcresult-json",
    lambda one: has(one, "testNodes") and ("devices" in one or has(first_of(one["testNodes"]), "nodeType")),
    _step,
    _xcode,
)
