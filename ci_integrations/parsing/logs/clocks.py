"""The time of day that servers and Maven put before lines: taken away where it is proved to be that.

A program may print a time as well, and it says something there: of a server's, nearly every line has one from the
first on.

* Jenkins (https://plugins.jenkins.io/timestamper/): `12:01:02  text`; AppVeyor (https://www.appveyor.com/docs/):
  `[00:01:02] text`.
* Maven (https://maven.apache.org/maven-logging.html): `12:01:02 [INFO] text`, `12:01:02,123 [ERROR] text`,
  `[12:01:02] [INFO] text`; the level behind it proves it.
"""

import re
from typing import Final

FEWEST_LINES: Final = 20
# Of so many lines one may lack it: what a program printed right behind a text without an end.
_PER_LINE: Final = 20
# So many lines of a block are looked at for whether it is worth to look at all.
_SAMPLE: Final = 8

_ANY: Final = re.compile(r"\[?\d\d:\d\d:\d\d(?:[.,\] ]|$)")
_SERVERS: Final = re.compile(r"(?:\[\d\d:\d\d:\d\d\]|\d\d:\d\d:\d\d)(?: |$)")
_MAVENS: Final = re.compile(
    r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]? {1,2}(?=\[(?:INFO|ERROR|WARNING|WARN|DEBUG|FATAL)\] )"
)


class Clocks:
    """Give it the lines of a log, block by block."""

    def __init__(self) -> None:
        self._are_servers: bool | None = None

    def without(self, lines: list[str]) -> list[str]:
        """The lines without the time; the same list where none has one that is a server's or Maven's."""
        is_timed = any(map(_ANY.match, lines[:: len(lines) // _SAMPLE + 1]))
        if self._are_servers is None:
            self._are_servers = is_timed and _are_servers(lines)
        if self._are_servers:
            lines = [line[match.end() :] if (match := _SERVERS.match(line)) else line for line in lines]
            # Jenkins puts two blanks behind it.
            if all(line.startswith(" ") for line in lines if line):
                lines = [line[1:] for line in lines]
        if not is_timed:
            return lines
        return [line[match.end() :] if (match := _MAVENS.match(line)) else line for line in lines]


def _are_servers(lines: list[str]) -> bool:
    timed = sum(_SERVERS.match(line) is not None for line in lines)
    untimed = sum(1 for line in lines if line) - timed
    return timed >= FEWEST_LINES and timed > untimed * _PER_LINE
