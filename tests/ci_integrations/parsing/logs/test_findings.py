"""What tools declare is found however the lines come, and in time however they look."""

# ruff: noqa: RUF001

import re
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from ci_integrations.parsing.logs import scan_log
from ci_integrations.parsing.logs.cleaning import MAX_LINE
from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.issues import COMPLAINTS
from ci_integrations.parsing.logs.tools.frameworks import FRAMEWORKS
from ci_integrations.parsing.logs.tools.index import BUILD_TOOL, FURTHER, PLACE_FIRST, WRAPPING

LOGS = [one.example for one in COMPLAINTS] + [example.log for one in FRAMEWORKS for example in one.examples]
# What lines consist of that regular expressions may stumble over: a class of characters, or a piece of a format.
PIECES = [
    *("a", "A", "0", " ", "\t", "-", "=", "_", ".", ":", "/", "\\", "(", ")", "()", "[", "]", "[]", "[[1", "((1", '"'),
    *("'", ",", "|", "<", ">", "*", "#", "@", "é", "a.", "a:", "a:1:", "1:", "1,", "1.", "0, ", "a/", "a b ", "1 a, "),
    *("a(1) ", "a[1] ", "at a ", " - ", ": ", "line 1 ", "error: ", "FAILED ", "› ", "✓ ", "1/2 ", "Tests: ", "x in "),
]

# What a line ends with: a pattern that may go on to the end gives up only where something stands there that it is not
# for, and then tries everything else.
END = " x"


def patterns_and_logs() -> dict[re.Pattern[str], set[str]]:
    """Each regular expression that is declared, and what the tools it is for print."""
    found: dict[re.Pattern[str], set[str]] = {
        each: {"[ERROR] a", "[a:1] b", "a:1:2"} for each in (BUILD_TOOL, FURTHER, PLACE_FIRST, WRAPPING)
    }
    for complaint in COMPLAINTS:
        for pattern in filter(None, (complaint.pattern, complaint.heading, complaint.before, complaint.then)):
            found.setdefault(pattern, set()).add(complaint.example)
    for framework in FRAMEWORKS:
        for pattern in filter(None, (each for rule in framework.rules for each in (rule.pattern, rule.then))):
            found.setdefault(pattern, set()).update(example.log for example in framework.examples)
    return found


PATTERNS = patterns_and_logs()


def beginnings(pattern: re.Pattern[str], logs: Iterable[str]) -> Iterator[str]:
    """What a line that the pattern matches begins with, of several lengths."""
    yield ""
    for line in (line for log in logs for line in log.split("\n") if pattern.match(line)):
        ends = [token.end() for token in re.finditer(r"\w+|\W", line)]
        yield from (line[:end] for end in ends[:: max(1, len(ends) // 8)])


def own_pieces(logs: Iterable[str]) -> set[str]:
    """Pieces of what a pattern is for: words with the signs behind them, and two of them."""
    found: set[str] = set()
    for line in (line for log in logs for line in log.split("\n")[:30]):
        tokens = re.findall(r"\w+\W*|\W+", line[:300])
        found.update(tokens, map("".join, pairwise(tokens)))
    return found


def cost(pattern: re.Pattern[str], line: str) -> float:
    began = time.process_time()
    pattern.match(line)
    return time.process_time() - began


def is_slow(pattern: re.Pattern[str], beginning: str, piece: str, end: str) -> bool:
    """Whether four times the line takes far more than four times as long: sixteen times, where it is quadratic."""
    line, longer = (beginning + piece * (length // len(piece)) + end for length in (MAX_LINE, 4 * MAX_LINE))
    if cost(pattern, line) < 0.002:
        return False
    return min(cost(pattern, longer) for _ in range(3)) > 9 * min(cost(pattern, line) for _ in range(3))


def found_in(lines: Iterable[str]) -> object:
    findings = Findings()
    for number, line in enumerate(lines, start=1):
        findings.feed([number], [line])
    return findings.results()


@pytest.mark.parametrize("log", LOGS, ids=range(len(LOGS)))
def test_lines_tell_the_same_one_by_one_and_all_at_once(log: str) -> None:
    lines = log.split("\n")
    findings = Findings()
    findings.feed(range(1, len(lines) + 1), lines)

    assert findings.results() == found_in(lines)


def test_what_stands_above_is_known_from_block_to_block() -> None:
    blocks = [
        "src/app.js",
        "",
        "  2:10  error  'unused' is never used",
        "src/b.js",
        "  3:1  error  bad\n  4:1  error  worse",
    ]

    assert [(issue.line, issue.path, issue.source_line) for issue in scan_log(blocks).issues] == [
        (3, "src/app.js", 2),
        (5, "src/b.js", 3),
        (6, "src/b.js", 4),
    ]


@pytest.mark.parametrize("pattern", PATTERNS, ids=[pattern.pattern[:60] for pattern in PATTERNS])
def test_a_pattern_takes_time_in_proportion_to_the_line(pattern: re.Pattern[str]) -> None:
    slow = [
        (beginning, piece, end)
        for beginning in set(beginnings(pattern, PATTERNS[pattern]))
        for piece, end in (
            *((piece, END) for piece in PIECES),
            *((piece, "") for piece in own_pieces(PATTERNS[pattern])),
        )
        if is_slow(pattern, beginning, piece, end)
    ]

    assert slow == []


@pytest.mark.parametrize(
    "start",
    [
        *("", "error: ", "a.c:1:2: ", "src/app.ts(1,2", "E: ", '"a', "PHP ", "ERROR in ", "[", "Error: ", "FAILED "),
        *("not ok 1 ", "  1) ", "Tests: ", "=====", "test ", "  ● ", "Tests run: ", "a.c:1:2: error: /tmp/", "[INFO] "),
    ],
)
def test_a_long_line_costs_little(start: str) -> None:
    findings = Findings()
    findings.feed([1], ["====== short test summary info ======"])
    slow = []
    for piece in PIECES:
        line = start + piece * (60_000 // len(piece))
        began = time.process_time()
        findings.feed([2, 3], [line, line])
        if time.process_time() - began > 0.1:
            slow.append(piece)

    assert slow == []
