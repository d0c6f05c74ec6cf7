"""Which reader a file of lines gets: JSON events, go's text, TAP, TeamCity's messages."""

import re
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from ci_integrations.parsing.reports.dart import DartEvents
from ci_integrations.parsing.reports.events import MochaStream
from ci_integrations.parsing.reports.gojson import GoEvents
from ci_integrations.parsing.reports.gotext import GoText, looks_like_go
from ci_integrations.parsing.reports.interface import Limits, Reading, ReportReader
from ci_integrations.parsing.reports.libtest import LibtestEvents
from ci_integrations.parsing.reports.lines import LineHandler, LineReader
from ci_integrations.parsing.reports.pytestjson import ReportLog
from ci_integrations.parsing.reports.sniff import Head, json_lines
from ci_integrations.parsing.reports.tap import Tap, looks_like_tap
from ci_integrations.parsing.reports.teamcity import TeamCity, looks_like_teamcity

_TAIL: Final = 4_096
# A shell's prompt and trace, the frames of GitHub, GitLab, CircleCI, Buildkite and Travis; and how prove ends.
_CONSOLE: Final = re.compile(
    r"[$+] \S|#!/|##\[|::group::|section_start:|Running with gitlab-runner|~~~ |--- :|travis_fold:"
    r"|\d{4}-\d\d-\d\dT\d\d:"
)
_CONSOLE_END: Final = re.compile(
    r"Exited with code|ERROR: Job failed|##\[|Process completed with exit code|The command \""
    r"|Result: (?:PASS|FAIL|NOTESTS)"
)
_Kind = tuple[str, Callable[[dict[str, Any]], bool], Callable[[], LineHandler]]

_EVENTS: Final[tuple[_Kind, ...]] = (
    ("gotest-json", lambda one: "Action" in one and ("Package" in one or "ImportPath" in one), GoEvents),
    (
        "libtest-json",
        lambda one: one.get("type") in ("suite", "test", "bench") and "event" in one,
        LibtestEvents,
    ),
    ("dart-json", lambda one: "protocolVersion" in one and one.get("type") == "start", DartEvents),
    ("pytest-reportlog", lambda one: "$report_type" in one, ReportLog),
)


def open_events(stream: BinaryIO, head: Head, limits: Limits) -> ReportReader | None:
    """A reader where most lines are JSON objects that a test runner writes."""
    found = json_lines(head)
    for name, matches, handler in _EVENTS:
        if any(matches(one) for one in found):
            return LineReader(stream, handler(), Reading(name), limits)
    if head.text.lstrip()[:200].startswith('["start",{"total"'):
        return LineReader(stream, MochaStream(), Reading("mocha-json-stream"), limits)
    return None


def open_text(stream: BinaryIO, head: Head, limits: Limits) -> ReportReader | None:
    """A reader where the text is one of go, TAP or TeamCity, and not the log of a job that shows one."""
    lines, last = head.lines, _last_line(stream)
    if _CONSOLE_END.match(last) or any(_CONSOLE.match(line) for line in lines[:50]):
        return None
    if looks_like_go(lines, last):
        return LineReader(stream, GoText(), Reading("gotest-text"), limits)
    if looks_like_tap(lines):
        return LineReader(stream, Tap(), Reading("tap"), limits)
    if looks_like_teamcity(stream, lines):
        return LineReader(stream, TeamCity(), Reading("teamcity"), limits)
    return None


def _last_line(stream: BinaryIO) -> str:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _TAIL))
    lines = stream.read(_TAIL).decode("utf-8", errors="replace").split("\n")
    stream.seek(0)
    return next((line.rstrip("\r") for line in reversed(lines) if line.strip()), "")
