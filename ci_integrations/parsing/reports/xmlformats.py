"""XML of TestNG, Robot Framework and SonarQube.

TestNG: https://testng.org/#_xml_reports; Robot: https://github.com/robotframework/robotframework/tree/master/doc/schema;
SonarQube's generic test executions:
https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/test-coverage/generic-test-data
"""

from datetime import datetime
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.native import suite_around
from ci_integrations.parsing.reports.values import result, scaled, seconds, whole_number

_TESTNG: Final = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED}


def _testng(unit: Element, around: list[Element]) -> list[TestData]:
    if unit.get("is-config").lower() == "true" and unit.get("status") == "PASS":
        return []
    trace = unit.words_of("exception", "full-stacktrace") or unit.words_of("exception", "short-stacktrace")
    return [
        result(
            suite_around(around[-1:], "class"),
            unit.get("name"),
            _TESTNG.get(unit.get("status"), Outcome.SKIPPED),
            duration=scaled(unit.get("duration-ms"), 1e-3),
            message=unit.words_of("exception", "message"),
            details=trace,
        )
    ]


TESTNG: Final = Dialect(frozenset({"test-method"}), _testng)

_ROBOT: Final = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED}


def _robot(unit: Element, around: list[Element]) -> list[TestData]:
    status = unit.find("status") or Element("status", {})
    source = next((one.get("source") for one in reversed(around) if one.get("source")), "")
    return [
        result(
            suite_around(around, "suite"),
            unit.get("name"),
            _ROBOT.get(status.get("status"), Outcome.SKIPPED),
            duration=seconds(status.get("elapsed")) if status.get("elapsed") else _between(status),
            message=status.text,
            file=source,
            line=whole_number(unit.get("line")),
        )
    ]


def _between(status: Element) -> float | None:
    try:  # `20240101 10:00:00.000`, of one clock
        begin, end = (datetime.fromisoformat(f"{status.get(key)}+00:00") for key in ("starttime", "endtime"))
    except ValueError:
        return None
    return max(0.0, (end - begin).total_seconds())


ROBOT: Final = Dialect(frozenset({"test"}), _robot)

_SONAR: Final = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}


def _sonar(unit: Element, around: list[Element]) -> list[TestData]:
    told = next(unit.all(*_SONAR), None)
    path = around[-1].get("path") if around else ""
    return [
        result(
            path,
            unit.get("name"),
            _SONAR[told.tag] if told else Outcome.PASSED,
            duration=scaled(unit.get("duration"), 1e-3),
            message=told.get("message") if told else "",
            details=told.text if told else "",
            file=path,
        )
    ]


SONAR: Final = Dialect(frozenset({"testCase"}), _sonar)
