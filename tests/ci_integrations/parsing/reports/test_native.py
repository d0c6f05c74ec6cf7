"""Boost, CTest, Catch2, doctest, Qt Test, TestNG, Robot Framework, SonarQube."""

import pytest

from ci_integrations.domain import Outcome
from tests.ci_integrations.parsing.reports.reading import E, F, P, S, read

BOOST = """<TestLog><TestSuite name="all"><TestSuite name="cart">
<TestCase name="adds"><Info file="a.cpp" line="1">fine</Info><TestingTime>2000000</TestingTime></TestCase>
<TestCase name="divides"><Error file="a.cpp" line="9"><![CDATA[check x == 1 has failed]]></Error></TestCase>
<TestCase name="crashes"><Exception file="b.cpp" line="2">memory access violation</Exception></TestCase>
<TestCase name="later" skipped="yes" reason="disabled"/>
</TestSuite></TestSuite></TestLog>"""
CTEST = """<Site><Testing><TestList><Test>./adds</Test></TestList>
<Test Status="passed"><Name>adds</Name><Path>.</Path><Results>
<NamedMeasurement type="numeric/double" name="Execution Time"><Value>0.5</Value></NamedMeasurement></Results></Test>
<Test Status="failed"><Name>divides</Name><Path>./cart</Path><Results>
<NamedMeasurement type="text/string" name="Exit Code"><Value>Failed</Value></NamedMeasurement>
<Measurement><Value>wrong answer</Value></Measurement></Results></Test>
<Test Status="notrun"><Name>later</Name><Path>.</Path></Test></Testing></Site>"""
CATCH = """<Catch2TestRun name="t"><TestCase name="adds" tags="[cart]"><OverallResult success="true"/></TestCase>
<TestCase name="divides" tags="[cart]"><Section name="by zero"><Expression success="false" filename="a.cpp" line="4">
<Original>x == 1</Original><Expanded>2 == 1</Expanded></Expression></Section><OverallResult success="false"/></TestCase>
</Catch2TestRun>"""
DOCTEST = """<doctest binary="t"><TestSuite name="cart"><TestCase name="adds">
<OverallResultsAsserts test_case_success="true"/></TestCase>
<TestCase name="divides"><Expression success="false" filename="a.cpp" line="4"><Expanded>2 == 1</Expanded>
</Expression><OverallResultsAsserts test_case_success="false"/></TestCase></TestSuite></doctest>"""
QT = """<TestCase name="Cart"><Environment><QtVersion>6</QtVersion></Environment>
<TestFunction name="adds"><Incident type="pass" file="" line="0"/><Duration msecs="1500"/></TestFunction>
<TestFunction name="divides"><Incident type="fail" file="a.cpp" line="4"><Description>no</Description></Incident>
</TestFunction><TestFunction name="later"><Message type="skip"><Description>wait</Description></Message>
<Incident type="pass"/></TestFunction></TestCase>"""
TESTNG = """<testng-results><suite name="s"><test name="t"><class name="N.Cart">
<test-method status="PASS" name="setUp" is-config="true"/>
<test-method status="PASS" name="adds" duration-ms="1500"/>
<test-method status="FAIL" name="divides"><exception><message>no</message></exception></test-method>
<test-method status="SKIP" name="later"/></class></test></suite></testng-results>"""
ROBOT = """<robot><suite name="Shop" source="/s/shop.robot"><test name="adds" line="3"><kw><status status="PASS"/></kw>
<status status="PASS" starttime="20240101 10:00:00.000" endtime="20240101 10:00:01.500"/></test>
<test name="divides" line="9"><status status="FAIL" elapsed="0.25">no</status></test></suite></robot>"""


@pytest.mark.parametrize(
    ("text", "name", "outcomes"),
    [
        (
            BOOST,
            "boost",
            [("all/cart", "adds", P), ("all/cart", "divides", F), ("all/cart", "crashes", E), ("all/cart", "later", S)],
        ),
        (CTEST, "ctest", [("", "adds", P), ("cart", "divides", F), ("", "later", S)]),
        (CATCH, "catch2", [("[cart]", "adds", P), ("[cart]", "divides", F)]),
        (DOCTEST, "doctest", [("cart", "adds", P), ("cart", "divides", F)]),
        (QT, "qtest", [("Cart", "adds", P), ("Cart", "divides", F), ("Cart", "later", S)]),
        (TESTNG, "testng", [("N.Cart", "adds", P), ("N.Cart", "divides", F), ("N.Cart", "later", S)]),
        (ROBOT, "robot", [("Shop", "adds", P), ("Shop", "divides", F)]),
    ],
)
def test_each_format_gives_suites_names_and_outcomes(
    text: str, name: str, outcomes: list[tuple[str, str, Outcome]]
) -> None:
    report = read(text)
    assert report.reading.format == name
    assert report.reading.error == ""
    assert report.outcomes == outcomes


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (BOOST, ("a.cpp", 9)),
        (CATCH, ("a.cpp", 4)),
        (DOCTEST, ("a.cpp", 4)),
        (QT, ("a.cpp", 4)),
        (ROBOT, ("/s/shop.robot", 9)),
    ],
)
def test_the_place_of_a_failure_is_told(text: str, place: tuple[str, int]) -> None:
    test = read(text).tests[1]
    assert (test.file, test.line) == place
    assert test.message


@pytest.mark.parametrize(("text", "seconds"), [(BOOST, 2.0), (CTEST, 0.5), (QT, 1.5), (TESTNG, 1.5), (ROBOT, 1.5)])
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert read(text).tests[0].duration == pytest.approx(seconds)


def test_sonar_test_executions() -> None:
    report = read(
        '<testExecutions version="1"><file path="tests/cart.ts"><testCase name="adds" duration="500"/>'
        '<testCase name="divides" duration="1"><failure message="no">at x</failure></testCase>'
        '<testCase name="later" duration="1"><skipped message="wait"/></testCase>'
        '<testCase name="breaks" duration="1"><error message="boom"/></testCase></file></testExecutions>'
    )
    assert report.reading.format == "sonar"
    assert [(test.name, test.outcome) for test in report.tests] == [
        ("adds", P),
        ("divides", F),
        ("later", S),
        ("breaks", E),
    ]
    assert {(test.suite, test.file) for test in report.tests} == {("tests/cart.ts", "tests/cart.ts")}
    assert (report.tests[0].duration, report.tests[1].message, report.tests[1].details) == (0.5, "no", "at x")
