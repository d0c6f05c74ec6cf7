"""The XML of PHPUnit's testdox:
https://github.com/sebastianbergmann/phpunit/blob/9.6/src/Util/TestDox/XmlResultPrinter.php
"""

from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.values import result, seconds, whole_number

# The numbers are those of PHPUnit's BaseTestRunner.
_OUTCOMES: Final = {
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
            _OUTCOMES.get(unit.get("status"), Outcome.SKIPPED),
            duration=seconds(unit.get("time")),
            message=message.partition("\n")[0],
            details=message,
            line=whole_number(unit.get("exceptionLine")),
        )
    ]


DIALECT: Final = Dialect(frozenset({"test"}), _testdox)
