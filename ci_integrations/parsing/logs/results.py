"""Which tests failed, how many there were and how long they took, from what test frameworks print."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ci_integrations.parsing.logs.model import FailedTest, TestTally
from ci_integrations.parsing.logs.results_repeated import told_of
from ci_integrations.parsing.logs.results_run import Run
from ci_integrations.parsing.logs.tools.frameworks import FRAMEWORKS
from ci_integrations.parsing.logs.tools.testing import Framework, Rule

MAX_RUNS: Final = 10_000


@dataclass(frozen=True, slots=True)
class TestResults:
    """What a log tells of tests. Names are unique, framework by framework in the order they were printed in."""

    __test__ = False

    failed_tests: tuple[FailedTest, ...]
    tally: TestTally
    duration_s: float | None


class Results:
    """What `findings` tells it of the lines of a log, in their order."""

    def __init__(self) -> None:
        self._states = [_State(framework) for framework in FRAMEWORKS]
        self._watching: list[_State] = []
        self._number = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the next line has to be followed whatever it is."""
        return bool(self._watching)

    def stand_at(self, number: int) -> None:
        """Note the number of the line that `follow` and `take` are called for."""
        self._number = number

    def follow(self, line: str) -> None:
        """Look at a line, without what a build tool wrote before it, for what the lines before it began."""
        for state in self._watching:
            state.follow(line, self._number)
        self._watching = [state for state in self._watching if state.run.watches]

    def take(self, entry: "Entry", match: re.Match[str]) -> None:
        """Note what a line says that is like what the rule is for."""
        state = self._states[entry.place]
        if state.take(entry.rule, match, self._number) and state.run.watches and state not in self._watching:
            self._watching.append(state)

    def results(self) -> TestResults:
        """What the lines so far say. A run of tests that did not end counts as far as it came."""
        told, named = told_of([state.finished() for state in self._states])
        failed: dict[str, FailedTest] = {}
        for test in (test for run in named for test in run.failed_tests()):
            failed.setdefault(test.name, test)
        durations = [run.duration for run in told if run.duration is not None]
        return TestResults(
            tuple(failed.values()),
            TestTally(
                total=_total(told),
                failed=sum(run.failures for run in told),
                skipped=_sum(run.skipped for run in told),
            ),
            round(sum(durations), 6) if durations else None,
        )


class _State:
    """What one framework has printed so far."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.run = Run(framework)
        self._ended: list[Run] = []

    def follow(self, line: str, number: int) -> None:
        """Note a line, of this number, that may go on with the one before, or stand in a section of which each line
        tells something.
        """
        self.run.see(line)
        for rule in self.framework.open_sections.get(self.run.section, ()):
            if match := rule.pattern.match(line):
                self.take(rule, match, number)
                break

    def take(self, rule: Rule, match: re.Match[str], number: int) -> bool:
        """Whether the line of this number was what the rule is for, where it stands."""
        section = self.run.section
        if (rule.inside and section != rule.inside) or section in rule.outside:
            return False
        if rule.needs_begin and not self.run.begun:
            return False
        if rule.begins:
            self._begin(number)
        self.run.take(rule, match, number)
        if rule.ends:
            self._end()
        return True

    def finished(self) -> list[Run]:
        """The runs that were there, the one that goes on with them."""
        self.run.settle()
        return [*self._ended, *([self.run] if self.run.proved or (self.run.begun and self.run.has_names) else [])]

    def _begin(self, number: int) -> None:
        if self.run.proved:
            self._end()
        self.run.begin(number)

    def _end(self) -> None:
        self.run.settle()
        if len(self._ended) < MAX_RUNS:
            self._ended.append(self.run)
        self.run = Run(self.framework)


def _total(runs: Sequence[Run]) -> int | None:
    """How many tests are told of; of runs that tell no total, those that failed."""
    known = _sum(run.total for run in runs)
    return None if known is None else known + sum(run.failures for run in runs if run.total is None)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule and the place of its framework among all."""

    place: int
    rule: Rule

    @property
    def pattern(self) -> re.Pattern[str]:
        """As the rule's."""
        return self.rule.pattern

    @property
    def starts(self) -> tuple[str, ...]:
        """As the rule's."""
        return self.rule.starts

    @property
    def words(self) -> tuple[str, ...]:
        """As the rule's."""
        return self.rule.words

    @property
    def holds(self) -> tuple[str, ...]:
        """As the rule's."""
        return self.rule.holds

    @property
    def in_source(self) -> bool:
        """Places may be anywhere."""
        return False

    @property
    def at_place(self) -> str:
        """As the rule's."""
        return self.rule.at_place


ENTRIES: Final = tuple(
    Entry(place, rule)
    for place, framework in enumerate(FRAMEWORKS)
    for rule in framework.rules
    if rule.starts or rule.words or rule.at_place
)
