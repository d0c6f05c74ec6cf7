"""Where a verb writes: data to stdout, everything else to stderr, and nothing of either that a terminal obeys."""

import json
import os
import re
from collections.abc import Mapping
from typing import Final, Protocol

from pydantic import BaseModel

from ci_integrations.domain import State
from ci_integrations.parsing.ansi import clean_line, strip_escapes

_COLOUR: Final = re.compile(r"(\x1b\[[0-9;:]*m)")
_RESET: Final = "\x1b[0m"
_STATE_COLOURS: Final = {State.RUNNING: "36", State.CANCELED: "33", State.BLOCKED: "33"}


class Stream(Protocol):
    """A text stream, as sys.stdout is one."""

    def write(self, text: str, /) -> object:
        """Write text as it stands."""

    def flush(self) -> object:
        """Send what is buffered."""

    def isatty(self) -> bool:
        """Whether a person's terminal reads it."""


class Output:
    """The two streams of one call. A reader of stdout that went away (`| head`) is no error: see `is_closed`."""

    def __init__(self, stdout: Stream, stderr: Stream, *, as_json: bool = False, no_color: bool = False) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._shows_progress = False
        self.as_json = as_json
        plain_only = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self.has_colour = stdout.isatty() and not plain_only
        self._is_live = stderr.isatty() and os.environ.get("TERM") != "dumb" and not as_json
        self.is_closed = False

    def data(self, *lines: str) -> None:
        """Write lines to stdout."""
        self.raw("".join(f"{line}\n" for line in lines))

    def json(self, document: BaseModel | Mapping[str, object]) -> None:
        """Write the one JSON document of this call to stdout."""
        ready = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
        self.data(json.dumps(ready, indent=2))

    def raw(self, text: str) -> None:
        """Write to stdout as it stands."""
        if self.is_closed:
            return
        try:
            self._stdout.write(text)
            self._stdout.flush()
        except BrokenPipeError:
            self.is_closed = True
            _drop(1)

    def note(self, text: str) -> None:
        """Write a line to stderr, for people; nothing with `--json`, where stderr is for errors."""
        if not self.as_json:
            self._say(f"{self._wipe()}{plain(text)}\n")
            self._shows_progress = False

    def progress(self, text: str) -> None:
        """Show a line on a terminal until the next one replaces it."""
        if self._is_live:
            self._shows_progress = True
            self._say(f"\r\x1b[K{plain(text)[: _width()]}")

    def end_progress(self) -> None:
        """Take the last progress line away."""
        self._say(self._wipe())
        self._shows_progress = False

    def state(self, state: str) -> str:
        """A state in its colour, where stdout has colours."""
        if not self.has_colour:
            return state
        known = State(state)
        colour = "31" if known.is_failed else "32" if known.is_passed else _STATE_COLOURS.get(known, "33")
        return f"\x1b[{colour}m{state}{_RESET}"

    def log_line(self, line: str) -> str:
        """A line of a log: with its colours where stdout has them, and never another escape sequence."""
        if not self.has_colour:
            return clean_line(line)
        return _colours_only(line)

    def _wipe(self) -> str:
        return "\r\x1b[K" if self._shows_progress else ""

    def _say(self, text: str) -> None:
        try:
            self._stderr.write(text)
            self._stderr.flush()
        except BrokenPipeError:
            _drop(2)


def plain(text: str) -> str:
    """Text from outside on one line, without anything that a terminal would obey or that hides what stands there."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in strip_escapes(text)).strip()


def first_line(text: str, limit: int = 200) -> str:
    """The first line of a message that says anything, at most `limit` characters of it."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return plain(line)[:limit]


def _colours_only(line: str) -> str:
    shown = next((part for part in reversed(line.split("\r")) if clean_line(part).strip()), "")
    pieces = _COLOUR.split(shown)
    text = "".join(piece if index % 2 else clean_line(piece) for index, piece in enumerate(pieces))
    return f"{text}{_RESET}" if len(pieces) > 1 else text


def _width() -> int:
    try:
        return max(20, os.get_terminal_size(2).columns - 1)
    except OSError:
        return 79


def _drop(descriptor: int) -> None:
    """What is still to be written there goes nowhere, at the interpreter's end too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
