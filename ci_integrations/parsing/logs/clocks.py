"""The time of day that servers and Maven put before lines: taken away where it is proved to be that.

A program may print a time as well, and it says something there: of a server's, nearly every line has one from the
first on. What is proved holds to the end of the log.

* Jenkins (https://plugins.jenkins.io/timestamper/): `12:01:02  text`; AppVeyor (https://www.appveyor.com/docs/):
  `[00:01:02] text`.
* Maven (https://maven.apache.org/maven-logging.html): `12:01:02 [INFO] text`, `12:01:02,123 [ERROR] text`,
  `[12:01:02] [INFO] text`; the level behind it proves it.
"""

import re
from collections.abc import Sequence
from typing import Final

FEWEST_LINES: Final = 20
# Of so many lines one may lack it: what a program printed right behind a text without an end.
_PER_LINE: Final = 20
# With more lines that lack it, and too few that have it, no server puts it there.
_MOST_UNTIMED: Final = 50
# So many lines of a block are looked at for Maven's.
_SAMPLE: Final = 32

_SERVERS: Final = re.compile(r"(?:\[\d\d:\d\d:\d\d\]|\d\d:\d\d:\d\d)(?: |$)")
# What Jenkins puts there, with two blanks, of which an empty line may lack some.
_WITH_TWO_BLANKS: Final = re.compile(r"\d\d:\d\d:\d\d(?:  | ?$)")
_MAVENS: Final = re.compile(
    r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]? {1,2}(?=\[(?:INFO|ERROR|WARNING|WARN|DEBUG|FATAL)\] )"
)


class Clocks:
    """Give it the lines of a log, block by block."""

    def __init__(self) -> None:
        self._timed = self._untimed = self._with_two_blanks = 0
        self._is_decided = False
        self._servers: re.Pattern[str] | None = None
        self._are_mavens = False

    def without(self, lines: list[str]) -> list[str]:
        """The lines without the time; the same list where none has one that is a server's or Maven's."""
        if not self._is_decided:
            self._decide(lines)
        if self._servers:
            lines = _without(self._servers, lines)
        self._are_mavens = self._are_mavens or any(map(_MAVENS.match, lines[:: len(lines) // _SAMPLE + 1]))
        return _without(_MAVENS, lines) if self._are_mavens else lines

    def _decide(self, lines: Sequence[str]) -> None:
        """Whether a server puts a time before lines, and how many blanks behind it, once enough lines tell."""
        for line in lines:
            if _SERVERS.match(line):
                self._timed += 1
                self._with_two_blanks += _WITH_TWO_BLANKS.match(line) is not None
            elif line:
                self._untimed += 1
                if self._untimed > _MOST_UNTIMED and not self._have_most_one():
                    self._is_decided = True
                    return
        if self._have_most_one():
            self._is_decided = True
            lacking = self._timed - self._with_two_blanks
            self._servers = _SERVERS if lacking * _PER_LINE > self._timed else _WITH_TWO_BLANKS

    def _have_most_one(self) -> bool:
        return self._timed >= FEWEST_LINES and self._timed > self._untimed * _PER_LINE


def _without(clock: re.Pattern[str], lines: Sequence[str]) -> list[str]:
    return [line[match.end() :] if (match := clock.match(line)) else line for line in lines]
