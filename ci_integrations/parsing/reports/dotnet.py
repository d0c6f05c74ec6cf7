"""Reports of .NET: TRX, NUnit 2 and 3, xUnit 2 and 3.

TRX: https://learn.microsoft.com/visualstudio/test/vstest-console-options (schema vstst.xsd of Visual Studio);
NUnit: https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html and, for 2,
https://nunit.org/nunitv2/docs/2.6.4/files/Results.xsd; xUnit: https://xunit.net/docs/format-xml-v2
"""

import re
from typing import Any, BinaryIO, Final
from xml.parsers import expat

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.interface import Counts
from ci_integrations.parsing.reports.values import clock, result, seconds, under, whole_number
from ci_integrations.parsing.reports.xmlstream import CHUNK

_TRX: Final = {
    "passed": Outcome.PASSED,
    "passedbutrunaborted": Outcome.PASSED,
    "warning": Outcome.PASSED,
    "completed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.FAILED,
    "timeout": Outcome.FAILED,
    "aborted": Outcome.FAILED,
    "disconnected": Outcome.FAILED,
}
_NUNIT: Final = {
    "passed": Outcome.PASSED,
    "success": Outcome.PASSED,
    "warning": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "cancelled": Outcome.SKIPPED,
}
_XUNIT: Final = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "error": Outcome.ERROR}
# `at Space.Type.Method() in C:\src\File.cs:line 12`, and `:12` of Mono
_FRAME: Final = re.compile(r"^\s{0,20}at [^\n]{1,1000}? in ([^\n]{1,500}):(?:line )?(\d{1,7})\s{0,20}$", re.MULTILINE)
_CLASS: Final = re.compile(r"[\w.+`]++")


def frame_of(trace: str) -> tuple[str, int | None]:
    """The first frame of a .NET stack trace that names a file."""
    match = _FRAME.search(trace)
    return (match[1], int(match[2])) if match else ("", None)


def split_name(full: str) -> tuple[str, str]:
    """`Space.Class.Method(1.5)` as class and method; the dots of the arguments separate nothing."""
    match = _CLASS.match(full)
    plain = match[0] if match else ""
    owner = plain.rpartition(".")[0]
    return (owner, full[len(owner) + 1 :]) if owner and full[len(plain) :][:1] in ("", "(", "<") else ("", full)


def trx_dialect(stream: BinaryIO) -> Dialect:
    """TRX names the class of a test only after the results: it is looked up first."""
    classes = _trx_classes(stream)

    def convert(unit: Element, around: list[Element]) -> list[TestData]:
        inner = (one for nested in unit.all("InnerResults") for one in nested.children if one.tag in _TRX_UNITS)
        return [_trx_result(unit, classes), *(_trx_result(one, classes) for one in inner)]

    return Dialect(_TRX_UNITS, convert, problem=_trx_problem, problem_units=frozenset({"RunInfo"}))


_TRX_UNITS: Final = frozenset(
    {"UnitTestResult", "TestResult", "WebTestResult", "ManualTestResult", "GenericTestResult", "TestResultAggregation"}
)


def _trx_result(unit: Element, classes: dict[str, str]) -> TestData:
    name = unit.get("testName")
    owner = classes.get(unit.get("testId"), "")
    suite, short = (owner, under(name, owner)) if owner else split_name(name)
    message = unit.words_of("Output", "ErrorInfo", "Message")
    trace = unit.words_of("Output", "ErrorInfo", "StackTrace")
    file, line = frame_of(trace)
    outcome = _TRX.get(unit.get("outcome").lower(), Outcome.SKIPPED) if unit.get("outcome") else Outcome.PASSED
    return result(
        suite,
        short,
        outcome,
        duration=clock(unit.get("duration")),
        message=message,
        details="\n".join(filter(None, (message, trace))),
        file=file,
        line=line,
    )


def _trx_problem(unit: Element, around: list[Element]) -> str:
    return unit.words_of("Text") if unit.get("outcome").lower() in ("error", "failed", "aborted") else ""


