"""What a log says went wrong: lines in, findings out.

What is recognised is data, in `recognisers`. The work is bounded: a line is cut before any pattern sees it, a pattern
runs only where one of its needles stands in the line, and each is linear: a hostile line costs no more than a long one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ci_integrations.parsing.recognisers import RECOGNISERS, Recogniser

MAX_LINE: Final = 4_096
MAX_FINDINGS: Final = 50
MAX_MESSAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of a log (`line`, from 1) that says what went wrong.

    `kind` is format, lint, test, compile, infra (the machine or the network, not the code) or error (anything else).
    `file`, `source_line` and `column` (from 1) point into the code where the line names a place.
    """

    line: int
    kind: str
    message: str
    tool: str = ""
    file: str = ""
    source_line: int | None = None
    column: int | None = None


_BY_NEEDLE: Final = tuple((needle, recogniser) for recogniser in RECOGNISERS for needle in recogniser.needles)
_TIMESTAMP: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
_TRACEBACK: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'File "(?P<file>[^"]{1,400})", line (?P<source_line>\d{1,7})')


class LogScanner:
    """Feed it the lines of a log in order; the first findings, at most `limit`, stand in `findings`."""

    def __init__(self, *, limit: int = MAX_FINDINGS) -> None:
        self._limit = limit
        self._found: dict[int, Finding] = {}
        self._previous = ""
        self._traceback: _Traceback | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """At most one finding per line, in order of lines."""
        return tuple(self._found.values())

    def feed(self, number: int, text: str) -> None:
        """Look at one line, numbered from 1, without escape sequences (see `ansi.clean_line`) or its end."""
        text = _TIMESTAMP.sub("", text[:MAX_LINE])
        finding = self._in_traceback(number, text) if self._traceback else _recognise(number, self._previous, text)
        if self._traceback is None and _TRACEBACK in text:
            self._traceback = _Traceback(prefix=text.partition(_TRACEBACK)[0])
        self._previous = text
        if finding and (finding.line in self._found or len(self._found) < self._limit):
            self._found[finding.line] = finding

    def _in_traceback(self, number: int, text: str) -> Finding | None:
        """Nothing for a frame; the exception, with the place of the last frame, for the line after the frames."""
        traceback = self._traceback
        if traceback is None or traceback.takes(text):
            return None
        self._traceback = None
        usual = _recognise(number, "", text)
        if not text.startswith(traceback.prefix):
            return usual
        kind = usual.kind if usual else "error"
        finding = Finding(number, kind, text.strip()[:MAX_MESSAGE], tool="python")
        return replace(finding, file=traceback.file, source_line=traceback.source_line)


@dataclass(slots=True)
class _Traceback:
    """A Python traceback that is being read: what its lines begin with, and the last frame seen."""

    prefix: str
    file: str = ""
    source_line: int | None = None

    def takes(self, text: str) -> bool:
        if not text.startswith(self.prefix + " "):
            return False
        if frame := _FRAME.search(text):
            self.file, self.source_line = frame["file"], int(frame["source_line"])
        return True


def _recognise(number: int, previous: str, text: str) -> Finding | None:
    for recogniser, match in _matches(previous, text):
        groups = match.groupdict()
        return Finding(
            line=number - recogniser.lines + 1,
            kind=recogniser.kind,
            message=(groups.get("message") or text).strip()[:MAX_MESSAGE],
            tool=recogniser.tool,
            file=groups.get("file") or "",
            source_line=_number(groups.get("source_line")),
            column=_number(groups.get("column")),
        )
    return None


def _matches(previous: str, text: str) -> Iterator[tuple[Recogniser, re.Match[str]]]:
    lower = text.lower()
    for needle, recogniser in _BY_NEEDLE:
        if needle in lower:
            seen = f"{previous}\n{text}" if recogniser.lines == 2 else text
            if match := recogniser.pattern.search(seen):
                yield recogniser, match


def _number(text: str | None) -> int | None:
    return int(text) if text else None
