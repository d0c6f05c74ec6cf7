"""LCOV tracefiles and Go's cover profiles: a line per record. A record that cannot be read is passed over."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import MAX_HITS, MAX_LINES, FileTally, Tally, whole

MAX_BYTES: Final = 512_000_000
_MAX_LINE: Final = 65_536
_GO_BLOCK: Final = re.compile(
    r"(?P<path>.{1,4000}):(?P<place>(?P<first>\d{1,9})\.\d{1,9},(?P<last>\d{1,9})\.\d{1,9})"
    r" (?P<statements>\d{1,9}) (?P<hits>\d{1,20})"
)
_PLAIN: Final = 22
_MAX_BLOCK: Final = 100_000
_MAX_BLOCK_LINES: Final = 20_000_000


def read_lcov(stream: BinaryIO) -> Coverage:
    """https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1 (FILES). DA and BRDA records count, once
    each; LF, LH, BRF and BRH, which are often wrong, only for files without them.
    """
    tally, error = Tally(), ""
    try:
        _read_records(stream, tally)
    except LimitReached as limit:
        error = str(limit)
    files = tally.files()
    totals = [file.totals for file in files]
    lines = summed(each.lines for each in totals) or Ratio(0, 0)
    branches = summed(each.branches for each in totals)
    return Coverage("lcov", lines, branches, files=files, error=error, truncated=bool(error))


def _read_records(stream: BinaryIO, tally: Tally) -> None:
    record = _Record(None)
    for data in _lines(stream):
        if data.startswith(b"DA:"):
            record.line(data)
            continue
        key, _, value = data.decode(errors="replace").rstrip("\r\n").partition(":")
        if key == "SF":
            record.finish()
            record = _Record(tally.file(value.strip()))
        elif key == "end_of_record":
            record.finish()
            record = _Record(None)
        else:
            record.take(key, value)
    record.finish()


class _Record:
    """What stands between SF and end_of_record."""

    def __init__(self, file: FileTally | None) -> None:
        self._file = file
        self._taken: dict[tuple[int, str], bool] = {}
        self._stated: dict[str, int] = {}

    def line(self, data: bytes) -> None:
        """A DA record: line, hits and perhaps a checksum."""
        if self._file is None:
            return
        parts = data[3:].split(b",", 2)
        try:
            number, hits = int(parts[0]), int(parts[1])
            is_plain = number >= 0 <= hits and len(data) < _PLAIN
        except (ValueError, IndexError):
            is_plain, number, hits = False, 0, 0
        if is_plain:
            self._file.line(number, hits)
            return
        each = [whole(part.decode(errors="replace").strip()) for part in parts[:2]]
        if len(each) == 2 and each[0] is not None and each[1] is not None:
            self._file.line(each[0], each[1])

    def take(self, key: str, value: str) -> None:
        if self._file is None:
            return
        if key == "BRDA":
            number, _, rest = value.partition(",")
            branch, comma, taken = rest.rpartition(",")
            line = whole(number)
            if line is not None and comma:
                if len(self._taken) >= MAX_LINES:
                    raise LimitReached(f"a file with more than {MAX_LINES} branches: the rest was not read")
                known = self._taken.get((line, branch), False)
                self._taken[line, branch] = known or bool(whole(taken))
        elif key in ("LF", "LH", "BRF", "BRH") and (number_of := whole(value)) is not None:
            self._stated[key] = number_of

    def finish(self) -> None:
        if self._file is None:
            return
        branches: dict[int, Ratio] = {}
        for (line, _), taken in self._taken.items():
            branches[line] = Ratio(taken, 1).plus(branches.get(line, Ratio(0, 0)))
        for line, ratio in branches.items():
            self._file.branch(line, ratio.covered, ratio.total)
        self._file.stated = Totals(lines=self._pair("LH", "LF"), branches=self._pair("BRH", "BRF"))

    def _pair(self, covered: str, total: str) -> Ratio | None:
        return Ratio(self._stated.get(covered, 0), self._stated[total]) if total in self._stated else None


def read_go_cover(stream: BinaryIO) -> Coverage:
    """https://pkg.go.dev/golang.org/x/tools/cover: blocks with their statements; one that several runs tell of counts
    once. A line is as covered as the best block on it.
    """
    tally, error = Tally(), ""
    try:
        _read_blocks(stream, tally)
    except LimitReached as limit:
        error = str(limit)
    files = tally.files()
    statements = summed(file.totals.statements for file in files) or Ratio(0, 0)
    return Coverage("gocover", statements=statements, files=files, error=error, truncated=bool(error))


def _read_blocks(stream: BinaryIO, tally: Tally) -> None:
    room = _MAX_BLOCK_LINES
    for data in _lines(stream):
        match = _GO_BLOCK.fullmatch(data.decode(errors="replace").strip())
        if match is None:
            continue
        hits = min(int(match["hits"]), MAX_HITS)
        file = tally.file(match["path"])
        file.block(match["place"], int(match["statements"]), hits)
        first, last = int(match["first"]), min(int(match["last"]), int(match["first"]) + _MAX_BLOCK)
        room -= max(0, last - first)
        if room < 0:
            raise LimitReached(f"blocks of more than {_MAX_BLOCK_LINES} lines in all: the rest was not read")
        for number in range(first, last + 1):
            file.line(number, hits)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    room = MAX_BYTES
    if stream.read(3) != codecs.BOM_UTF8:
        stream.seek(0)
    while data := stream.readline(_MAX_LINE):
        room -= len(data)
        if room < 0:
            raise LimitReached(f"longer than {MAX_BYTES} bytes: the rest was not read")
        yield data
