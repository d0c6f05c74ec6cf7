"""JUnit XML, streamed: memory does not grow with the file.

There is no standard, only habits: https://github.com/testmoapp/junitxml for the common form,
https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html for reruns. Counts in
attributes are often wrong, so only the elements count. A report comes from code nobody reviewed: a DTD is refused
before any entity is declared, and bytes, cases, depth, token and text lengths are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from ci_integrations.domain import TestData
from ci_integrations.parsing import ReportError
from ci_integrations.parsing.junit_document import Document

MAX_BYTES: Final = 100_000_000
MAX_CASES: Final = 1_000_000
_CHUNK: Final = 262_144

_ROOT: Final = re.compile(
    r"\ufeff?+(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*+(?:\[.*?\]\s*+)?>)*+<(?:[\w.-]++:)?testsuites?[\s/>]",
    re.DOTALL,
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_FORBIDDEN: Final = bytes(sorted(set(range(32)) - {9, 10, 13}))


@dataclass(frozen=True, slots=True)
class JUnitReport:
    """A whole report. `error` is "" or says what ended the reading early and where: `tests` holds what came before.
    `recovered` says that bytes which XML forbids were left out.
    """

    tests: list[TestData] = field(default_factory=list)
    error: str = ""
    recovered: bool = False


def looks_like_junit(head: bytes) -> bool:
    """Whether a file that begins with these bytes (the first 2,000 will do) is a JUnit report, by its root element."""
    encoding = "latin-1"
    if head.startswith(_UTF16):
        encoding = "utf-16" if head.startswith(_UTF16[:2]) else ("utf-16-le" if head.startswith(b"<") else "utf-16-be")
    text = head.removeprefix(b"\xef\xbb\xbf").decode(encoding, errors="ignore")
    return _ROOT.match(text) is not None


def parse_junit(stream: BinaryIO, *, max_bytes: int = MAX_BYTES, max_cases: int = MAX_CASES) -> JUnitReport:
    """Read a whole report into memory: `JUnitReader` gathered. Never raises for what is in the file."""
    reader = JUnitReader(stream, max_bytes=max_bytes, max_cases=max_cases)
    tests = list(reader)
    return JUnitReport(tests=tests, error=str(reader.error or ""), recovered=reader.recovered)


class JUnitReader:
    """Iterate once over the test results of a report, in file order, without holding the file or its results.

    A test that appears twice is given twice. One that passed when run again (`flakyFailure`) is passed, and its message
    and details tell the first failure. `details` longer than 20,000 characters keep both ends. A name longer than
    1,000 characters is cut and ends in a hash of the whole, so that it stays unique. Afterwards `error` is None or says
    why the reading ended early: malformed or hostile XML, another root element, a limit. Nothing is raised for it.
    """

    def __init__(self, stream: BinaryIO, *, max_bytes: int = MAX_BYTES, max_cases: int = MAX_CASES) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._max_cases = max_cases
        self.error: ReportError | None = None
        self.recovered = False

    def __iter__(self) -> Iterator[TestData]:
        document = Document(self._max_cases)
        try:
            for chunk in self._chunks():
                document.feed(chunk)
                yield from document.take()
            document.feed(b"", is_last=True)
        except ReportError as error:
            self.error = error
        yield from document.take()

    def _chunks(self) -> Iterator[bytes]:
        data = self._stream.read(_CHUNK).lstrip(b" \t\r\n")
        if not data:
            raise ReportError("the report is empty")
        is_wide = data.startswith(_UTF16)
        room = self._max_bytes
        while data:
            kept = data[:room]
            clean = kept if is_wide else kept.translate(None, _FORBIDDEN)
            self.recovered = self.recovered or len(clean) < len(kept)
            yield clean
            if len(data) > room:
                raise ReportError(f"longer than {self._max_bytes} bytes: the rest was not read")
            room -= len(data)
            data = self._stream.read(_CHUNK)
