"""Test results and tools' complaints of a log in one go."""

from typing import Final

from ci_integrations.parsing.logs.issues import COMPLAINTS, Issues
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.results import ENTRIES, Entry, Results, TestResults, unwrapped
from ci_integrations.parsing.logs.tools.complaints import Complaint
from ci_integrations.parsing.logs.tools.index import PLACE_FIRST, WRAPPING, LineIndex, unmarked, words_of

MAX_LINE: Final = 4_096

_ANY: Final = LineIndex[Entry | Complaint]((*ENTRIES, *COMPLAINTS))
_AT_PLACE: Final = tuple(order for order, complaint in enumerate(COMPLAINTS, start=len(ENTRIES)) if complaint.at_place)


class Findings:
    """Feed it the lines of a log in order, cleaned (no escape sequences, timestamps, line ends), and ask for results.

    Lines that no declaration can be for cost little.
    """

    def __init__(self) -> None:
        self._results = Results()
        self._issues = Issues()

    def feed(self, number: int, line: str) -> None:
        """Look at one line; `number` is its number, from 1."""
        line = unmarked(line[:MAX_LINE].rstrip())
        is_wrapped = "[" in line[:20]
        plain = unwrapped(line) if is_wrapped else line
        self._results.follow(plain)
        self._issues.follow(line)
        text = line.lstrip()
        place = _AT_PLACE if PLACE_FIRST.match(text) else ()
        has_issue = False
        for candidate in _ANY.candidates(text, words_of(text), place):
            if not isinstance(candidate, Entry):
                has_issue = has_issue or self._issues.take(candidate, number, line)
            elif plain is line:
                self._results.take(candidate, line)
        if is_wrapped and (wrapping := WRAPPING.match(line)):
            self._look_inside(
                number, line[wrapping.end() :], wrapping[0], plain if plain is not line else "", has_issue
            )
        self._issues.pass_over(line)

    def results(self) -> tuple[TestResults, tuple[Issue, ...]]:
        """What the lines so far say."""
        return self._results.results(), self._issues.results()

    def _look_inside(self, number: int, line: str, wrapping: str, plain: str, has_issue: bool) -> None:
        text = line.lstrip()
        for candidate in _ANY.candidates(text, words_of(text), _AT_PLACE if PLACE_FIRST.match(text) else ()):
            if not isinstance(candidate, Entry):
                has_issue = has_issue or self._issues.take(candidate, number, line, wrapping)
            elif plain:
                self._results.take(candidate, plain)
