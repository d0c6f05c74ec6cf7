"""One run of a test framework, as its lines tell of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ci_integrations.parsing.logs.model import FailedTest
from ci_integrations.parsing.logs.results_counts import Counts
from ci_integrations.parsing.logs.tools.testing import Framework, Rule

MAX_NAMES: Final = 20_000
MAX_NAME: Final = 1_000
MAX_MESSAGE: Final = 500


@dataclass(slots=True)
class _Pending:
    """A name that following lines may add to."""

    rule: Rule
    parts: list[str]
    suite: str
    message: str
    line: int
    left: int
    was_followed: bool = False


@dataclass(slots=True)
class _Told:
    """A name, as first told, and how often it was."""

    test: FailedTest
    times: int = 1


@dataclass(slots=True)
class Run:
    """What one run has told so far, from line `first` to `last`.

    `begun`: its first line was seen; `proved`: a line that only the framework prints; `ended`: its last line was seen.
    """

    framework: Framework
    begun: bool = False
    proved: bool = False
    ended: bool = False
    section: str = ""
    first: int = 0
    last: int = 0
    _scope: str = ""
    _depth: int = 0
    _pending: _Pending | None = None
    _names: dict[int, dict[str, _Told]] = field(default_factory=dict)
    _counts: Counts = field(default_factory=Counts)

    @property
    def watches(self) -> bool:
        """Whether the next line has to be seen whatever it is."""
        return self._pending is not None or self.section in self.framework.open_sections

    @property
    def has_names(self) -> bool:
        """Whether a failed test was named."""
        return any(self._names.values())

    def take(self, rule: Rule, match: re.Match[str], number: int) -> None:
        """Note what the line of this number says for which `rule` is, as matched."""
        said = {group: text for group, text in match.groupdict().items() if text is not None} if match.lastindex else {}
        if rule.opens is not None:
            self.settle()
            self.section = rule.opens
        self.proved = self.proved or rule.proves or rule.ends
        self.ended = self.ended or rule.ends
        self.first, self.last = self.first or number, number
        if "scope" in said:
            self._scope = said["scope"]
            if rule.ends:
                self._put_in_scope()
        if "indent" in said and self._sums_up(len(said["indent"])):
            return
        if rule.verdict:
            self._counts.count(rule.verdict)
        if said:
            self._counts.read(said, adds=rule.adds)
        if "name" in said or rule.needs_then:
            self._name(rule, said, number)

    def begin(self, number: int) -> None:
        """Note that the line of this number begins it; names that were told before it belong to it."""
        if not self.begun and not self.has_names:
            self.first = number
        self.begun = True

    def see(self, line: str) -> None:
        """Note a line that may go on with the one before."""
        if self._pending is not None:
            self._follow(self._pending, line)

    def settle(self) -> None:
        """Take the name that was pending as it is."""
        pending, self._pending = self._pending, None
        if pending and pending.parts and (pending.was_followed or not pending.rule.needs_then):
            self._keep(pending)

    def failed_tests(self) -> tuple[FailedTest, ...]:
        """Those that are named, as told in the way in which they are nearest to the failures in number.

        Where only those that were told repeatedly make up the number, several tests have that name: they are numbered.
        """
        failures = self.failures
        told = [
            (names, sum(each.times for each in names.values()), rank) for rank, names in self._names.items() if names
        ]
        if not told or not failures:
            return ()
        names, times, _ = min(told, key=lambda way: (min(abs(len(way[0]) - failures), abs(way[1] - failures)), way[2]))
        if self.framework.counts_checks or abs(times - failures) >= abs(len(names) - failures):
            return tuple(each.test for each in names.values())
        return tuple(_numbered(each.test, n) for each in names.values() for n in range(1, each.times + 1))

    @property
    def failures(self) -> int:
        """How many tests failed, those that broke included."""
        named = max((len(names) for names in self._names.values()), default=0)
        return self._counts.failures(named, counts_lines=self.framework.counts_lines)

    @property
    def skipped(self) -> int | None:
        """How many were skipped; None where that is not told."""
        return self._counts.skipped

    @property
    def total(self) -> int | None:
        """How many there were; None where that is not told."""
        return self._counts.total(self._hooks(), counts_lines=self.framework.counts_lines)

    @property
    def duration(self) -> float | None:
        """How long they took, in seconds; None where that is not told."""
        return self._counts.duration

    def _hooks(self) -> int:
        hooks = self.framework.not_tests
        return sum(bool(hooks.search(test.name)) for test in self.failed_tests()) if hooks else 0

    def _sums_up(self, depth: int) -> bool:
        was, self._depth = self._depth, depth
        return depth < was

    def _name(self, rule: Rule, said: Mapping[str, str], number: int) -> None:
        self.settle()
        message = said.get("message", rule.says)
        self._pending = _Pending(rule, _parts(said), said.get("suite", ""), message, number, rule.reach)
        if rule.then is None or "last" in said:
            self.settle()

    def _follow(self, pending: _Pending, line: str) -> None:
        pending.left -= 1
        if pending.rule.then and (match := pending.rule.then.match(line)):
            said = {group: text for group, text in match.groupdict().items() if text is not None}
            pending.was_followed = True
            pending.parts += _parts(said)
            pending.suite = pending.suite or said.get("suite", "")
            pending.message = said.get("message", pending.message)
            if "drop" in said:
                self._pending = None
                return
            if "last" in said:
                pending.left = 0
        if pending.left <= 0:
            self.settle()

    def _keep(self, pending: _Pending) -> None:
        suite, name = pending.suite, self.framework.words.join(pending.parts)
        name = self.framework.shape(suite, name) if self.framework.shape else name
        if not self.framework.shape and (place := suite or self._scope):
            name = f"{place}{self.framework.glue}{name}"
        names, name = self._names.setdefault(pending.rule.rank, {}), name[:MAX_NAME]
        if name and len(names) < MAX_NAMES:
            if name in names:
                names[name].times += 1
            else:
                names[name] = _Told(FailedTest(name, pending.line, pending.message.strip()[:MAX_MESSAGE]))

    def _put_in_scope(self) -> None:
        self.settle()
        scope = f"{self._scope}{self.framework.glue}"
        for rank, names in self._names.items():
            scoped = [_Told(replace(each.test, name=f"{scope}{each.test.name}"), each.times) for each in names.values()]
            self._names[rank] = {each.test.name: each for each in scoped}


def _numbered(test: FailedTest, n: int) -> FailedTest:
    return test if n == 1 else replace(test, name=f"{test.name} ({n})")


def _parts(said: Mapping[str, str]) -> list[str]:
    return [said[group].strip() for group in ("name", "more") if said.get(group, "").strip()]
