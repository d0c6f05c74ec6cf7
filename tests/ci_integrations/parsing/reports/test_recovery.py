"""XML that breaks the rules: what is good of it is kept, in one piece, and said."""

import io
import time

import pytest

from ci_integrations.parsing.reports import Limits, open_report
from tests.ci_integrations.parsing.reports.reading import F, P, is_report, read

CASE = "<testcase classname='c' name='a'/>"


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ("<testcase name='a & b'/>", "a & b"),
        ("<testcase name='a &nbsp;b'/>", "a \u00a0b"),
        ("<testcase name='a &#27;b &#x0;'/>", "a b "),
        ("<testcase name='a\0b'/>", "ab"),
        ("<testcase name='<<a>>'/>", "<<a>>"),
        ('<testcase name="f("a", "b")" time="1"/>', 'f("a", "b")'),
        ("<testcase name='a'><system-out>1 < 2 & so</system-out></testcase>", "a"),
        ("<testcase name='a'><b><c></b></testcase>", "a"),
        ("<testcase name='a' name='b'/>", "a"),
        ("</p><testcase name='a'/>", "a"),
    ],
)
def test_the_case_that_breaks_the_rules_and_those_around_it_are_kept(broken: str, name: str) -> None:
    report = read(f"<testsuite>{CASE}{broken}<testcase name='z'/></testsuite>")
    assert [test.name for test in report.tests] == ["a", name, "z"]
    assert report.reading.recovered
    assert not report.reading.truncated
    assert report.reading.error


def test_results_before_the_fault_are_not_given_twice() -> None:
    cases = "".join(f"<testcase name='t{number}'/>" for number in range(20_000))
    report = read(f"<testsuite>{cases}<testcase name='\x01last'/></testsuite>")
    assert len(report.tests) == 20_001
    assert len({test.name for test in report.tests}) == 20_001


def test_text_that_is_not_of_its_encoding_is_read_as_windows_does() -> None:
    report = read(
        "<?xml version='1.0' encoding='UTF-8'?><testsuite><testcase name='na\u00efve'/></testsuite>".encode("latin-1")
    )
    assert report.tests[0].name == "na\u00efve"
    assert report.reading.recovered


def test_a_long_section_is_given_out_in_pieces() -> None:
    words = "x" * 5_000_000
    report = read(f"<testsuite><testcase name='a'><failure>\x01<![CDATA[{words}]]></failure></testcase></testsuite>")
    assert report.tests[0].outcome is F
    assert len(report.tests[0].details) < 20_100


def test_lines_before_the_document_are_left_out() -> None:
    report = read(
        "npm warn old\n\n<?xml version='1.0'?>\n<testsuites><testsuite><testcase name='a'/></testsuite></testsuites>\n"
    )
    assert report.tests[0].outcome is P
    assert report.reading.recovered
    assert report.reading.error == "14 bytes before the document were left out"


def test_a_log_that_shows_a_report_is_none() -> None:
    assert not is_report("$ cat report.xml\n<testsuite><testcase name='a'/></testsuite>\ndone\n")


def test_a_cut_report_keeps_what_was_complete_and_says_so() -> None:
    report = read("<testsuite><testcase name='a'/><testcase name='b'><failure message='no'>at x\n  at")
    assert report.outcomes == [("", "a", P), ("", "b", F)]
    assert report.reading.truncated


@pytest.mark.parametrize(
    "part",
    [
        "<" * 300_000,
        "&" * 300_000,
        "<a " * 100_000,
        "<a b='" * 50_000,
        "</a>" * 100_000,
        '" ' * 200_000,
        "<!--" * 60_000,
    ],
)
def test_hostile_text_takes_linear_time(part: str) -> None:
    begin = time.process_time()
    report = read(f"<testsuite>{CASE}\x01{part}")
    assert len(report.tests) == 1
    assert time.process_time() - begin < 4


def test_entities_are_never_expanded() -> None:
    bomb = "<!DOCTYPE t [<!ENTITY a 'xxxx'><!ENTITY b '&a;&a;&a;&a;'>]>"
    report = read(f"{bomb}<testsuite><testcase name='a'><failure>&b;</failure></testcase></testsuite>")
    assert report.tests[0].details == "&b;"


def test_limits_end_the_reading() -> None:
    text = f"<testsuite>{CASE * 10}</testsuite>"
    few = read(text, Limits(max_cases=3))
    assert len(few.tests) == 3
    assert few.reading.truncated
    short = read(text, Limits(max_bytes=100))
    assert (len(short.tests), short.reading.error) == (2, "longer than 100 bytes: the rest was not read")


def test_files_of_other_kinds_are_no_reports() -> None:
    for content in (
        "",
        " \n",
        "\0\1\2",
        "<html><body/></html>",
        "<project/>",
        "<TestRun><Statistics/></TestRun>",
        "hello",
    ):
        assert not is_report(content)


def test_the_stream_may_have_been_read_before() -> None:
    stream = io.BytesIO(f"<testsuite>{CASE}</testsuite>".encode())
    stream.read()
    reader = open_report(stream)
    assert reader is not None
    assert len(list(reader)) == 1
