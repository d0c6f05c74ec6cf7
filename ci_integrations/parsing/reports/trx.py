"""TRX of Visual Studio: https://learn.microsoft.com/visualstudio/test/vstest-console-options (schema vstst.xsd)"""

from typing import BinaryIO, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing import ReportError
from ci_integrations.parsing.reports.dotnet import frame_of, split_name
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.interface import MAX_BYTES, MAX_CASES
from ci_integrations.parsing.reports.values import MAX_SUITE, clock, result, under
from ci_integrations.parsing.xmlstrict import Attributes, StrictXml

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


def _trx_result(unit: Element, classes: dict[int, str]) -> TestData:
    name = unit.get("testName")
    owner = classes.get(hash(unit.get("testId")), "")
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


def _trx_classes(stream: BinaryIO) -> dict[int, str]:
    """By the hash of a test's id, as there are many: each name of a class is held once."""
    found: dict[int, str] = {}
    names: dict[str, str] = {}
    test = ""

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal test
        tag = tag.rpartition(":")[2]
        if tag == "UnitTest":
            test = attributes.get("id", "")
        elif tag == "TestMethod" and test and len(found) < MAX_CASES:
            name = attributes.get("className", "").partition(",")[0][:MAX_SUITE]
            found[hash(test)] = names.setdefault(name, name)

    def end(_: str) -> None:
        """Nothing depends on it."""

    stream.seek(0)
    strict = StrictXml(stream, MAX_BYTES)
    strict.listen(start, end)
    try:
        for _ in strict:
            pass
    except ReportError:
        pass  # told by the reading itself
    stream.seek(0)
    return found
