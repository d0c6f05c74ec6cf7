"""TAP 12, 13 and 14: https://testanything.org/tap-version-14-specification.html

Results are the leaves: a subtest's points count, and the point that sums them up only where none of them tells.
"""

import re
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.tappoint import Level, Point, is_told
from ci_integrations.parsing.reports.values import scaled

_POINT: Final = re.compile(r"(not )?ok\b(?:\s{1,20}(\d{1,9})(?=\s|$))?(?:\s{0,20}-(?=\s|$))?\s{0,20}(.{0,4000})")
# `todo 4 10` behind it is of TAP before 12
_PLAN: Final = re.compile(r"(\d{1,9})\.\.(\d{1,9})(?:\s{0,20}#.{0,500}|\s{1,20}todo\b[\d\s]{0,500})?\s*$")
_VERSION: Final = re.compile(r"TAP version (\d{1,3})\s*$", re.IGNORECASE)
_DIRECTIVE: Final = re.compile(r"(?<!\\)#\s{0,20}(skip\S{0,20}|todo)\b:?\s{0,20}(.*)$", re.IGNORECASE)
_TIME: Final = re.compile(r"(?<!\\)#\s{0,20}time\s{0,20}=\s{0,20}([\d.]{1,20})\s{0,4}(ms|s)?\s*$")
_SUBTEST: Final = re.compile(r"#\s{0,20}Subtest(?::\s{0,20}(.{0,1000}))?\s*$")
_BAIL: Final = re.compile(r"Bail out!\s{0,20}(.{0,500})", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([\\#])")
MAX_LEVELS: Final = 100


def looks_like_tap(lines: list[str]) -> bool:
    """A version or plan at the beginning of a line, and TAP in most of the lines, or a first line that is TAP."""
    said = [line for line in lines[:2_000] if line.strip()]
    marks = sum(1 for line in said if _VERSION.match(line) or _PLAN.match(line))
    points = sum(1 for line in said if is_point(line))
    known = points + marks + sum(1 for line in said if line[0] in "# " or _BAIL.match(line))
    first = said[0] if said else ""
    begins = bool(_VERSION.match(first) or _PLAN.match(first))
    return (marks > 0 and known * 2 >= len(said)) or (begins and points > 0) or (points > 1 and known == len(said))


def is_point(line: str) -> bool:
    """`ok` and `not ok`, but neither `okay` nor go's `ok  package 0.1s`."""
    return _POINT.match(line) is not None and not line.startswith(("ok:", "ok,", "ok."))


class Tap:
    """A line handler."""

    def __init__(self) -> None:
        self._levels = [Level()]
        self._next_name = ""
        self._point: Point | None = None
        self._yaml_indent: int | None = None
        self._bail: str | None = None
        self._done: list[TestData] = []

    def line(self, line: str) -> list[TestData]:
        """See `LineHandler`."""
        stripped = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if self._yaml_indent is not None:
            if stripped == "..." and indent <= self._yaml_indent:
                self._yaml_indent = None
            elif self._point is not None:
                self._point.diagnose(line)
        elif stripped == "---" and self._point is not None and indent % 4:
            self._yaml_indent = indent
        elif indent % 4 == 0 and indent <= 4 * MAX_LEVELS:
            self._read(min(indent // 4, len(self._levels)), stripped)
        done, self._done = self._done, []
        return done

    def close(self, reading: Reading) -> list[TestData]:
        """See `LineHandler`."""
        self._flush()
        top = self._levels[0]
        if self._bail is not None:
            reading.error, reading.truncated = f"bailed out: {self._bail or 'no reason given'}", True
        elif top.planned is not None and top.points < top.planned:
            reading.error, reading.truncated = f"{top.planned} tests were planned, {top.points} are here", True
        elif top.planned is not None and top.points > top.planned:
            reading.note(f"{top.planned} tests were planned, {top.points} are here")
        return self._done

    def _read(self, depth: int, line: str) -> None:
        if line == "}" and depth < len(self._levels) - 1:
            self._close_buffered(depth)
        elif match := _SUBTEST.match(line):
            if self._next_name:  # else it stands inside the subtest that it names, as older versions of tap write it
                self._enter(depth)
            self._next_name = match[1] or ""
        elif match := _PLAN.match(line):
            self._enter(depth)
            if depth == len(self._levels) - 1:
                self._levels[depth].planned = max(0, int(match[2]) - int(match[1]) + 1)
        elif (match := _BAIL.match(line)) and self._bail is None:
            self._bail = match[1].strip()
        elif self._bail is None and is_point(line) and (match := _POINT.match(line)):
            self._enter(depth)
            self._add(match, depth)
        elif line.startswith("#") and self._point is not None and self._point.outcome.is_failed:
            self._point.said.add(line[1:].removeprefix(" ") + "\n")

    def _enter(self, depth: int) -> None:
        if depth == len(self._levels):
            self._flush()
            self._levels.append(Level(self._next_name))
        self._next_name = ""

    def _add(self, match: re.Match[str], depth: int) -> None:
        self._flush()
        children = self._levels[depth + 1 :]
        del self._levels[depth + 1 :]
        level = self._levels[depth]
        level.points += 1
        point, is_buffered = self._parsed(match, level)
        level.failed += point.outcome.is_failed
        if is_buffered:
            self._levels.append(Level(point.name, total=point))
        elif not is_told(point, children):
            self._point = point

    def _close_buffered(self, depth: int) -> None:
        self._flush()
        children = self._levels[depth + 1 :]
        del self._levels[depth + 1 :]
        if (total := children[0].total) is not None and not is_told(total, children):
            self._point = total

    def _parsed(self, match: re.Match[str], level: Level) -> tuple[Point, bool]:
        words = match[3].strip()
        is_buffered = words.endswith("{") and not words.endswith("\\{")
        words = words.removesuffix("{").rstrip() if is_buffered else words
        duration = None
        if time := _TIME.search(words):
            duration = scaled(time[1], 1.0 if time[2] == "s" else 1e-3)
            words = words[: time.start()].rstrip()
        outcome, message = Outcome.FAILED if match[1] else Outcome.PASSED, ""
        if directive := _DIRECTIVE.search(words):
            outcome, message = Outcome.SKIPPED, directive[2].strip()
            words = words[: directive.start()].rstrip()
        suite = " > ".join(one.name for one in self._levels[1:] if one.name)
        name = _ESCAPED.sub(r"\1", words) or f"test {match[2] or level.points}"
        return Point(suite, name, outcome, message, duration), is_buffered

    def _flush(self) -> None:
        if self._point is not None:
            self._done.append(self._point.finish())
        self._point, self._yaml_indent = None, None
