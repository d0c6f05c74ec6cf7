"""What tools complained of: a class, a place and a stable signature for each line that says what is wrong."""

import re
from dataclasses import dataclass
from typing import Final

from ci_integrations.parsing.logs.issues_signature import signature
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.tools.compilers import COMPILERS
from ci_integrations.parsing.logs.tools.complaints import EXTENSIONS, FILE_NAMES, Complaint
from ci_integrations.parsing.logs.tools.formatters import FORMATTERS
from ci_integrations.parsing.logs.tools.index import PLACE_FIRST, WRAPPING, LineIndex, unmarked, words_of
from ci_integrations.parsing.logs.tools.infrastructure import INFRASTRUCTURE
from ci_integrations.parsing.logs.tools.languages import LANGUAGES
from ci_integrations.parsing.logs.tools.linters import LINTERS
from ci_integrations.parsing.logs.tools.linters_web import LINTERS_WEB
from ci_integrations.parsing.logs.tools.packages import PACKAGES
from ci_integrations.parsing.logs.tools.places import PLACES

MAX_LINE: Final = 4_096
MAX_MESSAGE: Final = 1_000
MAX_ISSUES: Final = 5_000

COMPLAINTS: Final = (
    *FORMATTERS,
    *LINTERS_WEB,
    *LINTERS,
    *COMPILERS,
    *LANGUAGES,
    *PACKAGES,
    *PLACES,
    *INFRASTRUCTURE,
)

_WARNINGS: Final = frozenset(["warning", "warn", "w", "medium", "style", "convention", "c", "refactor", "r"])
_NOTES: Final = frozenset(["note", "notice", "info", "information", "i", "hint", "suggestion", "low", "weak", "d", "s"])
_ERRORS: Final = frozenset(["high", "f", "severe", "critical", "✖", "✘"])

# Files of which a compiler says what is wrong, where no tool names itself.
_COMPILERS: Final = {
    extension: tool
    for tool, extensions in {
        "cc": "c cc cpp cxx cu h hh hpp hxx m mm",
        "javac": "java",
        "scalac": "scala",
        "kotlinc": "kt kts",
        "swiftc": "swift",
        "rustc": "rs",
        "ghc": "hs lhs",
        "erlc": "erl hrl",
        "gfortran": "f f77 f90 f95 f03 f08 for",
    }.items()
    for extension in extensions.split()
}

# How PHPStan heads the table of a file: https://phpstan.org/user-guide/output-format
_TABLE: Final = "  Line "


class Issues:
    """Feed it the lines of a log in order, without escape sequences, timestamps and line ends, and ask for results."""

    def __init__(self, *, limit: int = MAX_ISSUES) -> None:
        self._limit = limit
        self._found: list[Issue] = []
        self._said_before: set[tuple[str | None, ...]] = set()
        self._heading = ""
        self._previous = ""
        self._open: list[_Open] = []

    def feed(self, number: int, line: str) -> None:
        """Look at one line; `number` is its number, from 1."""
        line = unmarked(line[:MAX_LINE].rstrip())
        self.follow(line)
        wrapping = WRAPPING.match(line)
        found = any(self.take(complaint, number, line) for complaint in _candidates(line.lstrip()))
        if wrapping and not found:
            inner = line[wrapping.end() :]
            any(self.take(complaint, number, inner, wrapping[0]) for complaint in _candidates(inner.lstrip()))
        self.pass_over(line)

    def follow(self, line: str) -> None:
        """Look at a line for what the lines before it began."""
        if self._open:
            self._open = [each for each in self._open if not self._closes(each, line)]

    def take(self, complaint: Complaint, number: int, line: str, wrapping: str = "") -> bool:
        """Look at a line, without its `wrapping`, for a complaint that it may be; whether it surely is."""
        match = complaint.pattern.match(line)
        said = self._said(complaint, match) if match else None
        if said is None:
            return False
        if wrapping and "severity" not in said:
            said["severity"] = wrapping.strip(" []:\t").lower()
        if complaint.kind:
            start = number - 1 if complaint.before else number
            self._note(_Open(complaint, start, line, said, complaint.reach if complaint.then else 0))
        return not complaint.needs_then

    def pass_over(self, line: str) -> None:
        """Note that a line is past: the next may go with it."""
        self._previous = line
        is_outermost = (line[:2].strip() and line[0] != "\t") or line.startswith(_TABLE)
        if is_outermost and ("/" in line or "." in line or "\\" in line):
            self._heading = line

    def results(self) -> tuple[Issue, ...]:
        """The issues so far, in order of their lines."""
        waiting = [each for each in self._open if not each.complaint.needs_then]
        return tuple(sorted([*self._found, *(each.issue() for each in waiting)], key=lambda issue: issue.line))

    def _said(self, complaint: Complaint, match: re.Match[str]) -> dict[str, str] | None:
        """What the groups hold; None where the line is not the complaint's after all."""
        said = {group: text for group, text in match.groupdict().items() if text is not None}
        if complaint.in_source and not is_source(said.get("path", "")):
            return None
        for pattern, earlier in ((complaint.heading, self._heading), (complaint.before, self._previous)):
            if pattern:
                found = pattern.match(earlier)
                if found is None:
                    return None
                said = {group: text for group, text in found.groupdict().items() if text is not None} | said
        return said

    def _note(self, open_: "_Open") -> None:
        if open_.left:
            self._open.append(open_)
        else:
            self._keep(open_)

    def _closes(self, open_: "_Open", line: str) -> bool:
        """Whether a complaint that waited for following lines is done with this one."""
        is_done = open_.follow(line)
        if is_done and (open_.was_followed or not open_.complaint.needs_then):
            self._keep(open_)
        return is_done

    def _keep(self, open_: "_Open") -> None:
        issue = open_.issue()
        said = (issue.tool, issue.path, open_.said.get("source_line"), open_.said.get("column"), issue.message)
        if len(self._found) < self._limit and said not in self._said_before:
            self._said_before.add(said)
            self._found.append(issue)


