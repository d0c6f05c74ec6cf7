"""What tools complained of: a class, a place and a stable signature for each line that says what is wrong."""

import re
from collections.abc import Sequence
from typing import Final

from ci_integrations.parsing.logs.issues_earlier import Earlier
from ci_integrations.parsing.logs.issues_open import OpenIssue
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.tools.commands import COMMANDS
from ci_integrations.parsing.logs.tools.compilers import COMPILERS
from ci_integrations.parsing.logs.tools.compilers_jvm import COMPILERS_JVM
from ci_integrations.parsing.logs.tools.compilers_native import COMPILERS_NATIVE
from ci_integrations.parsing.logs.tools.complaints import Complaint
from ci_integrations.parsing.logs.tools.crashes import CRASHES
from ci_integrations.parsing.logs.tools.deployment import DEPLOYMENT
from ci_integrations.parsing.logs.tools.formatters import FORMATTERS
from ci_integrations.parsing.logs.tools.infrastructure import INFRASTRUCTURE
from ci_integrations.parsing.logs.tools.languages import LANGUAGES
from ci_integrations.parsing.logs.tools.languages_further import LANGUAGES_FURTHER
from ci_integrations.parsing.logs.tools.linters import LINTERS
from ci_integrations.parsing.logs.tools.linters_languages import LINTERS_LANGUAGES
from ci_integrations.parsing.logs.tools.linters_web import LINTERS_WEB
from ci_integrations.parsing.logs.tools.packages import PACKAGES
from ci_integrations.parsing.logs.tools.packages_javascript import PACKAGES_JAVASCRIPT
from ci_integrations.parsing.logs.tools.places import PLACES
from ci_integrations.parsing.logs.tools.security import SECURITY
from ci_integrations.parsing.logs.tools.sources import is_source
from ci_integrations.parsing.logs.tools.testlines import TESTLINES

MAX_ISSUES: Final = 5_000
# So many complaints wait for lines that follow; of more, the first do no longer.
MAX_OPEN: Final = 20

COMPLAINTS: Final = (
    *TESTLINES,
    *FORMATTERS,
    *SECURITY,
    *DEPLOYMENT,
    *LINTERS_WEB,
    *LINTERS,
    *LINTERS_LANGUAGES,
    *COMPILERS,
    *COMPILERS_NATIVE,
    *COMPILERS_JVM,
    *LANGUAGES,
    *LANGUAGES_FURTHER,
    *PACKAGES,
    *PACKAGES_JAVASCRIPT,
    *COMMANDS,
    *PLACES,
    *INFRASTRUCTURE,
    *CRASHES,
)


class Issues:
    """What `findings` tells it of the lines of a log, in their order."""

    def __init__(self, *, limit: int = MAX_ISSUES) -> None:
        self._limit = limit
        self._found: list[Issue] = []
        self._said_before: set[tuple[str | None, ...]] = set()
        self._numbers: Sequence[int] = ()
        self._earlier = Earlier()
        self._open: list[OpenIssue] = []

    @property
    def is_waiting(self) -> bool:
        """Whether the next line has to be followed whatever it is."""
        return bool(self._open)

    def go_on(self, numbers: Sequence[int], lines: Sequence[str]) -> None:
        """Note that these lines are next, and their numbers."""
        self._numbers = numbers
        self._earlier.go_on(lines)

    def stand_at(self, place: int) -> None:
        """Note which of the lines `follow` and `take` are called for."""
        self._earlier.place = place

    def follow(self, line: str) -> None:
        """Look at a line for what the lines before it began."""
        self._open = [each for each in self._open if not self._closes(each, line)]

    def take(self, complaint: Complaint, match: re.Match[str], wrapping: str) -> bool:
        """Note what a line, without its `wrapping`, says that is like a complaint; whether it surely is that."""
        said = self._said(complaint, match)
        if said is None:
            return False
        if wrapping and "severity" not in said:
            said["severity"] = wrapping.strip(" []:\t").lower()
        if complaint.kind:
            number = self._numbers[self._earlier.place]
            start = number - 1 if complaint.before else number
            self._note(OpenIssue(complaint, start, match.string, said, complaint.reach if complaint.then else 0))
        return not complaint.needs_then

    def results(self) -> tuple[Issue, ...]:
        """The issues so far, in order of their lines."""
        waiting = [each for each in self._open if not each.complaint.needs_then]
        return tuple(sorted([*self._found, *(each.issue() for each in waiting)], key=lambda issue: issue.line))

    def _said(self, complaint: Complaint, match: re.Match[str]) -> dict[str, str] | None:
        """What the groups hold; None where the line is not the complaint's after all."""
        said = {group: text for group, text in match.groupdict().items() if text is not None}
        if complaint.in_source and not is_source(said.get("path", "")):
            return None
        for pattern, read in ((complaint.heading, self._earlier.heading), (complaint.before, self._earlier.previous)):
            if pattern:
                found = pattern.match(read())
                if found is None:
                    return None
                said = {group: text for group, text in found.groupdict().items() if text is not None} | said
        return said

    def _note(self, open_: OpenIssue) -> None:
        if not open_.left:
            self._keep(open_)
            return
        self._open.append(open_)
        if len(self._open) > MAX_OPEN:
            self._close(self._open.pop(0))

    def _closes(self, open_: OpenIssue, line: str) -> bool:
        """Whether a complaint that waited for following lines is done with this one."""
        is_done = open_.follow(line)
        if is_done:
            self._close(open_)
        return is_done

    def _close(self, open_: OpenIssue) -> None:
        if open_.was_followed or not open_.complaint.needs_then:
            self._keep(open_)

    def _keep(self, open_: OpenIssue) -> None:
        if len(self._found) < self._limit and open_.key not in self._said_before:
            self._said_before.add(open_.key)
            self._found.append(open_.issue())
