"""CppUnit, CUnit, and PHPUnit's testdox."""

import pytest

from ci_integrations.domain import Outcome
from tests.ci_integrations.parsing.reports.reading import E, F, P, S, is_report, read

CPPUNIT = """<?xml version="1.0" encoding='ISO-8859-1' standalone='yes' ?>
<TestRun><FailedTests>
<FailedTest id="2"><Name>Cart::divides</Name><FailureType>Assertion</FailureType>
<Location><File>cart.cpp</File><Line>9</Line></Location><Message>equality assertion failed
- Expected: 1</Message></FailedTest>
<FailedTest id="3"><Name>Cart::crashes</Name><FailureType>Error</FailureType><Message>uncaught exception</Message>
</FailedTest></FailedTests>
<SuccessfulTests><Test id="1"><Name>Cart::adds</Name></Test></SuccessfulTests>
<Statistics><Tests>3</Tests><FailuresTotal>2</FailuresTotal><Errors>1</Errors><Failures>1</Failures></Statistics>
</TestRun>"""
OLD_CPPUNIT = """<TestRun><FailedTests><FailedTest id="1"><Name>divides</Name><FailureType>Assertion</FailureType>
<Location><File>cart.cpp</File><Line>9</Line></Location>no</FailedTest></FailedTests>
<SucessfulTests><Test id="2"><Name>adds</Name></Test></SucessfulTests></TestRun>"""


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        (CPPUNIT, [("Cart", "divides", F), ("Cart", "crashes", E), ("Cart", "adds", P)]),
        (OLD_CPPUNIT, [("", "divides", F), ("", "adds", P)]),
    ],
)
def test_cppunit_lists_tests_by_how_they_ended(text: str, outcomes: list[tuple[str, str, Outcome]]) -> None:
    report = read(text)
    assert (report.reading.format, report.reading.error) == ("cppunit", "")
    assert report.outcomes == outcomes


def test_what_failed_in_cppunit_says_why_and_where() -> None:
    tests = [read(CPPUNIT).tests[0], read(OLD_CPPUNIT).tests[0]]
    assert [(test.message, test.file, test.line) for test in tests] == [
        ("equality assertion failed", "cart.cpp", 9),
        ("no", "cart.cpp", 9),
    ]
    assert tests[0].details == "equality assertion failed\n- Expected: 1"


def test_trx_is_still_told_by_its_own_signs() -> None:
    assert read('<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"/>').reading.format == "trx"
    assert not is_report("<TestRun><Results/></TestRun>")


def record(kind: str, inside: str) -> str:
    return f"<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_{kind}>{inside}</CUNIT_RUN_TEST_{kind}></CUNIT_RUN_TEST_RECORD>"


def failure(name: str, line: int) -> str:
    place = f"<FILE_NAME> cart.c </FILE_NAME><LINE_NUMBER> {line} </LINE_NUMBER>"
    return record("FAILURE", f"<TEST_NAME> {name} </TEST_NAME>{place}<CONDITION> x == {line} </CONDITION>")


def cunit(*suites: str) -> str:
    listed = "".join(f"<CUNIT_RUN_SUITE>{suite}</CUNIT_RUN_SUITE>" for suite in suites)
    summary = "<CUNIT_RUN_SUMMARY><CUNIT_RUN_SUMMARY_RECORD><TYPE>Suites</TYPE></CUNIT_RUN_SUMMARY_RECORD>"
    return (
        '<?xml version="1.0" ?>\n<?xml-stylesheet type="text/xsl" href="CUnit-Run.xsl" ?>\n'
        '<!DOCTYPE CUNIT_TEST_RUN_REPORT SYSTEM "CUnit-Run.dtd">\n<CUNIT_TEST_RUN_REPORT><CUNIT_HEADER/>'
        f"<CUNIT_RESULT_LISTING>{listed}</CUNIT_RESULT_LISTING>{summary}</CUNIT_RUN_SUMMARY></CUNIT_TEST_RUN_REPORT>"
    )


def suite(name: str, tests: str) -> str:
    return f"<CUNIT_RUN_SUITE_SUCCESS><SUITE_NAME> {name} </SUITE_NAME>{tests}</CUNIT_RUN_SUITE_SUCCESS>"


ADDS = record("SUCCESS", "<TEST_NAME> adds </TEST_NAME>")


def test_the_failures_of_a_test_of_cunit_are_one_result() -> None:
    broken = "<SUITE_NAME> Disk </SUITE_NAME><FAILURE_REASON> Suite Initialization Failed </FAILURE_REASON>"
    first = suite("Cart", ADDS + failure("divides", 9) + failure("divides", 10) + failure("rounds", 11))
    second = suite("Bill", failure("rounds", 3) + ADDS)
    report = read(cunit(first, f"<CUNIT_RUN_SUITE_FAILURE>{broken}</CUNIT_RUN_SUITE_FAILURE>", second))

    assert (report.reading.format, report.reading.error) == ("cunit", "")
    assert report.outcomes == [
        ("Cart", "adds", P),
        ("Cart", "divides", F),
        ("Cart", "rounds", F),
        ("Bill", "rounds", F),
        ("Bill", "adds", P),
    ]
    told = report.tests[1]
    assert (told.message, told.file, told.line) == ("x == 9", "cart.c", 9)
    assert report.reading.problems == ("Disk: Suite Initialization Failed",)


def test_a_report_of_cunit_that_breaks_is_read_once_more() -> None:
    text = cunit(suite("Cart", failure("divides", 9) + ADDS.replace("adds", "a & b"))).removesuffix(">")
    report = read(text)

    assert report.outcomes == [("Cart", "divides", F), ("Cart", "a & b", P)]
    assert report.reading.recovered


def test_testdox_numbers_how_tests_ended() -> None:
    names = 'prettifiedClassName="Cart" prettifiedMethodName="Adds" time="0.5"'
    said = {3: 'exceptionMessage="no&#10;way"'}
    tests = "".join(
        f'<test className="Shop\\CartTest" methodName="test" {names} status="{status}" {said.get(status, "")}/>'
        for status in range(6)
    )
    report = read(f'<?xml version="1.0" encoding="UTF-8"?><tests>{tests}</tests>')

    assert report.reading.format == "testdox"
    assert [test.outcome for test in report.tests] == [P, S, S, F, E, P]
    assert {test.suite for test in report.tests} == {"Shop\\CartTest"}
    assert (report.tests[3].message, report.tests[0].duration) == ("no", 0.5)
    assert not is_report("<tests><test name='a'/></tests>")
