"""XML pushed through handlers by expat, which reads no more of it than is safe.

A report comes from code nobody reviewed. Entities that the document declares are never expanded, and nothing that it
names elsewhere is fetched; bytes, tokens and names are bounded.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from ci_integrations.parsing import LimitReached, ReportError

_CHUNK: Final = 65_536
# expat 2.5 reads a start tag or comment anew with each chunk (CVE-2023-52425), and keeps every name it ever saw.
_MAX_TOKEN: Final = 2_097_152
_MAX_NAMES: Final = 100_000

Attributes = dict[str, str]


class StrictXml:
    """One document, from where the stream is: set `start` and `end`, then iterate; after each piece that was read there
    is a step. Raises LimitReached where no more is read, ReportError where the document is malformed or hostile.
    """

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._fed = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = _CHUNK
        parser.EntityDeclHandler = _refuse

    def listen(self, start: Callable[[str, Attributes], None], end: Callable[[str], None]) -> None:
        """Who is told of elements; may raise ReportError."""
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    def switch(self, take: Callable[[str], None] | None) -> None:
        """Who takes the character data from now on; None lets it pass unread."""
        self._parser.CharacterDataHandler = take

    def __iter__(self) -> Iterator[None]:
        room = self._max_bytes
        data = self._stream.read(_CHUNK).lstrip(b" \t\r\n")
        if not data:
            raise ReportError("the report is empty")
        while data:
            self._feed(data[:room], is_last=False)
            yield
            if len(data) > room:
                raise LimitReached(f"longer than {self._max_bytes} bytes: the rest was not read")
            room -= len(data)
            data = self._stream.read(_CHUNK)
        self._feed(b"", is_last=True)

    def _feed(self, data: bytes, *, is_last: bool) -> None:
        self._fed += len(data)
        parser = self._parser
        try:
            parser.Parse(data, is_last)
        except expat.ExpatError as error:
            text = expat.ErrorString(error.code)
            raise ReportError(f"line {error.lineno}: not well-formed XML: {text}") from None
        except (LookupError, ValueError):  # from the decoder of a declared encoding
            raise ReportError("line 1: the declared encoding is not supported: write the report as UTF-8") from None
        except ReportError as error:
            raise type(error)(f"line {parser.CurrentLineNumber}: {error}") from None
        if self._fed - parser.CurrentByteIndex > _MAX_TOKEN:
            raise LimitReached(f"line {parser.CurrentLineNumber}: a tag or comment longer than {_MAX_TOKEN} bytes")
        if len(parser.intern) > _MAX_NAMES:
            raise LimitReached(f"more than {_MAX_NAMES} different names of elements and attributes")


def _refuse(name: str, is_parameter: int, value: str | None, *_: object) -> None:
    """One that stands elsewhere is never fetched: its references are empty."""
    if value is not None:
        raise ReportError(f"the document declares the entity {name[:80]}, which is not expanded")
