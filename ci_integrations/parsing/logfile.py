"""The form a log is stored in: gzip members of 500 lines, and an index of where each member begins.

A page of lines opens only the members it needs; `gzip -dc` reads the file whole (RFC 1952, section 2.2: members follow
each other). Lines end at LF only; a CR is part of its line. Bytes are stored as they come and decoded by the reader.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, Final

LINES_PER_MEMBER: Final = 500
# What is kept of the end of a log that is too long, where the reason of a failure stands; never over a quarter of all.
MAX_TAIL: Final = 4_000_000
MAX_LINE: Final = 65_536
_OFFSET_BYTES: Final = 8
_GZIP: Final = 31  # zlib's wbits for a gzip header and trailer
_PIECE: Final = 65_536


@dataclass(frozen=True, slots=True)
class LogIndex:
    """What a stored log holds.

    `lines` and `bytes` are of the text as stored; `offsets` is one u64, little-endian, per member: where it begins in
    the file. Where `truncated`, one line in the middle tells how much was left out there.
    """

    lines: int
    offsets: bytes
    bytes: int
    truncated: bool


def write_log(chunks: Iterable[bytes], out: BinaryIO, *, max_bytes: int) -> LogIndex:
    """Write a log, given in chunks of any size, as a stream: memory is bounded by a chunk and the tail that is kept.

    A log longer than `max_bytes` (before compression) keeps its head and its end, with a line between that says how
    much was left out. `out` is written from its present position, to which the offsets are relative.
    """
    writer = _Writer(out)
    tail_bytes = min(MAX_TAIL, max_bytes // 4)
    room = max_bytes - tail_bytes
    stream = iter(chunks)
    for chunk in stream:
        writer.write(chunk[:room])
        if len(chunk) > room:
            rest = chain([chunk[room:]], stream)
            return _write_end(writer, rest, max_bytes=max_bytes, tail_bytes=tail_bytes)
        room -= len(chunk)
    return writer.close()


def read_lines(file: BinaryIO, offsets: bytes, start: int, stop: int, *, max_line: int = MAX_LINE) -> list[bytes]:
    """Lines `start` (from 0) up to `stop` (not included) of a stored log, without their LF; fewer at its end.

    `file` must be seekable; `offsets` is that of the index. Of a longer line the first `max_line` bytes are given, so
    memory is bounded by the lines asked for. Raises ValueError where the file is not such a log.
    """
    member = max(start, 0) // LINES_PER_MEMBER
    if stop <= start or member >= len(offsets) // _OFFSET_BYTES:
        return []
    file.seek(int.from_bytes(offsets[member * _OFFSET_BYTES : (member + 1) * _OFFSET_BYTES], "little"))
    skipped = member * LINES_PER_MEMBER
    lines = split_lines(_inflate(file), max_line=max_line)
    return [line.removesuffix(b"\n") for line in islice(lines, max(start, 0) - skipped, stop - skipped)]


def split_lines(chunks: Iterable[bytes], *, max_line: int) -> Iterator[bytes]:
    """Lines from chunks of any size, each with its LF; a last one without stays without.

    Of a longer line the first `max_line` bytes (and its LF) are given, the others are dropped.
    """
    line = bytearray()
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            yield bytes(line) + part[: max_line - len(line)] + b"\n"
            line.clear()
        line += rest[: max_line - len(line)]
    if line:
        yield bytes(line)


class _Writer:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._packer = zlib.compressobj(wbits=_GZIP)
        self._is_open = False
        self._in_member = 0
        self._written = 0
        self._offsets = bytearray()
        self._bytes = 0
        self._ended_lines = 0
        self.is_in_line = False

    @property
    def lines(self) -> int:
        """Lines so far, with one that is not ended."""
        return self._ended_lines + self.is_in_line

    def write(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            end = self._member_end(data, start)
            self._put(data[start:end])
            if self._in_member == LINES_PER_MEMBER:
                self._close_member()
            start = end

    def close(self, *, truncated: bool = False) -> LogIndex:
        self._close_member()
        return LogIndex(lines=self.lines, bytes=self._bytes, offsets=bytes(self._offsets), truncated=truncated)

    def _member_end(self, data: bytes, start: int) -> int:
        end = start
        for _ in range(LINES_PER_MEMBER - self._in_member):
            end = data.find(b"\n", end) + 1
            if end == 0:
                return len(data)
        return end

    def _put(self, data: bytes) -> None:
        if not self._is_open:
            self._packer = zlib.compressobj(wbits=_GZIP)
            self._offsets += self._written.to_bytes(_OFFSET_BYTES, "little")
            self._is_open = True
        self._emit(self._packer.compress(data))
        ended = data.count(b"\n")
        self._in_member += ended
        self._ended_lines += ended
        self._bytes += len(data)
        self.is_in_line = not data.endswith(b"\n")

    def _close_member(self) -> None:
        if self._is_open:
            self._emit(self._packer.flush())
        self._is_open = False
        self._in_member = 0

    def _emit(self, packed: bytes) -> None:
        self._out.write(packed)
        self._written += len(packed)


class _Tail:
    """The last `size` bytes of what is added, and a count of what went before them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._chunks: deque[bytes] = deque()
        self.bytes_left_out = 0

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._held += len(chunk)
        while self._chunks and self._held - len(self._chunks[0]) >= self._size:
            self._leave_out(self._chunks.popleft())

    def take(self) -> bytes:
        """What is kept: all of it where it fits, else from the first whole line on."""
        data = b"".join(self._chunks)
        over = max(len(data) - self._size, 0)
        if over or self.bytes_left_out:
            over = data.find(b"\n", over) + 1 or over
        self._leave_out(data[:over])
        return data[over:]

    def _leave_out(self, data: bytes) -> None:
        self._held -= len(data)
        self.bytes_left_out += len(data)


def _write_end(writer: _Writer, rest: Iterable[bytes], *, max_bytes: int, tail_bytes: int) -> LogIndex:
    tail = _Tail(tail_bytes)
    for chunk in rest:
        tail.add(chunk)
    kept = tail.take()
    if not tail.bytes_left_out:
        writer.write(kept)
        return writer.close()
    notice = f"[... {tail.bytes_left_out} bytes left out here: only {max_bytes} bytes of a log are kept ...]\n"
    if writer.is_in_line:
        writer.write(b"\n")
    writer.write(notice.encode())
    writer.write(kept)
    return writer.close(truncated=True)


def _inflate(file: BinaryIO) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    data = file.read(_PIECE)
    while data:
        try:
            yield unpacker.decompress(data, _PIECE)
        except zlib.error as error:
            raise ValueError(f"not a stored log, or a damaged one: {error}") from error
        if unpacker.eof:
            data = unpacker.unused_data
            unpacker = zlib.decompressobj(wbits=_GZIP)
        else:
            data = unpacker.unconsumed_tail
        data = data or file.read(_PIECE)
    yield unpacker.flush()
