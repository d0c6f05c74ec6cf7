"""Test results and tools' complaints of a log in one go."""

from collections.abc import Iterable, Sequence
from typing import Final

from ci_integrations.parsing.logs.issues import COMPLAINTS, Issues
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.results import ENTRIES, Entry, Results, TestResults
from ci_integrations.parsing.logs.tools.complaints import Complaint
from ci_integrations.parsing.logs.tools.index import (
    BUILD_TOOL,
    FURTHER,
    PLACE_FIRST,
    WRAPPING,
    LineIndex,
    beginning,
    unmarked,
)

MAX_LINE: Final = 4_096

_INDEX: Final = LineIndex[Entry | Complaint]((*ENTRIES, *COMPLAINTS))


class Findings:
    """Feed it the lines of a log in order, cleaned (no escape sequences, timestamps, line ends), and ask for results.

    Lines that no declaration can be for cost little.
    """

    def __init__(self) -> None:
        self._results = Results()
        self._issues = Issues()
        self._is_waiting = False

    def feed(self, numbers: Sequence[int], lines: Sequence[str]) -> None:
        """Look at the next lines, which have these numbers, counted from 1."""
        lines = unmarked(lines)
        self._issues.go_on(lines)
        lowered = [line.lower() for line in lines]
        words = [line.split() for line in lowered]
        has_no_word = map(_INDEX.words.isdisjoint, words)
        openings, short_openings, is_further = _INDEX.openings, _INDEX.short_openings, FURTHER.match
        for place, (line, is_dull) in enumerate(zip(lines, has_no_word, strict=True)):
            begun = beginning(line)
            further = is_further(begun)
            if is_dull and further is None and begun[:4] not in openings and begun[:2] not in short_openings:
                if self._is_waiting:
                    self._follow(line.rstrip(), line.rstrip())
                continue
            self._issues.stand_at(place)
            cut = line[:MAX_LINE].rstrip()
            if further is not None and further["wrapped"]:
                self._look_inside(numbers[place], cut, lowered[place], () if is_dull else words[place])
                continue
            if self._is_waiting:
                self._follow(cut, cut)
            candidates = _INDEX.candidates(begun, lowered[place], () if is_dull else words[place], further)
            if candidates:
                self._take(candidates, numbers[place], cut)

    def results(self) -> tuple[TestResults, tuple[Issue, ...]]:
        """What the lines so far say."""
        return self._results.results(), self._issues.results()

    def _follow(self, plain: str, line: str) -> None:
        """Look at a line, and at it without what a build tool wrote, for what the lines before it began."""
        self._results.follow(plain)
        self._issues.follow(line)
        self._is_waiting = self._results.is_waiting or self._issues.is_waiting

    def _take(self, candidates: Iterable[Entry | Complaint], number: int, line: str) -> bool:
        """Look at a line for what it may be; whether it surely is a complaint."""
        has_issue = False
        for candidate in candidates:
            if isinstance(candidate, Entry):
                self._results.take(candidate, line)
            else:
                has_issue = has_issue or self._issues.take(candidate, number, line)
        self._is_waiting = self._results.is_waiting or self._issues.is_waiting
        return has_issue

    def _look_inside(self, number: int, line: str, lowered: str, words: Sequence[str]) -> None:
        """Look at a line before which something may stand in brackets, as it is and without that."""
        wrapping = WRAPPING.match(line)
        tool = BUILD_TOOL.match(line) if wrapping else None
        plain = line[tool.end() :] if tool else line
        if self._is_waiting:
            self._follow(plain, line)
        has_issue = False
        begun = line.lstrip()
        if words or wrapping is None or begun[:4] in _INDEX.openings:
            place = None if wrapping else PLACE_FIRST.match(begun)
            outer = _INDEX.candidates(begun, lowered, words, place)
            has_issue = self._take([each for each in outer if not (tool and isinstance(each, Entry))], number, line)
        if wrapping is None:
            return
        inner = line[wrapping.end() :]
        begun = beginning(inner)
        if words or wrapping[0][-1] in "]:":
            lowered = inner.lower()
            words = lowered.split()
        place = PLACE_FIRST.match(begun)
        if not (words or place or begun[:4] in _INDEX.openings or begun[:2] in _INDEX.short_openings):
            return
        for candidate in _INDEX.candidates(begun, lowered, words, place):
            if not isinstance(candidate, Entry):
                has_issue = has_issue or self._issues.take(candidate, number, inner, wrapping[0])
            elif tool:
                self._results.take(candidate, plain)
        self._is_waiting = self._results.is_waiting or self._issues.is_waiting
