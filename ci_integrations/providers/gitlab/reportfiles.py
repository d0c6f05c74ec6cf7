"""Report files as GitLab keeps them: gzip, in which the runner puts one file after another.

https://docs.gitlab.com/ci/yaml/artifacts_reports/, gitlab-runner's helpers/archives/gzip_create.go
"""

import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

from ci_integrations.errors import Invalid

MAGIC: Final = b"\x1f\x8b"
MOST_FILES: Final = 10_000
_GZIP_BITS: Final = 31
_COPY_BYTES: Final = 65_536


@contextmanager
def unpacked(packed: BinaryIO, name: str, *, max_bytes: int) -> Iterator[BinaryIO]:
    """The one file that is in it; of several, a zip of them, named `1.xml` and so on.

    Raises Invalid where it is broken, or holds more than `max_bytes` or 10,000 files.
    """
    with TemporaryFile() as plain, TemporaryFile() as zipped:
        try:
            sizes = _unpack(packed, plain, max_bytes)
        except (zlib.error, ValueError) as error:
            raise Invalid(f"the artifact {name} cannot be unpacked: {error}") from error
        plain.seek(0)
        if len(sizes) == 1:
            yield plain
            return
        _zip(plain, sizes, zipped)
        zipped.seek(0)
        yield zipped


def _unpack(packed: BinaryIO, plain: IO[bytes], max_bytes: int) -> list[int]:
    """Write what is in it one after another; gives the sizes. Raises ValueError for what is cut or too large."""
    sizes: list[int] = []
    data = packed.read(_COPY_BYTES)
    while data and len(sizes) < MOST_FILES:
        size, data = _unpack_one(data, packed, plain, max_bytes - sum(sizes))
        sizes.append(size)
        data = data or packed.read(_COPY_BYTES)
    if data:
        raise ValueError(f"it holds more than {MOST_FILES} files")
    return sizes


def _unpack_one(data: bytes, packed: BinaryIO, plain: IO[bytes], room: int) -> tuple[int, bytes]:
    """The size of the file that `data` begins with, and what was read behind it."""
    decoder, size = zlib.decompressobj(_GZIP_BITS), 0
    while True:
        piece = decoder.decompress(data, _COPY_BYTES)
        size += len(piece)
        if size > room:
            raise ValueError("it is too large")
        plain.write(piece)
        if decoder.eof:
            return size, decoder.unused_data
        data = decoder.unconsumed_tail or packed.read(_COPY_BYTES)
        if not (piece or data):
            raise ValueError("it is cut")


def _zip(plain: IO[bytes], sizes: Sequence[int], zipped: IO[bytes]) -> None:
    with zipfile.ZipFile(zipped, "w") as archive:
        for number, size in enumerate(sizes, start=1):
            with archive.open(f"{number}.xml", "w") as file:
                shutil.copyfileobj(_Part(plain, size), file)


class _Part:
    """The next so many bytes of a file."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = _COPY_BYTES, /) -> bytes:
        """As a file's `read`."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data
