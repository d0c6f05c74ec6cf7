"""What a file is and says, by its content alone: a test report, coverage, a log, or an archive of these.

The one way into the parsers: what is collected from a run and what `orchestrate ci parse` is given go through it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO, Final

from ci_integrations.parsing.archives import BadArchive, entries, looks_like_zip
from ci_integrations.parsing.coverage import Coverage, read_coverage
from ci_integrations.parsing.logs import LogScan, scan_log
from ci_integrations.parsing.logtext import log_blocks, why_no_log
from ci_integrations.parsing.reports import ReportReader, open_report
from ci_integrations.parsing.reports.lines import LineReader
from ci_integrations.parsing.unpacking import looks_like_gzip, unpacked

MAX_UNPACKED: Final = 1_000_000_000
MAX_ARCHIVE: Final = 200_000_000
_MAX_DEPTH: Final = 2
_HEAD: Final = 65_536


class Kind(StrEnum):
    """What a file is read as; `report` is either of tests or of coverage."""

    AUTO = "auto"
    REPORT = "report"
    TESTS = "tests"
    COVERAGE = "coverage"
    LOG = "log"


_NO_REPORT: Final = {
    Kind.REPORT: "no test or coverage report of a known format",
    Kind.TESTS: "no test report of a known format",
    Kind.COVERAGE: "no coverage report of a known format",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why nothing could be made of a file. `is_damage` tells that it is broken or too large."""

    error: str
    is_damage: bool = False


Content = ReportReader | Coverage | LogScan | Unreadable


@dataclass(frozen=True, slots=True)
class Piece:
    """What a file, or a member of an archive (`name`, else ""), says.

    A reader of tests is still to be iterated, and `stream` is open, until the next piece is asked for. `error` says
    what was wrong with the packing.
    """

    content: Content
    stream: BinaryIO
    name: str = ""
    error: str = ""


def read_file(
    stream: BinaryIO,
    kind: Kind = Kind.AUTO,
    *,
    is_console: bool = False,
    max_archive: int = MAX_ARCHIVE,
    background: Iterable[str] = (),
) -> Iterator[Piece]:
    """At least one piece of a seekable stream. Gzip is read as what it holds, a zip archive as each test report and
    coverage report in it; other members are passed over, unless there is only one member, or `kind` says what to read.

    `kind` narrows what is tried. What a tool wrote as TAP, or as `go test` does, is a report and a log at once: where
    `is_console` says that it was taken from a console, it is read as a log. No more than `max_archive` bytes of an
    archive's members are unpacked in all. `background` are lines of earlier runs that passed, for a log. Raises nothing
    for what is in the file.
    """
    return _read(stream, _Wanted(kind, is_console, max_archive, background), depth=0)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What `read_file` was asked for."""

    kind: Kind
    is_console: bool
    max_archive: int
    background: Iterable[str]

    @property
    def may_be_tests(self) -> bool:
        return self.kind in (Kind.AUTO, Kind.REPORT, Kind.TESTS)

    @property
    def may_be_coverage(self) -> bool:
        return self.kind in (Kind.AUTO, Kind.REPORT, Kind.COVERAGE)


def _read(stream: BinaryIO, wanted: _Wanted, depth: int) -> Iterator[Piece]:
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if depth <= _MAX_DEPTH and looks_like_gzip(head):
        with unpacked(stream, max_bytes=MAX_UNPACKED) as (plain, error):
            for piece in _read(plain, wanted, depth + 1):
                yield Piece(piece.content, piece.stream, piece.name, "; ".join(filter(None, (error, piece.error))))
    elif looks_like_zip(head):
        yield from _read_archive(stream, wanted, depth)
    else:
        yield Piece(_content(stream, wanted, head), stream)


def _content(stream: BinaryIO, wanted: _Wanted, head: bytes) -> Content:
    report = _report(stream, wanted)
    if report is not None and not (wanted.is_console and wanted.kind is Kind.AUTO and isinstance(report, LineReader)):
        return report
    stream.seek(0)
    if wanted.kind not in (Kind.AUTO, Kind.LOG):
        return Unreadable(_NO_REPORT[wanted.kind])
    if wanted.kind is Kind.AUTO and (reason := why_no_log(stream, head)):
        return Unreadable(reason)
    return scan_log(log_blocks(stream), wanted.background)


def _report(stream: BinaryIO, wanted: _Wanted) -> ReportReader | Coverage | None:
    stream.seek(0)
    if wanted.may_be_tests and (report := open_report(stream)) is not None:
        return report
    stream.seek(0)
    return read_coverage(stream) if wanted.may_be_coverage else None


def _read_archive(stream: BinaryIO, wanted: _Wanted, depth: int) -> Iterator[Piece]:
    seen, told = 0, 0
    try:
        for name, member in entries(stream, suffix="", max_bytes=wanted.max_archive):
            seen += 1
            for piece in _read_member(member, wanted, depth):
                told += 1
                yield Piece(piece.content, piece.stream, f"{name}/{piece.name}" if piece.name else name, piece.error)
        if seen == 1 and not told:
            for name, member in entries(stream, suffix="", max_bytes=wanted.max_archive):
                told += 1
                yield Piece(_content(member, wanted, member.read(_HEAD)), member, name)
    except BadArchive as error:
        yield Piece(Unreadable(f"a zip archive: {error}", is_damage=True), stream)
        return
    if not told:
        yield Piece(Unreadable(f"an archive of {seen} files, none of which is a test or coverage report"), stream)


def _read_member(member: BinaryIO, wanted: _Wanted, depth: int) -> Iterator[Piece]:
    """Of a member only what is surely meant: an archive in an archive once."""
    head = member.read(4)
    if looks_like_zip(head) or looks_like_gzip(head):
        smaller = replace(wanted, max_archive=wanted.max_archive // 4)
        pieces = _read(member, smaller, depth + 1) if depth < 1 else iter(())
    elif wanted.kind is Kind.LOG:
        pieces = _read(member, wanted, depth)
    else:
        report = _report(member, wanted)
        pieces = iter(()) if report is None else iter([Piece(report, member)])
    return (piece for piece in pieces if not isinstance(piece.content, Unreadable) or piece.content.is_damage)
