"""The lines before the one that is looked at: what stands above a complaint may say of what file it is."""

from collections.abc import Sequence
from typing import Final

from ci_integrations.parsing.logs.tools.index import unmarked

# How PHPStan heads the table of a file: https://phpstan.org/user-guide/output-format
_TABLE: Final = "  Line "
_FILES: Final = ("Dockerfile:", "Containerfile:")


class Earlier:
    """Lines come many at a time; `place` is which of the last ones is looked at. Asked for with growing places."""

    def __init__(self) -> None:
        self.place = 0
        self._lines: Sequence[str] = ()
        self._last = ""
        self._heading = ""
        self._known = 0

    def go_on(self, lines: Sequence[str]) -> None:
        """Note that these lines are next."""
        self.place = len(self._lines)
        self._last, self._heading = self.previous(), self.heading()
        self.place = self._known = 0
        self._lines = lines

    def previous(self) -> str:
        """The line right before; "" at the beginning."""
        return unmarked(self._lines[self.place - 1].rstrip()) if self.place else self._last

    def heading(self) -> str:
        """The last line before that was not indented and may name a file; "" where there was none."""
        for place in range(self.place - 1, self._known - 1, -1):
            line = unmarked(self._lines[place].rstrip())
            if _is_heading(line):
                self._heading = line
                break
        self._known = max(self._known, self.place)
        return self._heading


def _is_heading(line: str) -> bool:
    is_outermost = (line[:2].strip() and line[0] != "\t") or line.startswith(_TABLE)
    return bool(is_outermost) and ("/" in line or "." in line or "\\" in line or line.startswith(_FILES))
