"""Reports that are lines: read one at a time, each bounded."""

from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from ci_integrations.domain import TestData
from ci_integrations.parsing.reports.interface import Limits, Reading

MAX_LINE: Final = 4_000_000
_WIDE: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class LineHandler(Protocol):
    """One format's reading of lines."""

    def line(self, text: str) -> list[TestData]:
        """The results that are finished with this line, which comes without its end."""

    def close(self, reading: Reading) -> list[TestData]:
        """The file has ended: the rest of the results."""


class LineReader:
    """Reads one report of lines; see `ReportReader`."""

    def __init__(self, stream: BinaryIO, handler: LineHandler, reading: Reading, limits: Limits) -> None:
        self._stream = stream
        self._handler = handler
        self._limits = limits
        self.reading = reading

    def __iter__(self) -> Iterator[TestData]:
        count = 0
        for text in self._lines():
            tests = self._handler.line(text)
            count += len(tests)
            yield from tests
            if count > self._limits.max_cases:
                self._cut(f"more than {self._limits.max_cases} test cases: the rest was not read")
                break
        yield from self._handler.close(self.reading)

    def _lines(self) -> Iterator[str]:
        self._stream.seek(0)
        encoding = _WIDE.get(self._stream.read(2), "utf-8")
        self._stream.seek(0)
        if encoding != "utf-8":
            yield from self._stream.read(MAX_LINE).decode(encoding, errors="replace").splitlines()
            return
        room = self._limits.max_bytes
        while data := self._stream.readline(MAX_LINE):
            room -= len(data)
            if room < 0:
                self._cut(f"longer than {self._limits.max_bytes} bytes: the rest was not read")
                return
            yield data.decode("utf-8", errors="replace").rstrip("\r\n")

    def _cut(self, why: str) -> None:
        self.reading.truncated, self.reading.error = True, why
