"""JSON documents: which reader one gets, by how it begins, and the reading."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from ci_integrations.domain import TestData
from ci_integrations.parsing.jsonstream import JsonStream, Part
from ci_integrations.parsing.jsontext import BrokenJson
from ci_integrations.parsing.reports import (
    browsers,
    ginkgo,
    googletest,
    javascript,
    jsonformats,
    newman,
    pytestjson,
    servers,
    xcode,
)
from ci_integrations.parsing.reports.interface import Limits, Reading, ReportReader
from ci_integrations.parsing.reports.jsonvalues import Format
from ci_integrations.parsing.reports.sniff import Head, document_format

_BEGINNING: Final = re.compile(r"\s*+(?:\{\s*+[\"}]|\[\s*+[{\]\[\"])")
_FORMATS: Final = (
    *javascript.FORMATS,
    *browsers.FORMATS,
    *jsonformats.FORMATS,
    pytestjson.FORMAT,
    ginkgo.FORMAT,
    googletest.FORMAT,
    newman.FORMAT,
    xcode.FORMAT,
    *servers.FORMATS,
)


def open_json(stream: BinaryIO, head: Head, limits: Limits) -> ReportReader | None:
    """A reader where the file is a JSON document of a known kind."""
    if _BEGINNING.match(head.text) is None:
        return None
    found = document_format(stream, head, _matching)
    return JsonReader(stream, found, Reading(found.name), limits) if found else None


def _matching(document: Any) -> Format | None:
    return next((one for one in _FORMATS if one.matches(document)), None)


@dataclass(slots=True)
class JsonReader:
    """Reads one document; see `ReportReader`."""

    stream: BinaryIO
    format: Format
    reading: Reading
    limits: Limits

    def __iter__(self) -> Iterator[TestData]:
        for number, test in enumerate(self.format.read(self._parts(), self.reading)):
            if number >= self.limits.max_cases:
                self.reading.truncated = True
                self.reading.error = f"more than {self.limits.max_cases} test cases: the rest was not read"
                return
            yield test

    def _parts(self) -> Iterator[Part]:
        """Where the document breaks, a format's reading ends as at its end."""
        document = JsonStream(self.stream, self.format.step, max_bytes=self.limits.max_bytes)
        reading = self.reading
        try:
            yield from document
        except BrokenJson as error:
            reading.error, reading.recovered, reading.truncated = str(error), True, True
        if document.skipped:
            reading.error, reading.truncated = reading.error or document.skipped, True
