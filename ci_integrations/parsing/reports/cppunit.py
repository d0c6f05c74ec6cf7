"""XML of CppUnit, CUnit, and PHPUnit's testdox.

CppUnit: https://cgit.freedesktop.org/libreoffice/cppunit/tree/src/cppunit/XmlOutputter.cpp; CUnit:
https://cunit.sourceforge.net/doc/running_tests.html#automated; testdox:
https://github.com/sebastianbergmann/phpunit/blob/9.6/src/Util/TestDox/XmlResultPrinter.php
"""

from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.values import result, seconds, whole_number

# Others have the same elements, without numbers.
CPPUNIT_SIGNS: Final = ('<FailedTest id="', '<Test id="')


def _cppunit(unit: Element, around: list[Element]) -> list[TestData]:
    outcome = Outcome.PASSED
    if unit.tag == "FailedTest":
        outcome = Outcome.FAILED if unit.words_of("FailureType") in ("", "Assertion") else Outcome.ERROR
    suite, _, short = unit.words_of("Name").rpartition("::")
    message = unit.words_of("Message") or unit.text
    return [
        result(
            suite,
            short,
            outcome,
            message=message.partition("\n")[0],
            details=message if outcome.is_failed else "",
            file=unit.words_of("Location", "File"),
            line=whole_number(unit.words_of("Location", "Line")),
        )
    ]


CPPUNIT: Final = Dialect(frozenset({"Test", "FailedTest"}), _cppunit)

_CUNIT_NAMES: Final = frozenset({"SUITE_NAME", "GROUP_NAME"})
_CUNIT_PASSED: Final = "CUNIT_RUN_TEST_SUCCESS"
_CUNIT_FAILED: Final = "CUNIT_RUN_TEST_FAILURE"


def cunit_dialect() -> Dialect:
    """CUnit names the suite before its tests, and has a record of each failure: those of a test are one result."""
    suite, last_failed = "", ""

    def convert(unit: Element, around: list[Element]) -> list[TestData]:
        nonlocal suite, last_failed
        if unit.tag in _CUNIT_NAMES:
            suite, last_failed = unit.text, ""
            return []
        name = unit.words_of("TEST_NAME") or unit.text
        is_failed = unit.tag == _CUNIT_FAILED
        if is_failed and name == last_failed:
            return []
        last_failed = name if is_failed else ""
        return [
            result(
                suite,
                name,
                Outcome.FAILED if is_failed else Outcome.PASSED,
                message=unit.words_of("CONDITION"),
                file=unit.words_of("FILE_NAME"),
                line=whole_number(unit.words_of("LINE_NUMBER")),
            )
        ]

    return Dialect(
        frozenset({_CUNIT_PASSED, _CUNIT_FAILED, *_CUNIT_NAMES}),
        convert,
        problem=_cunit_problem,
        problem_units=frozenset({"CUNIT_RUN_SUITE_FAILURE", "CUNIT_RUN_GROUP_FAILURE"}),
    )


def _cunit_problem(unit: Element, around: list[Element]) -> str:
    name = unit.words_of("SUITE_NAME") or unit.words_of("GROUP_NAME")
    return f"{name}: {unit.words_of('FAILURE_REASON')}"


# The numbers are those of PHPUnit's BaseTestRunner.
_TESTDOX: Final = {
    "0": Outcome.PASSED,
    "3": Outcome.FAILED,
    "4": Outcome.ERROR,
    "5": Outcome.PASSED,
    "6": Outcome.PASSED,
}


def _testdox(unit: Element, around: list[Element]) -> list[TestData]:
    message = unit.get("exceptionMessage")
    return [
        result(
            unit.get("className"),
            unit.get("methodName"),
            _TESTDOX.get(unit.get("status"), Outcome.SKIPPED),
            duration=seconds(unit.get("time")),
            message=message.partition("\n")[0],
            details=message,
            line=whole_number(unit.get("exceptionLine")),
        )
    ]


TESTDOX: Final = Dialect(frozenset({"test"}), _testdox)
