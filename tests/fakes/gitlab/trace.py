"""A job's log as runners write it: https://docs.gitlab.com/ci/jobs/job_logs/"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


class Trace:
    """Writes to the log; the script itself appends to the same file."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path, self.now = path, now
        path.write_bytes(b"")

    def write(self, text: str) -> None:
        """Append."""
        with self.path.open("ab") as file:
            file.write(text.encode())

    def line(self, text: str) -> None:
        """A line of the runner's own."""
        self.write(f"\x1b[0K{text}\x1b[0;m\n")

    @contextmanager
    def section(self, name: str, title: str) -> Iterator[None]:
        """A part that can be folded."""
        self.write(f"section_start:{int(self.now().timestamp())}:{name}\r\x1b[0K")
        self.write(f"\x1b[0K\x1b[36;1m{title}\x1b[0;m\x1b[0;m\n")
        try:
            yield
        finally:
            self.write(f"section_end:{int(self.now().timestamp())}:{name}\r\x1b[0K")

    def failure(self, text: str) -> None:
        """How it failed."""
        self.write(f"\x1b[31;1mERROR: {text}\n\x1b[0;m")

    def success(self, text: str) -> None:
        """That it passed."""
        self.write(f"\x1b[32;1m{text}\x1b[0;m\n")


def echo(command: str) -> str:
    """A command as runners show it before they run it."""
    first, _, more = command.rstrip("\n").partition("\n")
    tail = " # collapsed multi-line command" if more else ""
    return f"\x1b[32;1m$ {first}{tail}\x1b[0;m"


def coverage(expression: str | None, log: bytes) -> float | None:
    """What `coverage:` finds in a log: the last match. https://docs.gitlab.com/ci/yaml/#coverage"""
    if not expression:
        return None
    pattern = re.compile(expression.strip().strip("/"))
    text = _ANSI.sub("", log.decode(errors="replace"))
    for line in reversed(text.splitlines()):
        found = pattern.search(line)
        number = _NUMBER.search(found[found.lastindex or 0]) if found else None
        if number:
            return float(number[0])
    return None
