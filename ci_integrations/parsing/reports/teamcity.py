"""Service messages of TeamCity: https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Tests"""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import BinaryIO, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.events import Attempts
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.values import result, scaled
from ci_integrations.parsing.reports.words import bounded

_SIGN: Final = "##teamcity["
_ATTRIBUTE: Final = re.compile(r"\s++(\w{1,40}+)\s?=\s?'((?:[^'|]++|\|.)*+)'")
_MESSAGE: Final = re.compile(
    rf"##teamcity\[(test[A-Z]\w{{0,30}}+|flow(?:Started|Finished))((?:{_ATTRIBUTE.pattern})*+)\s*+\]"
)
_ESCAPE: Final = re.compile(r"\|(0x[0-9a-fA-F]{4}|.)")
_ESCAPED: Final = {"n": "\n", "r": "\r", "x": "\u0085", "l": "\u2028", "p": "\u2029"}
_MAX_OPEN: Final = 2_000
_MAX_DEPTH: Final = 100
_MAX_SUITE: Final = 200
_MAX_NAME: Final = 4_000
_TESTS: Final = ("testStarted", "testSuiteStarted", "testFailed", "testIgnored")
_MAX_LINE: Final = 4_000_000
_Key = tuple[str, str]


def looks_like_teamcity(stream: BinaryIO, lines: list[str]) -> bool:
    """Whether some of its first lines tell of tests, nine in ten of all lines are service messages, and the last one
    is: a log of which a part is such messages tells in the rest why it failed.
    """
    messages = [line.partition(_SIGN)[2] for line in lines if _SIGN in line]
    if not any(message.startswith(_TESTS) for message in messages):
        return False
    count, others, is_last = 0, 0, False
    stream.seek(0)
    while line := stream.readline(_MAX_LINE):
        if line := line.replace(b"\0", b"").strip():  # UTF-16 has them
            is_last = _SIGN.encode() in line
            count, others = count + 1, others + (not is_last)
    stream.seek(0)
    return is_last and others * 10 <= count


@dataclass(slots=True)
class _Open:
    """A test that was started, or told of before it ended."""

    outcome: Outcome = Outcome.PASSED
    message: str = ""
    details: str = ""


class TeamCity:
    """The handler of lines. Each flow has its own suites, one in the other, and in those of the flow it came from.
    Where a runner announces that it repeats tests (`testRetrySupport`), those of one name are attempts.
    """

    def __init__(self) -> None:
        self._suites: defaultdict[str, list[str]] = defaultdict(list)
        self._parents: dict[str, str] = {}
        self._open: dict[_Key, _Open] = {}
        self._attempts = Attempts()
        self._are_repeated = False

    def line(self, text: str) -> list[TestData]:
        """See `LineHandler`."""
        return [one for match in _MESSAGE.finditer(text) for one in self._message(match)]

    def _message(self, match: re.Match[str]) -> list[TestData]:
        values = {name: _plain(value) for name, value in _ATTRIBUTE.findall(match[2])}
        flow, name = values.get("flowId", "")[:_MAX_SUITE], values.get("name", "")[:_MAX_NAME]
        match match[1]:
            case "testStarted":
                return self._begin((flow, name))
            case "testFailed":
                return self._tell((flow, name), Outcome.FAILED, values)
            case "testIgnored":
                return self._tell((flow, name), Outcome.SKIPPED, values)
            case "testFinished" if (flow, name) in self._open:
                return self._done((flow, name), self._open.pop((flow, name)), scaled(values.get("duration"), 1e-3))
            case kind:
                self._around(kind, flow, name, values)
        return []

    def _around(self, kind: str, flow: str, name: str, values: dict[str, str]) -> None:
        match kind:
            case "testSuiteStarted":
                self._begin_suite(flow, name)
            case "testSuiteFinished":
                self._end_suite(flow)
            case "testRetrySupport":
                self._are_repeated = values.get("enabled") == "true"
            case "flowStarted" if len(self._parents) < _MAX_OPEN and "parent" in values:
                self._parents[flow] = values["parent"][:_MAX_SUITE]
            case "flowFinished":
                self._parents.pop(flow, None)

    def close(self, reading: Reading) -> list[TestData]:
        """See `LineHandler`. How a test ended that only began is not known."""
        told = [(key, test) for key, test in self._open.items() if test.outcome is not Outcome.PASSED]
        return [one for key, test in told for one in self._done(key, test)] + self._attempts.release()

    def _begin_suite(self, flow: str, name: str) -> None:
        if len(self._suites) < _MAX_OPEN and len(self._suites[flow]) < _MAX_DEPTH:
            self._suites[flow].append(name[:_MAX_SUITE])

    def _end_suite(self, flow: str) -> None:
        if suites := self._suites.get(flow):
            suites.pop()
        if not suites:
            self._suites.pop(flow, None)

    def _begin(self, key: _Key) -> list[TestData]:
        if len(self._open) >= _MAX_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[key] = _Open()
        return []

    def _tell(self, key: _Key, outcome: Outcome, values: dict[str, str]) -> list[TestData]:
        told = _Open(outcome, values.get("message", "")[:4_000], bounded(values.get("details", "")))
        if key in self._open:
            self._open[key] = told
            return []
        return self._done(key, told)

    def _suites_around(self, flow: str) -> list[str]:
        at: str | None = flow
        names: list[str] = []
        for _ in range(_MAX_DEPTH):
            if at is None or len(names) >= _MAX_DEPTH:
                break
            names = [*self._suites.get(at, ()), *names]
            at = self._parents.get(at)
        return names

    def _done(self, key: _Key, test: _Open, duration: float | None = None) -> list[TestData]:
        suite = " > ".join(filter(None, self._suites_around(key[0])))
        details = test.details if test.outcome.is_failed else ""
        found = result(suite, key[1], test.outcome, duration=duration, message=test.message, details=details)
        return self._attempts.ended(found) if self._are_repeated else [found]


def _plain(value: str) -> str:
    if "|" not in value:
        return value
    plain = _ESCAPE.sub(_character, value)
    # A sign beyond the first 65,536 is told as two units of UTF-16.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "ignore") if "|0x" in value else plain


def _character(match: re.Match[str]) -> str:
    sign = match[1]
    if sign.startswith("0x") and len(sign) == 6:
        return chr(int(sign[2:], 16))
    return _ESCAPED.get(sign, sign)
