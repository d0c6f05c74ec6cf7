"""The one way into the parsers: what a file is, by its content, packed or not."""

import gzip
import io
import tracemalloc
import zipfile

import pytest

from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.files import Kind, Unreadable, read_file
from ci_integrations.parsing.logs import LogScan
from ci_integrations.parsing.logtext import MAX_LINE, log_lines

JUNIT = b'<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>'
LCOV = b"SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n"
TAP = b"TAP version 13\n1..2\nok 1 - a\nnot ok 2 - b\n"
LOG = b"building\nerror: no\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def found(data: bytes, kind: Kind = Kind.AUTO, *, is_console: bool = False, max_archive: int = 1_000_000) -> list[str]:
    """What each piece is, in a word, with its name and what was wrong with the packing."""
    told = []
    for piece in read_file(io.BytesIO(data), kind, is_console=is_console, max_archive=max_archive):
        content = piece.content
        if isinstance(content, Coverage):
            what = content.format
        elif isinstance(content, LogScan):
            what = "log"
        elif isinstance(content, Unreadable):
            what = f"unknown: {content.error}"
        else:
            what = f"{content.reading.format} {len(list(content))}"
        told.append(" ".join(filter(None, (piece.name, what, f"({piece.error})" if piece.error else ""))))
    return told


@pytest.mark.parametrize(("data", "what"), [(JUNIT, "junit 2"), (LCOV, "lcov"), (TAP, "tap 2"), (LOG, "log")])
def test_a_file_is_what_it_holds_packed_or_not(data: bytes, what: str) -> None:
    assert found(data) == [what]
    assert found(gzip.compress(data)) == [what]
    assert found(gzip.compress(gzip.compress(data))) == [what]


def test_the_reports_of_an_archive_are_told_one_by_one_and_other_files_passed_over() -> None:
    data = zipped(("r/a.xml", JUNIT), ("notes.txt", b"hello\n"), ("cov.info", LCOV), ("b.xml.gz", gzip.compress(JUNIT)))

    assert found(data) == ["r/a.xml junit 2", "cov.info lcov", "b.xml.gz junit 2"]
    assert found(data, Kind.COVERAGE) == ["cov.info lcov"]
    assert found(data, Kind.TESTS) == ["r/a.xml junit 2", "b.xml.gz junit 2"]


def test_an_archive_in_an_archive_is_opened_once() -> None:
    inner = zipped(("a.xml", JUNIT))

    assert found(zipped(("inner.zip", inner))) == ["inner.zip/a.xml junit 2"]
    assert found(zipped(("two.zip", zipped(("one.zip", inner))), ("notes.txt", b"hello\n"))) == [
        "unknown: an archive of 2 files, none of which is a test or coverage report"
    ]


def test_the_only_file_of_an_archive_is_meant() -> None:
    assert found(zipped(("job.txt", LOG))) == ["job.txt log"]
    assert found(zipped(("a.txt", LOG), ("b.txt", LOG))) == [
        "unknown: an archive of 2 files, none of which is a test or coverage report"
    ]
    assert found(zipped(("a.txt", LOG), ("b.txt", LOG)), Kind.LOG) == ["a.txt log", "b.txt log"]


def test_an_archive_that_holds_too_much_keeps_what_came_before() -> None:
    told = found(zipped(("a.xml", JUNIT), ("bomb.txt", bytes(2_000_000))))

    assert told == ["a.xml junit 2", "unknown: a zip archive: it holds more than may be unpacked"]


def test_a_cut_archive_says_so() -> None:
    (told,) = found(zipped(("a.xml", JUNIT))[:-30])

    assert told.startswith("unknown: a zip archive: ")


def test_cut_gzip_gives_what_came_before() -> None:
    lines = b"".join(b"line %d\n" % number for number in range(50_000))

    assert found(gzip.compress(lines)[:-20_000]) == ["log (the gzip data ends early)"]
    assert found(gzip.compress(b"") + b"\0" * 10) == ["unknown: the file is empty"]
    assert found(gzip.compress(LOG) + b"trailing junk")[0].startswith("log (the gzip data is damaged")


def test_gzip_members_follow_each_other() -> None:
    assert found(gzip.compress(LCOV[:15]) + gzip.compress(LCOV[15:])) == ["lcov"]


def test_console_output_that_is_a_report_too_is_a_log() -> None:
    assert found(TAP, is_console=True) == ["log"]
    assert found(TAP, Kind.TESTS, is_console=True) == ["tap 2"]
    assert found(JUNIT, is_console=True) == ["junit 2"]


def test_the_kind_narrows_what_is_tried() -> None:
    assert found(JUNIT, Kind.LOG) == ["log"]
    assert found(JUNIT, Kind.COVERAGE) == ["unknown: no coverage report of a known format"]
    assert found(LCOV, Kind.TESTS) == ["unknown: no test report of a known format"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n\t", "the file is empty"),
        (bytes(range(256)) * 20, "a binary file"),
        (b"<!DOCTYPE html><html><body>502</body></html>\n", "an XML or HTML document"),
        (b"<project><a>1</a></project>", "an XML or HTML document"),
        (b'{"a": [1,', "a JSON document, but no test report or coverage of a known format: Expecting value"),
        (b"[" * 100_000, "a JSON document, but no test report or coverage of a known format: nested too deeply"),
        (b'{"id": 1}\n{"id": 2}\n', "a JSON document"),
    ],
)
def test_what_is_no_log_either_says_why(data: bytes, why: str) -> None:
    (told,) = found(data)

    assert told.startswith(f"unknown: {why}")


@pytest.mark.parametrize(
    "data",
    [
        b"[INFO] Scanning\n",
        b"[2024-05-01] start\n",
        b'{"level": "error", "msg": "no"}\n{"level": "info", "msg": "yes"}\n',
        b"<unknown>:1: error\nfailed\n",
        "テスト失敗\n".encode() * 100,
        b"\x1b[31mred\x1b[0m\x07\r\n",
    ],
)
def test_logs_may_begin_in_many_ways(data: bytes) -> None:
    assert found(data) == ["log"]


def test_lines_end_at_lf_only_and_long_ones_are_cut() -> None:
    lines = list(log_lines(io.BytesIO(b"a\r\nb\rc\n\n\xff\n" + b"x" * 300_000 + b"\nend")))

    assert [line[:9] for line in lines] == ["a\r", "b\rc", "", "\ufffd", "x" * 9, "end"]
    assert len(lines[4]) == MAX_LINE


def test_a_long_log_without_any_lf_has_lines_that_end_at_cr() -> None:
    data = "\r".join([*("compiling" for _ in range(20_000)), "FAILED tests/test_a.py::test_b", "end"]).encode()

    lines = list(log_lines(io.BytesIO(data)))

    assert len(lines) == 20_002
    assert lines[-2:] == ["FAILED tests/test_a.py::test_b", "end"]


def test_a_long_line_of_progress_is_one_line() -> None:
    assert len(list(log_lines(io.BytesIO(b"start\n" + b"10 %\r" * 20_000 + b"\nend")))) == 3


def test_a_line_without_end_needs_no_memory() -> None:
    stream = io.BytesIO(b"x" * 30_000_000)
    tracemalloc.start()
    lines = list(log_lines(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(lines) == 1
    assert peak < 5_000_000
