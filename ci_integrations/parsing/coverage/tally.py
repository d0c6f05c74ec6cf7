"""Where the readers of all formats put what they find: each line, branch and block counts once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage.model import Block, FileCoverage, LineHits, Ratio, Totals
from ci_integrations.parsing.reports.words import shortened
from ci_integrations.parsing.texts import storable

MAX_FILES: Final = 200_000
MAX_LINES: Final = 1_000_000
MAX_PIECES: Final = 3_000_000
MAX_PATH: Final = 4_096
MAX_HITS: Final = 2**63 - 1
# A file that is told of in so many pieces stays as it is.
_MAX_PACKED: Final = 10


@dataclass(slots=True)
class FileTally:
    """What was found of one file so far; `counted` is how many of its branches and blocks its tally has counted."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[int, Ratio] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    stated: Totals = field(default_factory=Totals)
    counted: int = 0
    _packed: LineHits | None = None
    _times_packed: int = 0

    def line(self, number: int, hits: int) -> None:
        """A line; of several mentions the one with the most hits counts. Raises LimitReached."""
        known = self.lines.get(number)
        if known is None:
            if len(self.lines) >= MAX_LINES:
                raise LimitReached(f"a file with more than {MAX_LINES} lines: the rest was not read")
            self.lines[number] = hits
        elif hits > known:
            self.lines[number] = hits

    def branch(self, line: int, covered: int, total: int) -> None:
        """The branches of a line; of several mentions the one with the most branches counts, then the best covered."""
        if total <= 0:
            return
        known = self.branches.get(line)
        found = Ratio(min(covered, total), total)
        if known is None or (found.total, found.covered) > (known.total, known.covered):
            self.branches[line] = found

    def one_branch(self, line: int, *, is_taken: bool) -> None:
        """One more branch of a line, where a report tells them one by one."""
        known = self.branches.get(line)
        found = Ratio(int(is_taken), 1)
        self.branches[line] = found if known is None else known.plus(found)

    def block(self, place: str, statements: int, hits: int) -> None:
        """A block; of several mentions the one with the most hits counts."""
        known = self.blocks.get(place)
        self.blocks[place] = Block(statements, max(hits, known.hits if known else 0))

    def finish(self, path: str) -> FileCoverage:
        """The file as it is told."""
        lines = self._packed or LineHits(self.lines)
        return FileCoverage(path, lines, dict(sorted(self.branches.items())), self.blocks, self.stated)

    def pack(self) -> None:
        """Nothing is added to it for now: its lines take little memory."""
        if self._times_packed < _MAX_PACKED:
            self._packed, self.lines = LineHits(self.lines), {}
            self._times_packed += 1

    def unpack(self) -> None:
        """Ready for more."""
        if self._packed is not None:
            self.lines, self._packed = dict(self._packed.items()), None


class Tally:
    """The files of one report, with no more than `max_pieces` blocks and lines with branches."""

    def __init__(self, max_pieces: int = MAX_PIECES) -> None:
        self._max_pieces = max_pieces
        self._files: dict[str, FileTally] = {}
        self._path = ""
        self._last: FileTally | None = None
        self._pieces = 0

    def file(self, path: str) -> FileTally:
        """The file of this path, a new one where it is not known; the one before it takes no more. Raises LimitReached
        for too much.
        """
        if self._last is not None and path == self._path:
            return self._last
        if self._last is not None:
            self._leave(self._last)
        key = storable(fit_path(path))
        found = self._files.get(key)
        if found is None:
            if len(self._files) >= MAX_FILES:
                raise LimitReached(f"more than {MAX_FILES} files: the rest was not read")
            found = self._files[key] = FileTally()
        found.unpack()
        self._path, self._last = path, found
        return found

    def _leave(self, file: FileTally) -> None:
        file.pack()
        pieces = len(file.branches) + len(file.blocks)
        self._pieces += pieces - file.counted
        file.counted = pieces
        if self._pieces > self._max_pieces:
            raise LimitReached(f"more than {self._max_pieces} blocks and lines with branches: the rest was not read")

    def files(self) -> tuple[FileCoverage, ...]:
        """All of them, in the order of the report."""
        return tuple(file.finish(path) for path, file in self._files.items())


def regrouped(found: Iterable[tuple[str, FileCoverage]]) -> tuple[FileCoverage, ...]:
    """Lines and branches of files under the paths beside them: what comes under one path is one file."""
    files: dict[str, FileTally] = {}
    for path, file in found:
        into = files.setdefault(storable(fit_path(path)), FileTally())
        into.unpack()
        for number, hits in zip(file.lines, file.lines.values(), strict=True):
            into.lines[number] = max(hits, into.lines.get(number, 0))
        for line, ratio in file.branches.items():
            into.branch(line, ratio.covered, ratio.total)
        into.pack()
    return tuple(file.finish(path) for path, file in files.items())


def fit_path(path: str) -> str:
    """A path that may be kept: the end of one that is too long is a digest of it all, so that no two become one."""
    return shortened(path, MAX_PATH)


def whole(text: Any) -> int | None:
    """A number from 0 up, as these tools write one: `7`, `7.0`, `1e3`; a negative one is 0. None for anything else."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        if isinstance(text, str) and not (text.isascii() and len(text) < 40):
            return None
        number = int(text)
    except (ValueError, OverflowError):
        return _from_float(text)
    except TypeError:
        return None
    return min(max(number, 0), MAX_HITS)


def _from_float(text: Any) -> int | None:
    try:
        return min(max(int(float(text)), 0), MAX_HITS)
    except (ValueError, OverflowError):
        return None


def share(text: str | None) -> float | None:
    """A number from 0 to 1; None for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
