"""The push parser under `junit`: chunks of XML in, finished test cases out."""

import hashlib
import math
import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing import ReportError
from ci_integrations.parsing.failures import message_of, place_of

MAX_MESSAGE: Final = 2_000
MAX_DETAILS: Final = 20_000
MAX_NAME: Final = 1_000
MAX_SUITE: Final = 500
MAX_FILE: Final = 500
MAX_DEPTH: Final = 1_000
# expat 2.5 reads a start tag or comment anew with each chunk (CVE-2023-52425), and keeps every name it ever saw.
MAX_TOKEN: Final = 2_097_152
MAX_XML_NAMES: Final = 100_000

_ROOTS: Final = frozenset({"testsuites", "testsuite"})
_RESULTS: Final = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}
# Failed first, then passed when run again.
_PASSED_LATER: Final = frozenset({"flakyFailure", "flakyError"})
_NOT_RUN: Final = frozenset({"notrun", "disabled"})  # https://google.github.io/googletest/advanced.html
_OUTPUT: Final = frozenset({"system-out", "system-err"})
_RANK: Final = {Outcome.PASSED: 0, Outcome.SKIPPED: 1, Outcome.FAILED: 2, Outcome.ERROR: 3}

_TAIL: Final = 4_000
_CUT: Final = "\n[...]\n"
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})++(?:\.\d*+)?")


class _Text:
    """Character data with both ends kept: the head of the report's words, and the tail that pytest's location is in."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._room = MAX_DETAILS - _TAIL
        self._tail = ""
        self._dropped = False

    def add(self, data: str) -> None:
        head, rest = data[: self._room], data[self._room :]
        self._head.append(head)
        self._room -= len(head)
        tail = self._tail + rest
        self._tail = tail[-_TAIL:]
        self._dropped = self._dropped or len(tail) > _TAIL

    def __str__(self) -> str:
        return "".join(self._head) + (_CUT if self._dropped else "") + self._tail


@dataclass(slots=True)
class _Case:
    """The test case whose element is open."""

    depth: int
    suite: str
    name: str
    file: str
    line: int | None
    duration: float | None
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    details: str = ""

    def finish(self) -> TestData:
        place = place_of(self.details) if self.outcome.is_failed else None
        file, line = place or (self.file, self.line)
        return TestData(
            suite=self.suite,
            name=self.name,
            outcome=self.outcome,
            duration=self.duration,
            message=self.message or message_of(self.details)[:MAX_MESSAGE],
            details=self.details,
            file=file[:MAX_FILE],
            line=line,
        )


@dataclass(slots=True)
class _Result:
    """The failure, error or skipped element that is open inside a case."""

    depth: int
    outcome: Outcome
    message: str
    text: _Text


class Document:
    """One document, fed in chunks. At most `max_cases` cases come out, the next one is a fault."""

    def __init__(self, max_cases: int) -> None:
        self._max_cases = max_cases
        self._cases = 0
        self._fed = 0
        self._depth = 0
        self._suites: list[tuple[str, str]] = []
        self._case: _Case | None = None
        self._result: _Result | None = None
        self._done: list[TestData] = []
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        """Parse a chunk. Raises ReportError, with the line, where the document is malformed, hostile or too large."""
        self._fed += len(data)
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as error:
            text = expat.ErrorString(error.code)
            raise ReportError(f"line {error.lineno}: not well-formed XML: {text}") from None
        except (LookupError, ValueError):  # from the decoder of a declared encoding
            raise ReportError("line 1: the declared encoding is not supported: write the report as UTF-8") from None
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise self._fault(f"a tag or comment longer than {MAX_TOKEN} bytes")
        if len(self._parser.intern) > MAX_XML_NAMES:
            raise self._fault(f"more than {MAX_XML_NAMES} different names of elements and attributes")

    def take(self) -> list[TestData]:
        """The cases finished since the last call."""
        done, self._done = self._done, []
        return done

    def _fault(self, text: str) -> ReportError:
        return ReportError(f"line {self._parser.CurrentLineNumber}: {text}")

    def _refuse_doctype(self, *_: object) -> None:
        raise self._fault("a DOCTYPE, which a test report does not need, is refused")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        tag = tag.rpartition(":")[2]
        if self._depth == 1 and tag not in _ROOTS:
            raise self._fault(f"the root element is <{tag[:80]}>, not <testsuites> or <testsuite>")
        if self._depth > MAX_DEPTH:
            raise self._fault(f"elements nested deeper than {MAX_DEPTH}")
        if self._case is not None:
            self._start_in_case(self._case, tag, attributes)
        elif tag == "testcase":
            self._case = self._open_case(attributes)
        elif tag == "testsuite":
            file = attributes.get("file") or attributes.get("filepath", "")
            self._suites.append((attributes.get("name", ""), file))

    def _open_case(self, attributes: dict[str, str]) -> _Case:
        self._cases += 1
        if self._cases > self._max_cases:
            raise self._fault(f"more than {self._max_cases} test cases: the rest was not read")
        suite, file = self._suites[-1] if self._suites else ("", "")
        line = _whole_number(attributes.get("line", ""))
        if line is not None and suite == "pytest":
            line += 1  # pytest counts from 0: https://docs.pytest.org/en/stable/reference/reference.html (location)
        return _Case(
            depth=self._depth,
            suite=_shortened(attributes.get("classname") or suite, MAX_SUITE),
            name=_shortened(attributes.get("name", ""), MAX_NAME),
            file=attributes.get("file") or file,
            line=line,
            duration=_seconds(attributes.get("time", "")),
            outcome=Outcome.SKIPPED if attributes.get("status") in _NOT_RUN else Outcome.PASSED,
        )

    def _start_in_case(self, case: _Case, tag: str, attributes: dict[str, str]) -> None:
        if self._result is not None:
            if tag in _OUTPUT:  # Surefire puts a rerun's output inside the rerun
                self._parser.CharacterDataHandler = None
            return
        outcome = Outcome.PASSED if tag in _PASSED_LATER else _RESULTS.get(tag)
        if outcome is None or self._depth != case.depth + 1:
            return
        self._result = _Result(self._depth, outcome, attributes.get("message", "")[:MAX_MESSAGE], _Text())
        self._parser.CharacterDataHandler = self._result.text.add

    def _end(self, tag: str) -> None:
        if self._result is not None:
            self._end_in_result(self._result)
        elif self._case is not None:
            if self._depth == self._case.depth:
                self._done.append(self._case.finish())
                self._case = None
        elif tag.rpartition(":")[2] == "testsuite":
            self._suites.pop()
        self._depth -= 1

    def _end_in_result(self, result: _Result) -> None:
        if self._depth > result.depth:
            self._parser.CharacterDataHandler = result.text.add
            return
        self._parser.CharacterDataHandler = None
        self._result = None
        case = self._case
        if case is not None and (_RANK[result.outcome], not case.message + case.details) > (_RANK[case.outcome], False):
            case.outcome, case.message, case.details = result.outcome, result.message, str(result.text)


def _shortened(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:16]
    return f"{name[: limit - 17]}~{digest}"


def _seconds(text: str) -> float | None:
    """`1,234.5` as some write it, `0,016` as others do; what is not a finite number of seconds from 0 up is None."""
    text = text.strip()[:40]
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None
