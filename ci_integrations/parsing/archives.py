"""Zip archives of report files: read one entry at a time, bounded, nothing written under a name of theirs."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

MAX_ENTRIES: Final = 10_000
_COPY_BYTES: Final = 65_536
_ENCRYPTED: Final = 0x1
# Python unpacks the other kinds in one go, without a bound.
_PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class BadArchive(ValueError):
    """An archive that cannot be read, or holds more than it may; the text says which."""


def looks_like_zip(beginning: bytes) -> bool:
    """Whether a file that begins so is a zip archive (APPNOTE.TXT 4.3.7; an empty one has its end record only)."""
    return beginning.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def entries(archive: BinaryIO, *, suffix: str, max_bytes: int) -> Iterator[tuple[str, BinaryIO]]:
    """The files of an archive whose names end in `suffix` (in any case), in its order, as seekable streams.

    A stream is good until the next one is asked for. Encrypted files and symbolic links are passed over. No more than
    `max_bytes` are decompressed in all. Raises BadArchive.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            listed = opened.infolist()
            if len(listed) > MAX_ENTRIES:
                raise BadArchive(f"it holds {len(listed)} files, the limit is {MAX_ENTRIES}")
            room = max_bytes
            for entry in listed:
                if _is_passed_over(entry) or not entry.filename.lower().endswith(suffix):
                    continue
                if entry.compress_type not in _PACKINGS:
                    raise BadArchive(f"the file {entry.filename[:100]!r} is packed in a way that is not read")
                with opened.open(entry) as packed, TemporaryFile() as plain:
                    room -= _unpack(packed, plain, room)
                    plain.seek(0)
                    yield entry.filename, plain
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, BadArchive):
            raise
        raise BadArchive(f"the archive cannot be read: {error}") from error


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    is_link = stat.S_ISLNK(entry.external_attr >> 16)  # as Info-ZIP stores the mode of Unix
    return entry.is_dir() or is_link or bool(entry.flag_bits & _ENCRYPTED)


def _unpack(packed: IO[bytes], plain: BinaryIO, room: int) -> int:
    written = 0
    while data := packed.read(_COPY_BYTES):
        written += len(data)
        if written > room:
            raise BadArchive("it holds more than may be unpacked")
        plain.write(data)
    return written
