"""Console logs: why it failed, which tests, what tools complained of. Pure, one pass, bounded."""

from collections.abc import Iterable, Iterator
from typing import Final

from ci_integrations.parsing.logs.cleaning import clean_lines, overwritten
from ci_integrations.parsing.logs.excerpts import Excerpts
from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.model import FailedTest, Issue, LogScan, Span, TestTally
from ci_integrations.parsing.logs.prefixes import Prefixes

__all__ = ["FailedTest", "Issue", "LogScan", "Span", "TestTally", "scan_log"]

# Characters of lines that are read together.
_BLOCK: Final = 32_768


def scan_log(lines: Iterable[str], background: Iterable[str] = ()) -> LogScan:
    """Read a log, given as raw lines without their line ends (LF; a CR is part of its line), one by one or, which is
    faster, many at a time, joined by LF (see `logtext.log_blocks`).

    `background` are raw lines of earlier runs of the same job that passed: what they say as well is no reason of a
    failure.
    """
    excerpts, findings, prefixes = Excerpts(_cleaned(background)), Findings(), Prefixes()
    number = 1
    for block in _blocks(lines):
        texts = prefixes.without(clean_lines(block))
        numbers = range(number, number + len(texts))
        excerpts.feed(texts)
        done = 0
        for place, parts in overwritten(block).items():
            findings.feed(numbers[done:place], texts[done:place])
            findings.feed([numbers[place]] * len(parts), parts)
            done = place + 1
        findings.feed(numbers[done:], texts[done:])
        number += len(texts)
    tests, issues = findings.results()
    return LogScan(excerpts.spans(), issues, tests.failed_tests, tests.tally, tests.duration_s)


def _cleaned(lines: Iterable[str]) -> Iterator[str]:
    prefixes = Prefixes()
    for block in _blocks(lines):
        yield from prefixes.without(clean_lines(block))


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """As many lines at a time, however they come, as it takes to know what runners put before them."""
    parts, size = [], 0
    for part in lines:
        parts.append(part)
        size += len(part) + 1
        if size >= _BLOCK:
            yield "\n".join(parts)
            parts, size = [], 0
    if parts:
        yield "\n".join(parts)
