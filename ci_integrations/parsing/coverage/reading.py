"""Which format a coverage report has, by how it begins, and reading it. Its name is never looked at."""

import json
import re
from dataclasses import replace
from typing import BinaryIO, Final

from ci_integrations.parsing import ReportError
from ci_integrations.parsing.coverage.jacoco import JaCoCo
from ci_integrations.parsing.coverage.jsonformats import coverage_of
from ci_integrations.parsing.coverage.model import Coverage
from ci_integrations.parsing.coverage.textformats import read_go_cover, read_lcov
from ci_integrations.parsing.coverage.xmlformats import Clover, Cobertura, OpenCover
from ci_integrations.parsing.coverage.xmlpush import XmlFormat, read_xml
from ci_integrations.parsing.reports.sniff import head_of, root_of

MAX_JSON: Final = 100_000_000
_MAX_JUNK: Final = 4_096
_CLOVER: Final = re.compile(r"<(?:test)?project[\s/>]|\sclover\s*+=|<coverage\s++generated\s*+=")
_COBERTURA: Final = re.compile(r"\s(?:line|branch)-rate\s*+=|<(?:packages|sources)[\s/>]")
_JACOCO: Final = re.compile(r"//JACOCO//|<(?:sessioninfo|group|package|counter)\s")
_DOCUMENT: Final = re.compile(r"^(?:<\?xml\s|<(?:coverage|report|CoverageSession)[\s>])", re.MULTILINE)
_GO: Final = re.compile(
    r"mode: (?:set|count|atomic)\s*+$|.{1,4000}:\d{1,9}\.\d{1,9},\d{1,9}\.\d{1,9} \d{1,9} \d{1,20}$"
)
_LCOV: Final = re.compile(r"(?:TN|SF|VER):")
_JSON_MARKS: Final = (
    ('"statementMap"', "istanbul-final"),
    ('"executed_lines"', "coverage.py"),
    ('"num_statements"', "coverage.py"),
    ('"simplecov_version"', "simplecov"),
    ('"pct"', "istanbul-summary"),
    ('"coverage"', "simplecov-resultset"),
)


def read_coverage(stream: BinaryIO) -> Coverage | None:
    """What a seekable stream says, by what is in it; None where it is no coverage report that is known.

    Raises nothing for what is in it: what is wrong with a report stands in its `error`.
    """
    text = head_of(stream).text
    if text.lstrip().startswith("{"):
        return _read_json(stream, text)
    if (found := _xml_format(text)) is not None:
        return _read_xml(stream, found, has_junk=False)
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")[:5_000]
    if _GO.match(first):
        return _read_text(stream, is_go=True)
    if _LCOV.match(first) and re.search(r"^SF:", text, re.MULTILINE):
        return _read_text(stream, is_go=False)
    if root_of(text) is None and (junk := _DOCUMENT.search(text, 0, _MAX_JUNK)):
        return _after_junk(stream, text[junk.start() :])
    return None


def _xml_format(text: str) -> type[XmlFormat] | None:
    root = root_of(text)
    if root is None:
        return None
    if root[0] == "CoverageSession":
        return OpenCover
    if root[0] == "report" and _JACOCO.search(text):
        return JaCoCo
    if root[0] == "coverage":
        if _COBERTURA.search(text):
            return Cobertura
        return Clover if _CLOVER.search(text) else None
    return None


def _read_xml(stream: BinaryIO, begin: type[XmlFormat], *, has_junk: bool) -> Coverage:
    coverage, error, recovered, truncated = read_xml(stream, begin, has_junk=has_junk)
    return replace(coverage, error=error, recovered=recovered, truncated=truncated)


def _after_junk(stream: BinaryIO, text: str) -> Coverage | None:
    """A document after a few lines of console output, if there is anything in it."""
    found = _xml_format(text)
    coverage = _read_xml(stream, found, has_junk=True) if found else None
    return coverage if coverage and coverage.files else None


def _read_text(stream: BinaryIO, *, is_go: bool) -> Coverage:
    try:
        return read_go_cover(stream) if is_go else read_lcov(stream)
    except ReportError as error:
        return Coverage("gocover" if is_go else "lcov", error=str(error), truncated=True)


def _read_json(stream: BinaryIO, text: str) -> Coverage | None:
    name = next((name for mark, name in _JSON_MARKS if mark in text), "")
    if not name:
        return None
    data = stream.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        return Coverage(name, error=f"longer than {MAX_JSON} bytes: it was not read", truncated=True)
    try:
        document = json.loads(data)
    except RecursionError:
        return _bad_json(name, "nested too deeply")
    except ValueError as error:  # not JSON, not UTF-8, or a number of thousands of digits
        return _bad_json(name, str(error)[:200])
    try:
        return coverage_of(document)
    except ReportError as error:
        return Coverage(name, error=str(error), truncated=True)


def _bad_json(name: str, reason: str) -> Coverage | None:
    """`coverage` and `pct` are words of other documents too."""
    if name in ("simplecov-resultset", "istanbul-summary"):
        return None
    return Coverage(name, error=f"not well-formed JSON: {reason}", truncated=True)