@dataclass(slots=True)
class _Open:
    """A complaint that following lines may add to."""

    complaint: Complaint
    line: int
    text: str
    said: dict[str, str]
    left: int
    was_followed: bool = False

    def follow(self, line: str) -> bool:
        """Take what the line adds; whether that is all."""
        self.left -= 1
        match = self.complaint.then.match(line) if self.complaint.then else None
        if match is None:
            return self.left <= 0
        said = {group: text for group, text in match.groupdict().items() if text is not None}
        self.said |= said
        self.was_followed = "last" in said
        return self.was_followed or self.left <= 0

    def issue(self) -> Issue:
        said = self.said
        message = " ".join(part for part in (said.get("message"), said.get("more")) if part) or self.text.strip()
        path = said.get("path", "")
        severity = _severity(said.get("severity", ""))
        tool, kind = self._tool(path, severity)
        return Issue(
            line=self.line,
            tool=tool,
            message=message.strip()[:MAX_MESSAGE],
            kind=kind,
            path=path,
            source_line=int(said["source_line"]) if said.get("source_line") else None,
            signature=signature(tool, path, message.strip()),
            column=int(said["column"]) if said.get("column") else None,
            severity=severity,
        )

    def _tool(self, path: str, severity: str) -> tuple[str, str]:
        """The tool and the class: where the form is that of many, those of the compiler of such files."""
        tool, kind = self.complaint.tool, self.complaint.kind
        if tool not in ("", "cc"):
            return tool, kind
        compiler = _COMPILERS.get(path.rpartition(".")[2].lower(), "")
        if compiler and (tool or severity == "error"):
            return compiler, "compile"
        return "", "lint" if tool else kind


def _severity(word: str) -> str:
    """What a tool's word or letter for it means."""
    word = word.strip("[]").lower()
    if word in _WARNINGS:
        return "warning"
    if word in _NOTES:
        return "note"
    return "error" if word in _ERRORS or word.startswith(("e", "fatal", "parse")) else ""


def is_source(path: str) -> bool:
    """Whether a path is that of a file that people write, by its extension or name."""
    name = re.split(r"[/\\]", path)[-1]
    _, dot, extension = name.rpartition(".")
    return name in FILE_NAMES or (bool(dot) and extension.lower() in EXTENSIONS) or name.startswith(".env")


_INDEX: Final = LineIndex(COMPLAINTS)
_AT_PLACE: Final = tuple(order for order, complaint in enumerate(COMPLAINTS) if complaint.at_place)


def _candidates(text: str) -> list[Complaint]:
    """What a line, without its indentation, may be, in the order of declaration."""
    return _INDEX.candidates(text, words_of(text), _AT_PLACE if PLACE_FIRST.match(text) else ())