def _trx_classes(stream: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    test = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal test
        tag = tag.rpartition(":")[2]
        if tag == "UnitTest":
            test = attributes.get("id", "")
        elif tag == "TestMethod" and test and len(found) < 1_000_000:
            found[test] = attributes.get("className", "").partition(",")[0]

    def refuse(*_: Any) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    stream.seek(0)
    try:
        data = stream.read(CHUNK)
        while data:
            parser.Parse(data, False)
            data = stream.read(CHUNK)
    except (expat.ExpatError, ValueError, LookupError):
        pass  # told by the reading itself
    stream.seek(0)
    return found


def _nunit3(unit: Element, around: list[Element]) -> list[TestData]:
    full, owner = unit.get("fullname", "name"), unit.get("classname")
    name = under(full, owner) if owner else split_name(full)[1]
    suite = owner if owner and full.startswith(owner) else split_name(full)[0] or owner
    said = unit.get("result") or ("Skipped" if unit.get("runstate") else "")
    return [_nunit(unit, suite, under(full, suite) if suite else name, said, "duration", "time")]


def _nunit2(unit: Element, around: list[Element]) -> list[TestData]:
    suite, name = split_name(unit.get("name"))
    said = unit.get("result")
    if not said:
        passed = unit.get("success").lower() != "false" and unit.find("failure") is None
        said = ("Success" if passed else "Failure") if unit.get("executed").lower() != "false" else "Skipped"
    return [_nunit(unit, suite, name, said, "time")]


def _nunit(unit: Element, suite: str, name: str, said: str, *durations: str) -> TestData:
    outcome = _NUNIT.get(said.lower(), Outcome.SKIPPED)
    if unit.get("label").lower() == "error" and outcome is Outcome.FAILED:
        outcome = Outcome.ERROR
    part = unit.find("failure") or unit.find("reason")
    message, trace = (part.words_of("message"), part.words_of("stack-trace")) if part else ("", "")
    file, line = frame_of(trace)
    return result(
        suite,
        name,
        outcome,
        duration=seconds(unit.get(*durations)),
        message=message,
        details="\n".join(filter(None, (message, trace))),
        file=file,
        line=line,
    )


def _nunit_stated(root: Element, depth: int) -> Counts | None:
    total = whole_number(root.get("total"))
    if total is None:
        return None
    number = {key: whole_number(root.get(key)) or 0 for key in ("failed", "failures", "errors", "skipped", "not-run")}
    return Counts(total, number["failed"] + number["failures"], number["errors"], number["skipped"] + number["not-run"])


NUNIT3: Final = Dialect(frozenset({"test-case"}), _nunit3, stated=_nunit_stated)
NUNIT2: Final = Dialect(frozenset({"test-case"}), _nunit2, stated=_nunit_stated)


def _xunit(unit: Element, around: list[Element]) -> list[TestData]:
    full, owner = unit.get("name"), unit.get("type")
    said = unit.get("result").lower()
    failure = unit.find("failure")
    outcome = _XUNIT.get(said, Outcome.SKIPPED if said else Outcome.FAILED if failure else Outcome.PASSED)
    message = failure.words_of("message") if failure else unit.words_of("reason")
    trace = failure.words_of("stack-trace") if failure else ""
    file, line = frame_of(trace)
    return [
        result(
            owner or split_name(full)[0],
            under(full, owner or split_name(full)[0]) or unit.get("method"),
            outcome,
            duration=clock(unit.get("time", "time-rtf")),
            message=message,
            details="\n".join(filter(None, (message, trace))),
            file=unit.get("source-file") or file,
            line=whole_number(unit.get("source-line")) or line,
        )
    ]


def _xunit_problem(unit: Element, around: list[Element]) -> str:
    return ": ".join(filter(None, (unit.get("type"), unit.get("name"), unit.words_of("failure", "message"))))


def _xunit_stated(root: Element, depth: int) -> Counts | None:
    number = {key: whole_number(root.get(key)) for key in ("total", "failed", "errors", "skipped")}
    if number["total"] is None:
        return None
    return Counts(number["total"], number["failed"] or 0, 0, number["skipped"] or 0)


XUNIT: Final = Dialect(
    frozenset({"test"}), _xunit, stated=_xunit_stated, problem=_xunit_problem, problem_units=frozenset({"error"})
)
