"""Test results and tools' complaints of a log in one go."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ci_integrations.parsing.logs.issues import COMPLAINTS, Issues
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.results import ENTRIES, Entry, Results, TestResults
from ci_integrations.parsing.logs.tools.complaints import Complaint
from ci_integrations.parsing.logs.tools.index import (
    BUILD_TOOL,
    FURTHER,
    MARKED,
    OPENING,
    PLACE_FIRST,
    SHORT_OPENING,
    WRAPPING,
    LineIndex,
    beginning,
    unmarked,
)

MAX_LINE: Final = 4_096
MOST_DULL: Final = 5_000

_INDEX: Final = LineIndex[Entry | Complaint]((*ENTRIES, *COMPLAINTS))


class Findings:
    """Feed it the lines of a log in order, cleaned (no escape sequences, timestamps, line ends), and ask for results.

    Lines that no declaration can be for cost little.
    """

    def __init__(self) -> None:
        self._results = Results()
        self._issues = Issues()
        self._is_waiting = False
        # The numbers of the lines it was fed last, and the place of the one that is looked at.
        self._numbers: Sequence[int] = ()
        self._place = 0
        # Lines that no declaration is for: very many come again and again.
        self._dull: set[str] = set()
        self._is_telling = False

    def feed(self, numbers: Sequence[int], lines: Sequence[str]) -> None:
        """Look at the next lines, which have these numbers, counted from 1."""
        self._numbers = numbers
        self._issues.go_on(numbers, lines)
        is_further, known_words, dull = FURTHER.match, _INDEX.words.intersection, self._dull
        openings, short = _INDEX.openings, _INDEX.short_openings
        if len(dull) > MOST_DULL:
            dull.clear()
        for place, raw in enumerate(lines):
            if raw in dull and not self._is_waiting:
                continue
            lowered = raw.lower()
            words, begun, further = lowered.split(), raw.lstrip(), None
            known = known_words(words)
            # Where the first word is one of letters, nothing stands before it and it is no place.
            if words and not words[0].isalpha():
                if begun[:1].isdigit():
                    begun = beginning(begun)
                further = is_further(begun)
            if not (
                known
                or further
                or ((begun[OPENING] in openings or begun[SHORT_OPENING] in short) and _INDEX.may_begin(begun))
            ):
                dull.add(raw)
                if self._is_waiting:
                    self._place = place
                    line = raw.rstrip()
                    self._follow(line, line)
                continue
            self._place = place
            line = raw[:MAX_LINE].rstrip()
            if line.startswith(MARKED):
                line = unmarked(line)
                small, begun = line.lower(), beginning(line)
                self._look(line, small, _INDEX.words.intersection(small.split()), begun, is_further(begun))
            else:
                self._is_telling = False
                self._look(line, lowered, known, begun, further)
                if not self._is_telling:
                    dull.add(raw)

    def results(self) -> tuple[TestResults, tuple[Issue, ...]]:
        """What the lines so far say."""
        return self._results.results(), self._issues.results()

    def _look(self, line: str, lowered: str, words: frozenset[str], begun: str, further: re.Match[str] | None) -> None:
        """Look at a line of interest; `further` is the match of `FURTHER` in it, without its indentation."""
        if further and further["wrapped"]:
            self._look_inside(line, lowered, words)
            return
        if self._is_waiting:
            self._follow(line, line)
        if candidates := _INDEX.candidates(begun, lowered, words, further):
            self._take(candidates, line, line)

    def _look_inside(self, line: str, lowered: str, words: frozenset[str]) -> None:
        """Look at a line before which something may stand in brackets: as it is, and without that."""
        wrapping = WRAPPING.match(line)
        tool = BUILD_TOOL.match(line) if wrapping else None
        # What a build tool wrote is not of a test framework; other brackets may be.
        of_tests = line[tool.end() :] if tool else line
        if self._is_waiting:
            self._follow(line, of_tests)
        begun = line.lstrip()
        has_issue = False
        if words or wrapping is None or _INDEX.may_begin(begun):
            candidates = _INDEX.candidates(begun, lowered, words, None if wrapping else PLACE_FIRST.match(begun))
            has_issue = self._take(candidates, line, "" if tool else line)
        if wrapping:
            inner = line[wrapping.end() :]
            self._look_behind(inner, wrapping[0], words, "" if has_issue else inner, of_tests if tool else "")

    def _look_behind(self, inner: str, wrapping: str, words: frozenset[str], of_tools: str, of_tests: str) -> None:
        begun = beginning(inner)
        place = PLACE_FIRST.match(begun)
        if words or place or _INDEX.may_begin(begun):
            lowered = inner.lower()
            words = _INDEX.words.intersection(lowered.split())
            self._take(_INDEX.candidates(begun, lowered, words, place), of_tools, of_tests, wrapping)

    def _follow(self, line: str, of_tests: str) -> None:
        """Look at a line, of which test frameworks printed `of_tests`, for what the lines before it began."""
        self._results.stand_at(self._numbers[self._place])
        self._results.follow(of_tests)
        self._issues.follow(line)
        self._is_waiting = self._results.is_waiting or self._issues.is_waiting

    def _take(self, candidates: Iterable[Entry | Complaint], of_tools: str, of_tests: str, wrapping: str = "") -> bool:
        """Look at texts for the complaints and the results that they may be, where there are any; whether there surely
        is a complaint.
        """
        has_issue, is_telling = not of_tools, False
        for candidate in candidates:
            if isinstance(candidate, Entry):
                if of_tests and (match := candidate.pattern.match(of_tests)):
                    is_telling = True
                    self._results.stand_at(self._numbers[self._place])
                    self._results.take(candidate, match)
            elif not has_issue and (match := candidate.pattern.match(of_tools)):
                is_telling = True
                self._issues.stand_at(self._place)
                has_issue = self._issues.take(candidate, match, wrapping)
        if is_telling:
            self._is_telling = True
            self._is_waiting = self._results.is_waiting or self._issues.is_waiting
        return has_issue
