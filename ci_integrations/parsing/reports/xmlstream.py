"""XML pushed through a handler: strictly by expat, and where that fails once more by a forgiving tokenizer.

A report comes from code nobody reviewed. Entities that the document declares are never expanded, and
nothing that it names elsewhere is fetched; bytes, tokens and names are bounded.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO, Final, Protocol
from xml.parsers import expat

from ci_integrations.domain import TestData
from ci_integrations.parsing import ReportError
from ci_integrations.parsing.reports.interface import Counts, LimitReached, Limits, Reading
from ci_integrations.parsing.reports.lenient import Tokenizer, decoded

CHUNK: Final = 65_536
# expat 2.5 reads a start tag or comment anew with each chunk (CVE-2023-52425), and keeps every name it ever saw.
MAX_TOKEN: Final = 2_097_152
MAX_XML_NAMES: Final = 100_000

Attributes = dict[str, str]


class TextSwitch(Protocol):
    """Where a handler says who takes the character data from now on; None lets it pass unread."""

    def __call__(self, take: Callable[[str], None] | None) -> None:
        """From now on."""


class Handler(Protocol):
    """One format's reading of elements. May raise ReportError."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None]

    def take(self) -> list[TestData]:
        """The results finished since the last call."""

    def close(self, reading: Reading) -> None:
        """The document has ended, as it should or not: finish what is open and can be told."""


HandlerFactory = Callable[[TextSwitch, Limits], Handler]


class XmlReader:
    """Reads one XML report, which begins at the byte `start`; see `ReportReader`."""

    def __init__(
        self, stream: BinaryIO, handler: HandlerFactory, reading: Reading, limits: Limits, start: int = 0
    ) -> None:
        self._stream = stream
        self._start = start
        self._handler = handler
        self._limits = limits
        self.reading = reading

    def __iter__(self) -> Iterator[TestData]:
        given = 0
        self._stream.seek(self._start)
        strict = _Strict(self._stream, self._handler, self._limits)
        try:
            for tests in strict:
                given += len(tests)
                yield from tests
        except LimitReached as error:
            self.reading.error, self.reading.truncated = str(error), True
        except ReportError as error:
            self.reading.error = str(error)
            yield from islice(self._forgiving(), given, None)
            return
        if self._start:
            self.reading.recovered = True
            self.reading.error = self.reading.error or f"{self._start} bytes before the document were left out"
        yield from strict.finish(self.reading)

    def _forgiving(self) -> Iterator[TestData]:
        self._stream.seek(self._start)
        self.reading.recovered = True
        handler_text: list[Callable[[str], None] | None] = [None]

        def switch(take: Callable[[str], None] | None) -> None:
            handler_text[0] = take

        def text(data: str) -> None:
            if (take := handler_text[0]) is not None:
                take(data)

        handler = self._handler(switch, self._limits)
        tokens = Tokenizer(handler.start, handler.end, text)
        try:
            for piece in decoded(self._stream, self._limits.max_bytes):
                tokens.feed(piece)
                yield from handler.take()
            tokens.close()
        except ReportError as error:
            self.reading.error = self.reading.error or str(error)
            self.reading.truncated = True
        if tokens.open_elements or tokens.is_cut:
            self.reading.truncated = True
        handler.close(self.reading)
        yield from handler.take()


class _Strict:
    def __init__(self, stream: BinaryIO, handler: HandlerFactory, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        self._document = document = handler(self._switch, limits)
        parser.StartElementHandler = document.start
        parser.EndElementHandler = document.end
        parser.EntityDeclHandler = self._refuse
        self._fed = 0

    def __iter__(self) -> Iterator[list[TestData]]:
        """Raises ReportError where the document is malformed, hostile or too large."""
        room = self._limits.max_bytes
        data = self._stream.read(CHUNK).lstrip(b" \t\r\n")
        if not data:
            raise ReportError("the report is empty")
        try:
            while data:
                self._feed(data[:room], is_last=False)
                yield self._document.take()
                if len(data) > room:
                    raise LimitReached(f"longer than {self._limits.max_bytes} bytes: the rest was not read")
                room -= len(data)
                data = self._stream.read(CHUNK)
            self._feed(b"", is_last=True)
        except ReportError:
            yield self._document.take()
            raise

    def finish(self, reading: Reading) -> list[TestData]:
        self._document.close(reading)
        return self._document.take()

    def _switch(self, take: Callable[[str], None] | None) -> None:
        self._parser.CharacterDataHandler = take

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
        if self._fed - parser.CurrentByteIndex > MAX_TOKEN:
            raise LimitReached(f"line {parser.CurrentLineNumber}: a tag or comment longer than {MAX_TOKEN} bytes")
        if len(parser.intern) > MAX_XML_NAMES:
            raise LimitReached(f"more than {MAX_XML_NAMES} different names of elements and attributes")

    def _refuse(self, name: str, is_parameter: int, value: str | None, *_: object) -> None:
        """One that stands elsewhere is never fetched: its references are empty."""
        if value is not None:
            raise ReportError(f"the document declares the entity {name[:80]}, which is not expanded")


def stated_or_none(counts: Counts) -> Counts | None:
    """Totals that say anything."""
    return counts if counts.tests else None
