"""A complaint of a tool while lines that belong to it may follow, and what issue it makes."""

from dataclasses import dataclass
from typing import Final

from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.tools.complaints import Complaint
from ci_integrations.parsing.signatures import signature

MAX_MESSAGE: Final = 1_000

_WARNINGS: Final = frozenset(["warning", "warn", "w", "medium", "style", "convention", "c", "refactor", "r", "⚠", "!"])
_NOTES: Final = frozenset(["note", "notice", "info", "information", "i", "hint", "suggestion", "low", "weak", "d", "s"])
_ERRORS: Final = frozenset(["high", "f", "severe", "critical", "✖", "✘", "\u00d7", "x", "❌"])

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


@dataclass(slots=True)
class OpenIssue:
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

    @property
    def key(self) -> tuple[str | None, ...]:
        """The same for a complaint that is only repeated."""
        said = self.said
        place = map(said.get, ("path", "source_line", "column"))
        return (self.complaint.tool, *place, _severity(said.get("severity", "")), self.message)

    @property
    def message(self) -> str:
        """What is wrong, as the tool says it."""
        told = " ".join(part for part in (self.said.get("message"), self.said.get("more")) if part)
        return (told or self.text).strip()

    def issue(self) -> Issue:
        """The issue as far as it is told."""
        said = self.said
        message, path = self.message, said.get("path", "")
        severity = _severity(said.get("severity", ""))
        tool, kind = self._tool(path, severity)
        return Issue(
            line=self.line,
            tool=tool,
            message=message[:MAX_MESSAGE],
            kind=kind,
            path=path,
            source_line=int(said["source_line"]) if said.get("source_line") else None,
            signature=signature(tool, path, message),
            column=int(said["column"]) if said.get("column") else None,
            severity=severity,
        )

    def _tool(self, path: str, severity: str) -> tuple[str, str]:
        """The tool and the class: where the form is that of many, those of the compiler of such files."""
        tool, kind = self.complaint.tool, self.complaint.kind
        compiler = _COMPILERS.get(path.rpartition(".")[2].lower(), "")
        if tool == "rustc" and compiler != "rustc":
            return "", "lint"
        if tool not in ("", "cc"):
            return tool, kind
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
