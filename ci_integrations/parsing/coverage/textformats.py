"""LCOV tracefiles and Go's cover profiles: a line per record. A record that cannot be read is passed over."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from ci_integrations.parsing import ReportError
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole

MAX_BYTES: Final = 512_000_000
_MAX_LINE: Final = 65_536
_GO_BLOCK: Final = re.compile(
    r"(?P<path>.{1,4000}):(?P<place>(?P<first>\d{1,9})\.\d{1,9},(?P<last>\d{1,9})\.\d{1,9})"
    r" (?P<statements>\d{1,9}) (?P<hits>\d{1,20})"
)
_PLAIN: Final = 20
_MAX_BLOCK_LINES: Final = 100_000


def read_lcov(stream: BinaryIO) -> Coverage:
    """https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1 (FILES). DA and BRDA records count, once
    each; LF, LH, BRF and BRH, which are often wrong, only for files without them. Raises ReportError for a limit.
    """
    tally = Tally()
    record = _Record(None)
    for line in _lines(stream):
        key, _, value = line.partition(":")
        if key == "DA":
            record.line(value)
        elif key == "SF":
            record.finish()
            record = _Record(tally.file(value.strip()))
        elif key == "end_of_record":
            record.finish()
            record = _Record(None)
        else:
            record.take(key, value)
    record.finish()
    files = tally.files()
    totals = [file.totals for file in files]
    lines = summed(each.lines for each in totals) or Ratio(0, 0)
    return Coverage("lcov", lines, summed(each.branches for each in totals), files=files)


class _Record:
    """What stands between SF and end_of_record."""

    def __init__(self, file: FileTally | None) -> None:
        self._file = file
        self._taken: dict[tuple[int, str], bool] = {}
        self._stated: dict[str, int] = {}

    def line(self, value: str) -> None:
        if self._file is None:
            return
        number, _, rest = value.partition(",")
        hits = rest.partition(",")[0]
        if len(value) < _PLAIN and number.isdecimal() and hits.isdecimal():
            self._file.line(int(number), int(hits))
        elif (line := whole(number)) is not None and (count := whole(hits)) is not None:
            self._file.line(line, count)

    def take(self, key: str, value: str) -> None:
        if self._file is None:
            return
        if key == "BRDA":
            number, _, rest = value.partition(",")
            branch, comma, taken = rest.rpartition(",")
            line = whole(number)
            if line is not None and comma:
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
    once. A line is as covered as the best block on it. Raises ReportError for a limit.
    """
    tally = Tally()
    for line in _lines(stream):
        if match := _GO_BLOCK.fullmatch(line.strip()):
            hits = int(match["hits"])
            file = tally.file(match["path"])
            file.block(match["place"], int(match["statements"]), hits)
            first, last = int(match["first"]), int(match["last"])
            for number in range(first, min(last, first + _MAX_BLOCK_LINES) + 1):
                file.line(number, hits)
    files = tally.files()
    statements = summed(file.totals.statements for file in files) or Ratio(0, 0)
    return Coverage("gocover", statements=statements, files=files)


def _lines(stream: BinaryIO) -> Iterator[str]:
    room = MAX_BYTES
    if stream.read(3) != codecs.BOM_UTF8:
        stream.seek(0)
    while data := stream.readline(_MAX_LINE):
        room -= len(data)
        if room < 0:
            raise ReportError(f"longer than {MAX_BYTES} bytes: the rest was not read")
        yield data.decode(errors="replace").rstrip("\r\n")
