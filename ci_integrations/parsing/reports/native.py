"""XML of C++: Boost, CTest, Catch2, doctest, Qt Test.

Boost: https://www.boost.org/doc/libs/release/libs/test/doc/html/boost_test/test_output/log_formats/log_xml_format.html;
CTest (Test.xml): https://cmake.org/cmake/help/latest/manual/ctest.1.html; Catch2:
https://github.com/catchorg/Catch2/blob/devel/docs/reporters.md; Qt Test: https://doc.qt.io/qt-6/qttest-index.html
"""

from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.values import result, scaled, seconds, whole_number

_FAIL_TAGS: Final = {"Error": Outcome.FAILED, "FatalError": Outcome.ERROR, "Exception": Outcome.ERROR}


def suite_around(around: list[Element], tag: str, separator: str = ".") -> str:
    """The names of the elements with a tag that a test stands in."""
    return separator.join(one.get("name") for one in around if one.tag == tag and one.get("name"))


def _boost(unit: Element, around: list[Element]) -> list[TestData]:
    failures = [one for one in unit.children if one.tag in _FAIL_TAGS]
    outcome = Outcome.PASSED
    if failures:
        outcome = Outcome.ERROR if any(one.tag != "Error" for one in failures) else Outcome.FAILED
    elif unit.get("skipped").lower() in ("yes", "true"):
        outcome = Outcome.SKIPPED
    first = failures[0] if failures else unit
    microseconds = unit.words_of("TestingTime")
    return [
        result(
            suite_around(around, "TestSuite", "/"),
            unit.get("name"),
            outcome,
            duration=scaled(microseconds, 1e-6),
            message=first.text if failures else unit.get("reason"),
            details="\n".join(f"{one.get('file')}:{one.get('line')}: {one.text}" for one in failures),
            file=first.get("file"),
            line=whole_number(first.get("line")),
        )
    ]


def _boost_outside(unit: Element, around: list[Element]) -> str:
    return unit.text


BOOST: Final = Dialect(
    frozenset({"TestCase"}), _boost, problem=_boost_outside, problem_units=frozenset({"FatalError", "Exception"})
)

_CTEST: Final = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _ctest(unit: Element, around: list[Element]) -> list[TestData]:
    measured = {one.get("name"): one.words_of("Value") for one in unit.every("NamedMeasurement")}
    if not unit.get("Status"):
        return []  # an entry of <TestList>
    return [
        result(
            unit.words_of("Path").removeprefix("./").removeprefix("."),
            unit.words_of("Name"),
            _CTEST.get(unit.get("Status").lower(), Outcome.SKIPPED),
            duration=seconds(measured.get("Execution Time", "")),
            message=" ".join(filter(None, (measured.get("Exit Code", ""), measured.get("Exit Value", "")))),
            details=unit.words_of("Results", "Measurement", "Value"),
        )
    ]


CTEST: Final = Dialect(frozenset({"Test"}), _ctest)


def _catch(unit: Element, around: list[Element]) -> list[TestData]:
    overall = unit.find("OverallResult")
    passed = overall is not None and overall.get("success").lower() == "true"
    skips = overall is not None and (whole_number(overall.get("skips")) or 0) > 0
    bad = [one for one in unit.every("Expression") if one.get("success").lower() == "false"]
    bad += [*unit.every("Exception"), *unit.every("FatalErrorCondition"), *unit.every("Failure")]
    first = bad[0] if bad else unit
    said = first.words_of("Expanded") or first.words_of("Original") or first.text
    outcome = Outcome.FAILED if not passed else Outcome.SKIPPED if skips else Outcome.PASSED
    return [
        result(
            unit.get("tags"),
            unit.get("name"),
            outcome,
            duration=seconds(overall.get("durationInSeconds")) if overall else None,
            message=said if not passed else "",
            file=first.get("filename"),
            line=whole_number(first.get("line")),
        )
    ]


CATCH: Final = Dialect(frozenset({"TestCase"}), _catch)


def _doctest(unit: Element, around: list[Element]) -> list[TestData]:
    overall = unit.find("OverallResultsAsserts")
    outcome = Outcome.SKIPPED if unit.get("skipped").lower() == "true" else Outcome.PASSED
    if overall is not None and "false" in (overall.get("test_case_success").lower(),):
        outcome = Outcome.FAILED
    bad = [one for one in unit.every("Expression") if one.get("success").lower() == "false"]
    first = bad[0] if bad else unit
    return [
        result(
            suite_around(around, "TestSuite"),
            unit.get("name"),
            outcome,
            duration=seconds(overall.get("duration")) if overall else None,
            message=first.words_of("Expanded") or first.words_of("Original"),
            file=first.get("filename"),
            line=whole_number(first.get("line")),
        )
    ]


DOCTEST: Final = Dialect(frozenset({"TestCase"}), _doctest)

_QT: Final = {"fail": Outcome.FAILED, "xpass": Outcome.FAILED, "skip": Outcome.SKIPPED}


def _qt(unit: Element, around: list[Element]) -> list[TestData]:
    owner = suite_around(around, "TestCase")
    worst = next(
        (
            one
            for kind in ("fail", "xpass", "skip")
            for one in unit.all("Incident", "Message")
            if one.get("type") == kind
        ),
        None,
    )
    spent = unit.find("Duration")
    return [
        result(
            owner,
            unit.get("name"),
            _QT[worst.get("type")] if worst else Outcome.PASSED,
            duration=scaled(spent.get("msecs"), 1e-3) if spent else None,
            message=worst.words_of("Description") if worst else "",
            file=worst.get("file") if worst else "",
            line=whole_number(worst.get("line")) if worst else None,
        )
    ]


QT: Final = Dialect(frozenset({"TestFunction"}), _qt)
