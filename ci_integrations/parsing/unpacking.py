"""Gzip files: unpacked to a bounded temporary file, as far as they are sound."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

_GZIP: Final = 31  # zlib's wbits for a gzip header and trailer
_PIECE: Final = 262_144
_IN_MEMORY: Final = 8_000_000


def looks_like_gzip(beginning: bytes) -> bool:
    """Whether a file that begins so is gzip (RFC 1952, 2.3.1)."""
    return beginning.startswith(b"\x1f\x8b\x08")


@contextmanager
def unpacked(packed: BinaryIO, *, max_bytes: int) -> Iterator[tuple[BinaryIO, str]]:
    """The content as a seekable stream, and what is wrong with it ("" for nothing): damaged, cut, or longer than
    `max_bytes`. What came before that is in the stream.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        plain = cast(BinaryIO, spool)
        error = _inflate(packed, plain, max_bytes)
        plain.seek(0)
        yield plain, error


def _inflate(packed: BinaryIO, plain: BinaryIO, room: int) -> str:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    data = packed.read(_PIECE)
    while data:
        try:
            piece = unpacker.decompress(data, min(_PIECE, room + 1))
        except zlib.error as error:
            return "" if _is_padding(data) else f"the gzip data is damaged: {error}"
        plain.write(piece[:room])
        if len(piece) > room:
            return "it holds more than may be unpacked: the rest was not read"
        room -= len(piece)
        data = unpacker.unconsumed_tail
        if unpacker.eof:  # members follow each other: RFC 1952, 2.2
            data = unpacker.unused_data or packed.read(_PIECE)
            if not data:
                return ""
            unpacker = zlib.decompressobj(wbits=_GZIP)
        data = data or packed.read(_PIECE)
    return "" if unpacker.eof else "the gzip data ends early"


def _is_padding(data: bytes) -> bool:
    """Zeros after the last member, which tapes and some tools leave."""
    return not data.strip(b"\0")
