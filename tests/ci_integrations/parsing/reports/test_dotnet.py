"""TRX, NUnit 2 and 3, xUnit 2."""

from tests.ci_integrations.parsing.reports.reading import E, F, P, S, read

TRX = """\ufeff<?xml version="1.0"?>
<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
 <Results>
  <UnitTestResult testId="1" testName="Adds" duration="00:01:02.5" outcome="Passed"/>
  <UnitTestResult testId="2" testName="Shop.CartTests.Divides(by: 0.5)" outcome="Failed"><Output><ErrorInfo>
   <Message>no</Message><StackTrace>   at Shop.CartTests.Divides() in /src/Cart.cs:line 12</StackTrace>
  </ErrorInfo></Output></UnitTestResult>
  <UnitTestResult testId="3" testName="Later" outcome="NotExecuted"/>
 </Results>
 <TestDefinitions>
  <UnitTest id="1" name="Adds"><TestMethod className="Shop.CartTests, Shop" name="Adds"/></UnitTest>
 </TestDefinitions>
 <ResultSummary outcome="Failed"><RunInfos><RunInfo outcome="Error"><Text>the host crashed</Text></RunInfo></RunInfos>
 </ResultSummary>
</TestRun>"""


def test_trx_takes_the_class_from_the_definitions_or_from_the_name() -> None:
    report = read(TRX)
    assert report.reading.format == "trx"
    assert report.outcomes == [
        ("Shop.CartTests", "Adds", P),
        ("Shop.CartTests", "Divides(by: 0.5)", F),
        ("", "Later", S),
    ]
    failed = report.tests[1]
    assert (failed.message, failed.file, failed.line) == ("no", "/src/Cart.cs", 12)
    assert report.tests[0].duration == 62.5
    assert report.reading.problems == ("the host crashed",)


def test_nunit_3_gives_class_and_name_and_errors_apart() -> None:
    report = read(
        """<test-run total="4"><test-suite type="Assembly"><test-suite type="TestFixture">
        <test-case name="A" fullname="N.T.A" classname="N.T" result="Passed" duration="0.5"/>
        <test-case name="B" fullname="N.T.B" classname="N.T" result="Failed"><failure><message>no</message>
        <stack-trace>at N.T.B () in C:\\src\\T.cs:line 7</stack-trace></failure></test-case>
        <test-case name="C" fullname="N.T.C" classname="N.T" result="Failed" label="Error"/>
        <test-case name="D" fullname="N.T.D(&quot;a.b&quot;)" result="Inconclusive"/>
        </test-suite></test-suite></test-run>"""
    )
    assert report.reading.format == "nunit3"
    assert report.outcomes == [("N.T", "A", P), ("N.T", "B", F), ("N.T", "C", E), ("N.T", 'D("a.b")', S)]
    assert (report.tests[1].file, report.tests[1].line) == ("C:\\src\\T.cs", 7)


def test_nunit_2_gives_what_was_executed_and_how_it_ended() -> None:
    report = read(
        """<test-results total="4"><test-suite><results>
        <test-case name="N.T.A" executed="True" success="True" time="1.5"/>
        <test-case name="N.T.B" executed="True" success="False"><failure><message>no</message></failure></test-case>
        <test-case name="N.T.C" executed="False"/>
        <test-case name="N.T.D" executed="True" result="Error"/>
        </results></test-suite></test-results>"""
    )
    assert report.reading.format == "nunit2"
    assert report.outcomes == [("N.T", "A", P), ("N.T", "B", F), ("N.T", "C", S), ("N.T", "D", E)]


def test_a_part_of_an_nunit_report_is_read() -> None:
    assert read('<test-suite><test-case name="A" fullname="N.A" result="Passed"/></test-suite>').outcomes == [
        ("N", "A", P)
    ]


def test_xunit_gives_tests_and_errors_outside_of_them() -> None:
    report = read(
        """<assemblies><assembly name="a.dll"><errors><error type="assembly-cleanup" name="a.dll"><failure>
        <message>not cleaned</message></failure></error></errors><collection>
        <test name="N.T.A(x: 1)" type="N.T" method="A" time="0.25" result="Pass"/>
        <test name="shows a name" type="N.T" method="B" result="Fail"><failure><message>no</message>
        <stack-trace>at N.T.B() in /src/T.cs:line 3</stack-trace></failure></test>
        <test name="N.T.C" type="N.T" method="C" result="Skip"><reason>later</reason></test>
        </collection></assembly></assemblies>"""
    )
    assert report.reading.format == "xunit2"
    assert report.outcomes == [("N.T", "A(x: 1)", P), ("N.T", "shows a name", F), ("N.T", "C", S)]
    assert (report.tests[1].message, report.tests[1].line, report.tests[2].message) == ("no", 3, "later")
    assert report.reading.problems == ("assembly-cleanup: a.dll: not cleaned",)


def test_totals_are_taken_only_where_there_is_no_case() -> None:
    stated = read('<test-run total="3" failed="1" skipped="1"/>').reading.stated
    assert stated is not None
    assert (stated.tests, stated.failures, stated.skipped) == (3, 1, 1)
    lying = '<test-run total="9"><test-case fullname="N.A" result="Passed"/></test-run>'
    assert read(lying).reading.stated is None
