"""CppUnit."""

import pytest

from ci_integrations.domain import Outcome
from tests.ci_integrations.parsing.reports.reading import E, F, P, is_report, read

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
