"""Console logs: why it failed, which tests, what tools complained of. Pure, one pass, bounded."""

from collections.abc import Iterable, Iterator

from ci_integrations.parsing.logs.cleaning import MAX_LINE, clean
from ci_integrations.parsing.logs.excerpts import Excerpts
from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.model import Issue, LogScan, Span, TestTally

__all__ = ["Issue", "LogScan", "Span", "TestTally", "scan_log"]


def scan_log(lines: Iterable[str], background: Iterable[str] = ()) -> LogScan:
    """Read a log, given as raw lines without their line ends (LF; a CR is part of its line).

    `background` are raw lines of earlier runs of the same job that passed: what they say as well is no reason of a
    failure.
    """
    excerpts, findings = Excerpts(background), Findings()
    for number, raw in enumerate(lines, start=1):
        text = clean(raw)
        excerpts.feed(number, text)
        if len(raw) > MAX_LINE and "\r" in raw:
            for part in _overwritten(raw):
                findings.feed(number, part)
        else:
            findings.feed(number, text)
    tests, issues = findings.results()
    return LogScan(excerpts.spans(), issues, tests.failed_tests, tests.tally, tests.duration_s)


def _overwritten(raw: str) -> Iterator[str]:
    """The texts of a line that overwrite each other: of very many, a program may have meant each for a line."""
    return map(clean, raw.split("\r"))
