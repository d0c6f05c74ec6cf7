"""Which format a coverage report has, by how it begins, and reading it. Its name is never looked at."""

import re
from dataclasses import replace
from typing import Any, BinaryIO, Final

from ci_integrations.parsing.coverage.dotnet import Coverlet, DotCover, VisualStudio
from ci_integrations.parsing.coverage.gcov import Gcov, Gcovr, GcovrSummary
from ci_integrations.parsing.coverage.istanbul import IstanbulFinal, IstanbulSummary
from ci_integrations.parsing.coverage.jacoco import JaCoCo
from ci_integrations.parsing.coverage.jsonformats import CoveragePy, SimpleCovJson, SimpleCovResultSet
from ci_integrations.parsing.coverage.jsonpush import JsonFormat, read_json, record
from ci_integrations.parsing.coverage.listed import Codecov, Covdir, Coveralls
from ci_integrations.parsing.coverage.llvmcov import LlvmCov
from ci_integrations.parsing.coverage.model import Coverage
from ci_integrations.parsing.coverage.phpunit import PHPUnit
from ci_integrations.parsing.coverage.scoverage import Scoverage
from ci_integrations.parsing.coverage.sonar import Sonar
from ci_integrations.parsing.coverage.tarpaulin import Tarpaulin
from ci_integrations.parsing.coverage.textformats import read_go_cover, read_lcov
from ci_integrations.parsing.coverage.xcode import XccovArchive, XccovReport
from ci_integrations.parsing.coverage.xmlformats import Clover, Cobertura, OpenCover
from ci_integrations.parsing.coverage.xmlpush import XmlFormat, read_xml
from ci_integrations.parsing.reports.sniff import Head, document_format, first_document, head_of, root_of

_MAX_JUNK: Final = 4_096
_CLOVER: Final = re.compile(r"<(?:test)?project[\s/>]|\sclover\s*+=|<coverage\s++generated\s*+=")
_SONAR: Final = re.compile(r"<coverage\s[^<>]{0,400}version\s*+=\s*+[\"']1[\"'][^<>]{0,400}>\s*+(?:<file\s|</coverage)")
_COBERTURA: Final = re.compile(r"\s(?:line|branch)-rate\s*+=|<(?:packages|sources)[\s/>]")
_JACOCO: Final = re.compile(r"//JACOCO//|<(?:sessioninfo|group|package|counter)\s")
_DOCUMENT: Final = re.compile(r"^(?:<\?xml\s|<(?:coverage|report|CoverageSession)[\s>])", re.MULTILINE)
_GO: Final = re.compile(
    r"mode: (?:set|count|atomic)\s*+$|.{1,4000}:\d{1,9}\.\d{1,9},\d{1,9}\.\d{1,9} \d{1,9} \d{1,20}$"
)
_LCOV: Final = re.compile(r"(?:TN|SF|VER):")
# By their root, and what stands below it.
_OTHERS: Final[dict[str, tuple[re.Pattern[str], type[XmlFormat]]]] = {
    "scoverage": (re.compile("<scoverage"), Scoverage),
    "results": (re.compile(r"\s(?:blocks|lines)_covered\s*+="), VisualStudio),
    "Root": (re.compile("TotalStatements="), DotCover),
    "phpunit": (re.compile(r"phpunit\.de/coverage/[^<>]{0,400}>\s*+<(?:build|project)[\s/>]"), PHPUnit),
    "CoverageSession": (re.compile("<CoverageSession"), OpenCover),
}
# By how surely they are told.
_JSON_FORMATS: Final[tuple[type[JsonFormat], ...]] = (
    CoveragePy,
    IstanbulSummary,
    IstanbulFinal,
    SimpleCovJson,
    SimpleCovResultSet,
    LlvmCov,
    Gcovr,
    GcovrSummary,
    Gcov,
    Coveralls,
    Tarpaulin,
    XccovReport,
    XccovArchive,
    Covdir,
    Codecov,
    Coverlet,
)


def read_coverage(stream: BinaryIO) -> Coverage | None:
    """What a seekable stream says, by what is in it; None where it is no coverage report that is known.

    Raises nothing for what is in it: what is wrong with a report stands in its `error`.
    """
    head = head_of(stream)
    text = head.text
    if text.lstrip().startswith("{"):
        return _read_json(stream, head)
    if (found := _xml_format(text)) is not None:
        return _read_xml(stream, found, has_junk=False)
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")[:5_000]
    if _GO.match(first):
        return read_go_cover(stream)
    if _LCOV.match(first) and re.search(r"^SF:", text, re.MULTILINE):
        return read_lcov(stream)
    if root_of(text) is None and (junk := _DOCUMENT.search(text, 0, _MAX_JUNK)):
        return _after_junk(stream, text[junk.start() :])
    return None


def _xml_format(text: str) -> type[XmlFormat] | None:
    root = root_of(text)
    if root is None:
        return None
    if found := _OTHERS.get(root[0]):
        return found[1] if found[0].search(text) else None
    if root[0] == "report" and _JACOCO.search(text):
        return JaCoCo
    if root[0] == "coverage":
        if _SONAR.search(text):
            return Sonar
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


def _read_json(stream: BinaryIO, head: Head) -> Coverage | None:
    found = document_format(stream, head, _matching)
    if found is None and Gcov.matches(record(first_document(head.text))):
        found = Gcov
    if found is None:
        return None
    coverage, error, truncated = read_json(stream, found(), many=found is Gcov)
    return replace(coverage, error=error, truncated=truncated)


def _matching(document: Any) -> type[JsonFormat] | None:
    if not isinstance(document, dict):
        return None
    return next((one for one in _JSON_FORMATS if one.matches(document)), None)
