"""CppUnit's XML: https://cgit.freedesktop.org/libreoffice/cppunit/tree/src/cppunit/XmlOutputter.cpp"""

from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.values import result, whole_number

# Others have the same elements, without numbers.
SIGNS: Final = ('<FailedTest id="', '<Test id="')


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


DIALECT: Final = Dialect(frozenset({"Test", "FailedTest"}), _cppunit)
