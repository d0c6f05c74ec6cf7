"""JSON documents: strictly, and where one breaks off or breaks the rules, what can be closed of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from ci_integrations.domain import TestData
from ci_integrations.parsing.reports.interface import Limits, Reading, ReportReader
from ci_integrations.parsing.reports.javascript import FORMATS as JAVASCRIPT
from ci_integrations.parsing.reports.jsonformats import FORMATS as DOCUMENTS
from ci_integrations.parsing.reports.jsonvalues import Format
from ci_integrations.parsing.reports.sniff import Head

# A document is held as a whole, several times its size.
MAX_DOCUMENT: Final = 64_000_000
_BEGINNING: Final = re.compile(r"\s*+(?:\{\s*+[\"}]|\[\s*+[{\]\[\"])")
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_CLOSERS: Final = {"{": "}", "[": "]"}


def open_json(stream: BinaryIO, head: Head, limits: Limits) -> ReportReader | None:
    """A reader where the file is a JSON document of a known kind."""
    if _BEGINNING.match(head.text) is None:
        return None
    limit = min(limits.max_bytes, MAX_DOCUMENT)
    stream.seek(0)
    data = stream.read(limit + 1)
    text = data[:limit].decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="replace")
    document, error = loaded(text)
    if document is None:
        return None
    found = next((one for one in (*JAVASCRIPT, *DOCUMENTS) if one.matches(document)), None)
    if found is None:
        return None
    reading = Reading(found.name, error=error, recovered=bool(error), truncated=bool(error) or len(data) > limit)
    return JsonReader(document, found, reading, limits)


@dataclass(slots=True)
class JsonReader:
    """Reads one document; see `ReportReader`."""

    document: Any
    format: Format
    reading: Reading
    limits: Limits

    def __iter__(self) -> Iterator[TestData]:
        for number, test in enumerate(self.format.read(self.document, self.reading)):
            if number >= self.limits.max_cases:
                self.reading.truncated = True
                self.reading.error = f"more than {self.limits.max_cases} test cases: the rest was not read"
                return
            yield test


def loaded(text: str) -> tuple[Any, str]:
    """The document, and what was wrong with it; None where nothing can be read."""
    try:
        return _decoder(text), ""
    except RecursionError:
        return None, "nested too deeply"
    except ValueError as error:
        why = f"not well-formed JSON: {str(error)[:200]}"
    try:
        value, _ = json.JSONDecoder(parse_constant=_no_number).raw_decode(text.lstrip())
        if isinstance(value, dict | list):
            return value, why
    except (ValueError, RecursionError):
        pass
    try:
        return _decoder(_closed(text)), why
    except (ValueError, RecursionError):
        return None, why


def _no_number(name: str) -> None:
    """NaN and the infinities, which JSON does not know."""


def _decoder(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _closed(text: str) -> str:
    """The document up to its last complete object or list, with what is open around it closed."""
    stack: list[str] = []
    end, around = 0, ""
    for match in _STRUCTURE.finditer(text):
        sign = match[0]
        if sign in _CLOSERS:
            stack.append(_CLOSERS[sign])
            if len(stack) > 900:
                break
        elif stack and sign == stack[-1]:
            stack.pop()
            end, around = match.end(), "".join(reversed(stack))
        elif sign in "]}":
            break
    return text[:end] + around
