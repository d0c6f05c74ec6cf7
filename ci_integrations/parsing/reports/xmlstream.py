"""Test reports in XML: read strictly by expat, and where that fails once more by a forgiving tokenizer."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO, Protocol

from ci_integrations.domain import TestData
from ci_integrations.parsing import LimitReached, ReportError
from ci_integrations.parsing.reports.interface import Counts, Limits, Reading
from ci_integrations.parsing.xmldecoding import decoded
from ci_integrations.parsing.xmlstrict import Attributes, StrictXml
from ci_integrations.parsing.xmltokens import Tokenizer


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
        given, error = 0, None
        self._stream.seek(self._start)
        strict = StrictXml(self._stream, self._limits.max_bytes)
        handler = self._handler(strict.switch, self._limits)
        strict.listen(handler.start, handler.end)
        try:
            for _ in strict:
                tests = handler.take()
                given += len(tests)
                yield from tests
        except LimitReached as limit:
            self.reading.error, self.reading.truncated = str(limit), True
        except ReportError as fault:
            error = str(fault)
        tests = handler.take()
        yield from tests
        if error is not None:
            self.reading.error = error
            yield from islice(self._forgiving(), given + len(tests), None)
            return
        if self._start:
            self.reading.recovered = True
            self.reading.error = self.reading.error or f"{self._start} bytes before the document were left out"
        handler.close(self.reading)
        yield from handler.take()

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


def stated_or_none(counts: Counts) -> Counts | None:
    """Totals that say anything."""
    return counts if counts.tests else None
