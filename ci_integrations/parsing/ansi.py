"""Terminal escape sequences: strip them, or turn their colours into CSS classes.

Sequences: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html and ECMA-48. Every pattern is linear in the line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

_ESCAPE: Final = re.compile(
    r"""
      (?:\x1b\[|\x9b)(?P<parameters>[0-?]*+)[ -/]*+(?P<final>[@-~])  # CSI: colours, cursor, erasing
    | (?:\x1b\]|\x9d)[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?         # OSC: titles, links, clipboard
    | (?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*+(?:\x1b\\|\x9c)?  # DCS, SOS, PM, APC
    | \x1b[ -/]*+[0-~]                                              # character sets and other short ones
    """,
    re.VERBOSE,
)
_PRIVATE: Final = frozenset("<=>?")
_UNKNOWN: Final = -1
# Written for GitLab's own viewer, to be overwritten at once: https://docs.gitlab.com/ci/jobs/job_logs/
_SECTION: Final = re.compile(r"section_(?:start|end):[0-9]++:\S*+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")

_COLOURS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_FOREGROUND: Final = {30 + n: f"ansi-{name}" for n, name in enumerate(_COLOURS)} | {
    90 + n: f"ansi-bright-{name}" for n, name in enumerate(_COLOURS)
}
_BACKGROUND: Final = {code + 10: name.replace("ansi-", "ansi-bg-", 1) for code, name in _FOREGROUND.items()}


@dataclass(frozen=True, slots=True)
class _Style:
    foreground: str = ""
    background: str = ""
    bold: bool = False

    @property
    def classes(self) -> str:
        return " ".join(filter(None, (self.foreground, self.background, "ansi-bold" if self.bold else "")))


def strip_escapes(text: str) -> str:
    """The text without escape sequences; other control characters stay."""
    return _ESCAPE.sub("", text)


def clean_line(raw: str) -> str:
    """One line of a log as a reader sees it: no escape sequences, no control characters but the tab, and of texts that
    overwrite each other by carriage returns only the last that is not blank.
    """
    if raw.isprintable():
        return raw
    return _CONTROL.sub("", _last_overwrite(strip_escapes(raw)))


def to_segments(line: str) -> list[tuple[str, str]]:
    """One line of a log as (text, CSS classes) pairs, what `clean_line` gives cut where the style changes.

    Classes, joined by blanks: `ansi-<colour>`, `ansi-bright-<colour>`, `ansi-bg-<colour>`, `ansi-bg-bright-<colour>`
    and `ansi-bold`, where colour is one of the eight. Every other sequence is dropped. The text is not HTML-escaped.
    """
    segments: list[tuple[str, str]] = []
    for text, classes in _styled(_last_overwrite(line)):
        if segments and segments[-1][1] == classes:
            segments[-1] = (segments[-1][0] + text, classes)
        elif text:
            segments.append((text, classes))
    return segments


def _last_overwrite(line: str) -> str:
    if "\r" not in line:
        return line
    parts = line.split("\r")
    return next((part for part in reversed(parts) if _says_something(part)), parts[-1])


def _says_something(part: str) -> bool:
    text = strip_escapes(part).strip()
    return bool(text) and _SECTION.fullmatch(text) is None


def _styled(line: str) -> Iterator[tuple[str, str]]:
    style, end = _Style(), 0
    for match in _ESCAPE.finditer(line):
        yield _CONTROL.sub("", line[end : match.start()]), style.classes
        end = match.end()
        if match["final"] == "m":
            style = _apply(style, match["parameters"])
    yield _CONTROL.sub("", line[end:]), style.classes


def _apply(style: _Style, parameters: str) -> _Style:
    if parameters[:1] in _PRIVATE:
        return style
    codes = [_code(text) for text in parameters[:200].split(";")]
    while codes:
        style, codes = _step(style, codes)
    return style


def _code(text: str) -> int:
    if not text:
        return 0
    return int(text) if text.isdecimal() and len(text) < 4 else _UNKNOWN


def _step(style: _Style, codes: Sequence[int]) -> tuple[_Style, list[int]]:
    code, *rest = codes
    if code in (38, 48):  # a colour of 256 (5;n) or of all (2;r;g;b): its numbers are no codes
        return style, rest[{5: 2, 2: 4}.get(rest[0], 1) if rest else 0 :]
    if code == 0:
        return _Style(), rest
    if code in (1, 22):
        return replace(style, bold=code == 1), rest
    if code == 39 or code in _FOREGROUND:
        return replace(style, foreground=_FOREGROUND.get(code, "")), rest
    if code == 49 or code in _BACKGROUND:
        return replace(style, background=_BACKGROUND.get(code, "")), rest
    return style, rest
