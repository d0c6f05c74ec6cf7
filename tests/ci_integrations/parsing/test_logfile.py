"""The stored form of logs."""

import gzip
import io
import random
import struct
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_integrations.parsing.logfile import LogIndex, read_lines, split_lines, write_log

BIG = 10**9


def write(data: bytes, *, size: int = 4096, max_bytes: int = BIG) -> tuple[io.BytesIO, LogIndex]:
    out = io.BytesIO()
    index = write_log((data[at : at + size] for at in range(0, len(data), size)), out, max_bytes=max_bytes)
    return out, index


def some_lines(count: int, seed: int = 1) -> list[bytes]:
    rng = random.Random(seed)
    return [
        b"%d:" % number + rng.choice([b"", b"x\r", b"\xff\x00", b"y" * rng.randrange(300)]) for number in range(count)
    ]


@pytest.mark.parametrize("size", [1, 17, 100_000])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1500])
def test_any_range_of_lines_reads_back(count: int, size: int) -> None:
    lines = some_lines(count)
    file, index = write(b"".join(line + b"\n" for line in lines), size=size)
    assert (index.lines, index.truncated, len(index.offsets)) == (count, False, 8 * -(-count // 500))
    rng = random.Random(count)
    ranges = [(0, count), (0, count + 9), (count, count + 1), (-5, 3), (7, 2)]
    ranges += [(start := rng.randrange(count + 10), start + rng.randrange(700)) for _ in range(40)]
    for start, stop in ranges:
        assert read_lines(file, index.offsets, start, stop) == lines[max(start, 0) : max(stop, 0)], (start, stop)


def test_a_last_line_without_end_counts_and_reads_back() -> None:
    file, index = write(b"a\nb")
    assert (index.lines, index.bytes) == (2, 3)
    assert read_lines(file, index.offsets, 0, 9) == [b"a", b"b"]


def test_only_lf_ends_a_line() -> None:
    file, index = write(b"a\rb\x0bc\xc2\x85d\r\n\n")
    assert index.lines == 2
    assert read_lines(file, index.offsets, 0, 9) == [b"a\rb\x0bc\xc2\x85d\r", b""]


def test_offsets_are_where_each_gzip_member_begins() -> None:
    file, index = write(b"line\n" * 1200)
    offsets = struct.unpack("<3Q", index.offsets)
    assert offsets[0] == 0
    for offset in offsets:
        assert file.getvalue()[offset : offset + 2] == b"\x1f\x8b"
    assert gzip.decompress(file.getvalue()[offsets[2] :]) == b"line\n" * 200


def test_offsets_count_from_where_the_writing_began() -> None:
    out = io.BytesIO(b"before")
    out.seek(0, io.SEEK_END)
    index = write_log([b"a\n"], out, max_bytes=BIG)
    assert index.offsets == bytes(8)


def test_a_page_is_read_without_the_members_before_it() -> None:
    file, index = write(b"".join(b"%d\n" % number for number in range(2000)))
    second = struct.unpack("<4Q", index.offsets)[1]
    broken = io.BytesIO(b"\0" * second + file.getvalue()[second:])
    assert read_lines(broken, index.offsets, 700, 702) == [b"700", b"701"]
    with pytest.raises(ValueError, match="not a stored log"):
        read_lines(broken, index.offsets, 0, 1)


def test_gzip_reads_the_file_whole(tmp_path: Path) -> None:
    data = b"".join(line + b"\n" for line in some_lines(1700)) + b"no end"
    file, _ = write(data, size=777)
    path = tmp_path / "log.gz"
    path.write_bytes(file.getvalue())
    unpacked = subprocess.run(["gzip", "-dc", path], capture_output=True, check=True)
    assert unpacked.stdout == data
    assert unpacked.stderr == b""


def test_a_log_of_exactly_the_limit_is_whole() -> None:
    data = b"12345678\n" * 1000
    file, index = write(data, max_bytes=len(data), size=100)
    assert not index.truncated
    assert gzip.decompress(file.getvalue()) == data


@pytest.mark.parametrize("size", [1, 9, 13, 100_000])
@pytest.mark.parametrize("max_bytes", [400, 403, 1000])
def test_a_log_that_is_too_long_keeps_its_head_and_its_end(max_bytes: int, size: int) -> None:
    lines = [b"line %04d" % number for number in range(1, 2001)]
    data = b"".join(line + b"\n" for line in lines)
    file, index = write(data, max_bytes=max_bytes, size=size)
    stored = read_lines(file, index.offsets, 0, index.lines)
    notice = next(number for number, line in enumerate(stored, start=1) if b"left out here" in line)
    assert index.truncated
    assert (stored[0], stored[-1]) == (lines[0], lines[-1])
    assert len(stored) == index.lines
    assert f"only {max_bytes} bytes of a log are kept".encode() in stored[notice - 1]
    assert sum(map(len, stored)) + len(stored) <= max_bytes + len(stored[notice - 1]) + 2
    left_out = len(data) - (index.bytes - len(stored[notice - 1]) - 1)
    assert abs(int(stored[notice - 1].split()[1]) - left_out) <= 1
    head, tail = stored[: notice - 1], stored[notice:]
    assert head[:-1] == lines[: len(head) - 1]
    assert lines[len(head) - 1].startswith(head[-1])
    assert tail == lines[len(lines) - len(tail) :]


def test_one_endless_line_is_cut_too() -> None:
    file, index = write(b"x" * 100_000 + b"END", max_bytes=1000)
    first, notice, last = read_lines(file, index.offsets, 0, 9)
    assert (len(first), len(last)) == (750, 250)
    assert b"99003 bytes left out" in notice
    assert last.endswith(b"END")


def test_writing_holds_only_the_end_in_memory() -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(2_000):
            yield b"z" * 9_999 + b"\n"

    class Sink(io.BytesIO):
        largest = 0

        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            self.largest = max(self.largest, len(data))
            return len(data)

    sink = Sink()
    index = write_log(chunks(), sink, max_bytes=BIG)
    assert (index.lines, index.bytes) == (2_000, 20_000_000)
    assert sink.largest < 1_000_000


def test_a_log_that_is_too_long_is_not_held_in_memory() -> None:
    out = io.BytesIO()
    tracemalloc.start()
    index = write_log((b"z" * 9_999 + b"\n" for _ in range(1_000)), out, max_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert index.truncated
    assert peak < 3_000_000


def test_a_member_larger_than_a_piece_of_reading_reads_back() -> None:
    rng = random.Random(3)
    lines = [rng.randbytes(1_000).hex().encode() for _ in range(600)]
    file, index = write(b"\n".join(lines))
    assert read_lines(file, index.offsets, 0, 600) == lines


def test_a_very_long_line_is_read_up_to_a_limit() -> None:
    file, index = write(b"a\n" + b"x" * 5_000_000 + b"\nb\n")
    assert read_lines(file, index.offsets, 0, 3, max_line=10) == [b"a", b"x" * 10, b"b"]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_split_lines_keeps_ends_and_cuts_long_lines(size: int) -> None:
    data = b"ab\n\nabcdefgh\nxyz"
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(split_lines(chunks, max_line=4)) == [b"ab\n", b"\n", b"abcd\n", b"xyz"]
