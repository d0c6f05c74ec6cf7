"""JUnit XML by itself; `reports` reads it, and every other format."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from ci_integrations.domain import TestData
from ci_integrations.parsing.reports.interface import MAX_CASES, Limits, Reading
from ci_integrations.parsing.reports.junit import JUnit
from ci_integrations.parsing.reports.sniff import root_of, text_of
from ci_integrations.parsing.reports.xmlstream import XmlReader

MAX_BYTES: Final = 100_000_000
_ROOTS: Final = frozenset({"testsuites", "testsuite"})


@dataclass(frozen=True, slots=True)
class JUnitReport:
    """A whole report. `error` is "" or says what ended the reading early and where: `tests` holds what came before.
    `recovered` says that bytes were left out, or mended.
    """

    tests: list[TestData] = field(default_factory=list)
    error: str = ""
    recovered: bool = False


def looks_like_junit(head: bytes) -> bool:
    """Whether a file that begins with these bytes (the first 2,000 will do) is a JUnit report, by its root element."""
    root = root_of(text_of(head))
    return root is not None and root[0] in _ROOTS


def parse_junit(stream: BinaryIO, *, max_bytes: int = MAX_BYTES, max_cases: int = MAX_CASES) -> JUnitReport:
    """Read a whole report into memory. Never raises for what is in the file."""
    reader = JUnitReader(stream, max_bytes=max_bytes, max_cases=max_cases)
    tests = list(reader)
    return JUnitReport(tests=tests, error=reader.error, recovered=reader.reading.recovered)


class JUnitReader:
    """Iterate once over the test results of a report, in file order; see `reports.ReportReader`."""

    def __init__(self, stream: BinaryIO, *, max_bytes: int = MAX_BYTES, max_cases: int = MAX_CASES) -> None:
        self.reading = Reading("junit")
        self._is_empty = True
        self._reader = XmlReader(stream, JUnit, self.reading, Limits(max_bytes, max_cases))

    def __iter__(self) -> Iterator[TestData]:
        for test in self._reader:
            self._is_empty = False
            yield test

    @property
    def error(self) -> str:
        """Why not all of the report was read; "" where it was, though it may have been mended."""
        mended = self.reading.recovered and not self.reading.truncated and not self._is_empty
        return "" if mended else self.reading.error
