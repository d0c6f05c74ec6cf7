"""Which reader a file gets, by what is in it."""

import re
from typing import BinaryIO, Final

from ci_integrations.parsing.reports import cppunit, cunit, dotnet, native, testdox, xmlformats
from ci_integrations.parsing.reports.elements import Dialect, Elements, handler
from ci_integrations.parsing.reports.interface import Limits, Reading, ReportReader
from ci_integrations.parsing.reports.jsonfile import open_json
from ci_integrations.parsing.reports.junit import JUnit
from ci_integrations.parsing.reports.plain import open_events, open_text
from ci_integrations.parsing.reports.sniff import Head, head_of, root_of
from ci_integrations.parsing.reports.trx import trx_dialect
from ci_integrations.parsing.reports.xmlstream import HandlerFactory, XmlReader

_DIALECTS: Final[dict[str, tuple[str, Dialect]]] = {
    "test-results": ("nunit2", dotnet.NUNIT2),
    "test-run": ("nunit3", dotnet.NUNIT3),
    "assemblies": ("xunit2", dotnet.XUNIT),
    "assembly": ("xunit2", dotnet.XUNIT),
    "TestLog": ("boost", native.BOOST),
    "Catch": ("catch2", native.CATCH),
    "Catch2TestRun": ("catch2", native.CATCH),
    "doctest": ("doctest", native.DOCTEST),
    "testng-results": ("testng", xmlformats.TESTNG),
    "robot": ("robot", xmlformats.ROBOT),
    "testExecutions": ("sonar", xmlformats.SONAR),
}
# What some tools print before the document. A log that shows a report somewhere does not end with one.
_LATE_ROOT: Final = re.compile(
    rb"^(?:<\?xml[^>]{0,200}\?>\s{0,100})?<(?:testsuites?|TestRun|test-results|test-run|assemblies|TestLog)[\s>]",
    re.MULTILINE,
)
_MAX_JUNK: Final = 16_384


def open_report(stream: BinaryIO, limits: Limits | None = None) -> ReportReader | None:
    """A reader for a seekable stream, by what is in it; None where it is no test report that is known."""
    limits = limits or Limits()
    head = head_of(stream)
    beginning = head.text.lstrip()[:1]
    if beginning == "<":
        return _open_xml(stream, head, limits)
    if not beginning or "\0" in head.text[:64]:
        return None
    if beginning in ("{", "["):
        return open_events(stream, head, limits) or open_json(stream, head, limits)
    return _open_late_xml(stream, head, limits) or open_events(stream, head, limits) or open_text(stream, head, limits)


def _open_xml(stream: BinaryIO, head: Head, limits: Limits, start: int = 0) -> ReportReader | None:
    root = root_of(head.text)
    found = _xml_format(stream, root[0], head.text) if root else None
    if found is None:
        return None
    name, factory = found
    return XmlReader(stream, factory, Reading(name), limits, start)


def _xml_format(stream: BinaryIO, root: str, text: str) -> tuple[str, HandlerFactory] | None:
    if root in ("testsuites", "testsuite"):
        return "junit", JUnit
    if root == "TestRun" and ("TeamTest" in text or "<UnitTestResult" in text or "<TestDefinitions" in text):
        return "trx", handler(trx_dialect(stream))
    if root == "TestRun" and any(sign in text for sign in cppunit.SIGNS):
        return "cppunit", handler(cppunit.DIALECT)
    if root == "CUNIT_TEST_RUN_REPORT":
        return "cunit", lambda switch, limits: Elements(cunit.dialect(), switch, limits)
    if root == "tests" and "prettifiedMethodName=" in text:
        return "testdox", handler(testdox.DIALECT)
    if root == "test-suite":  # a part of a report
        is_second = "fullname=" not in text
        return ("nunit2", handler(dotnet.NUNIT2)) if is_second else ("nunit3", handler(dotnet.NUNIT3))
    if root == "Site" and "<Testing" in text:
        return "ctest", handler(native.CTEST)
    if root == "TestCase" and ("<QtVersion" in text or "<Environment" in text):
        return "qtest", handler(native.QT)
    name, dialect = _DIALECTS.get(root, ("", None))
    return (name, handler(dialect)) if dialect else None


def _open_late_xml(stream: BinaryIO, head: Head, limits: Limits) -> ReportReader | None:
    stream.seek(0)
    match = _LATE_ROOT.search(stream.read(_MAX_JUNK))
    end = stream.seek(0, 2)
    stream.seek(max(0, end - 200))
    is_document = stream.read().rstrip().endswith(b">")
    stream.seek(0)
    if match is None or not is_document:
        return None
    text = head.text.encode()[match.start() :].decode(errors="ignore")
    return _open_xml(stream, Head(text, head.is_whole), limits, match.start())
