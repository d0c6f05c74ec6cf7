"""CUnit's XML: https://cunit.sourceforge.net/doc/running_tests.html#automated"""

from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.values import result, whole_number

_NAMES: Final = frozenset({"SUITE_NAME", "GROUP_NAME"})
_PASSED: Final = "CUNIT_RUN_TEST_SUCCESS"
_FAILED: Final = "CUNIT_RUN_TEST_FAILURE"


def dialect() -> Dialect:
    """For one reading. A suite is named before its tests; each failure has a record: those of a test are one result."""
    suite, last_failed = "", ""

    def convert(unit: Element, around: list[Element]) -> list[TestData]:
        nonlocal suite, last_failed
        if unit.tag in _NAMES:
            suite, last_failed = unit.text, ""
            return []
        name = unit.words_of("TEST_NAME") or unit.text
        is_failed = unit.tag == _FAILED
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
        frozenset({_PASSED, _FAILED, *_NAMES}),
        convert,
        problem=_problem,
        problem_units=frozenset({"CUNIT_RUN_SUITE_FAILURE", "CUNIT_RUN_GROUP_FAILURE"}),
    )


def _problem(unit: Element, around: list[Element]) -> str:
    name = unit.words_of("SUITE_NAME") or unit.words_of("GROUP_NAME")
    return f"{name}: {unit.words_of('FAILURE_REASON')}"
