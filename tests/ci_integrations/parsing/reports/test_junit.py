"""JUnit reports: dialects, limits, and files that lie, break or attack."""

import io
import tracemalloc
from pathlib import Path

import pytest

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports import Limits, open_report
from tests.ci_integrations.parsing.reports.reading import Read, read

PYTEST_FAILURE = """def test_answer():
&gt;       assert answer() == 42
E       assert 41 == 42

tests/helpers.py:3: in check
    compare()
tests/test_app.py:12: AssertionError"""


def parse(text: str | bytes, **limits: int) -> Read:
    report = read(text, Limits(**limits))
    assert report.reading.format == "junit"
    return report


def one(text: str) -> TestData:
    report = parse(f"<testsuites><testsuite name='s'>{text}</testsuite></testsuites>")
    assert report.reading.error == ""
    (test,) = report.tests
    return test


def test_a_pytest_report_gives_identity_outcome_message_and_the_place_of_the_failure() -> None:
    report = parse(
        "<?xml version='1.0'?><testsuites><testsuite name='pytest' tests='9'>"
        "<testcase classname='tests.test_app' name='test_ok' time='0.5'/>"
        "<testcase classname='tests.test_app' name='test_answer' time='0.001'>"
        f"<failure message='assert 41 == 42'>{PYTEST_FAILURE}</failure></testcase>"
        "<testcase classname='tests.test_app' name='test_later'><skipped message='not yet'/></testcase>"
        "<testcase classname='tests.test_app' name='test_setup'><error message='no database'/></testcase>"
        "</testsuite></testsuites>"
    )
    assert report.reading.error == ""
    assert [(test.suite, test.name, test.outcome, test.message) for test in report.tests] == [
        ("tests.test_app", "test_ok", Outcome.PASSED, ""),
        ("tests.test_app", "test_answer", Outcome.FAILED, "assert 41 == 42"),
        ("tests.test_app", "test_later", Outcome.SKIPPED, "not yet"),
        ("tests.test_app", "test_setup", Outcome.ERROR, "no database"),
    ]
    failed = report.tests[1]
    assert (failed.file, failed.line, failed.duration) == ("tests/test_app.py", 12, 0.001)
    assert "E       assert 41 == 42" in failed.details


def test_the_place_is_the_last_frame_of_a_python_traceback() -> None:
    test = one(
        "<testcase name='t'><failure>Traceback (most recent call last):\n"
        '  File "/app/a.py", line 3, in t\n    b()\n  File "/app/b.py", line 7, in b\nValueError: no</failure>'
        "</testcase>"
    )
    assert (test.file, test.line) == ("/app/b.py", 7)


def test_without_a_traceback_the_place_is_that_of_the_test() -> None:
    assert (one("<testcase name='t' file='spec/a.rb' line='9'><failure>no</failure></testcase>").line) == 9
    report = parse("<testsuite name='s' file='spec/a.js'><testcase name='t'/></testsuite>")
    assert report.tests[0].file == "spec/a.js"


def test_the_lines_that_pytest_counts_from_zero_are_counted_from_one() -> None:
    report = parse("<testsuite name='pytest'><testcase name='t' file='tests/test_a.py' line='0'/></testsuite>")
    assert report.tests[0].line == 1


def test_a_case_without_class_belongs_to_its_innermost_suite() -> None:
    report = parse(
        "<testsuites><testsuite name='outer'><testsuite name='inner'><testcase name='a'/></testsuite>"
        "<testcase name='b'/></testsuite></testsuites>"
    )
    assert [(test.suite, test.name) for test in report.tests] == [("inner", "a"), ("outer", "b")]


def test_without_a_message_the_first_line_of_the_text_is_the_message() -> None:
    assert one("<testcase name='t'><failure>\n  boom\nmore</failure></testcase>").message == "boom"


def test_a_test_that_passed_when_run_again_is_passed_and_tells_of_its_first_failure() -> None:
    test = one(
        "<testcase name='t'><flakyFailure message='first'><stackTrace>trace</stackTrace>"
        "<system-out>noise</system-out></flakyFailure></testcase>"
    )
    assert (test.outcome, test.message, test.details) == (Outcome.PASSED, "first", "trace")


def test_a_test_that_failed_again_is_one_failure_with_the_words_of_the_first() -> None:
    test = one(
        "<testcase name='t'><failure message='f'>x</failure><rerunFailure message='again'>y</rerunFailure></testcase>"
    )
    assert (test.outcome, test.message, test.details) == (Outcome.FAILED, "f", "x")


@pytest.mark.parametrize("extra", ["<error message='down'/>", "<failure message='f'/><error message='down'/>"])
def test_the_gravest_of_several_results_counts(extra: str) -> None:
    test = one(f"<testcase name='t'><skipped message='s'/>{extra}</testcase>")
    assert (test.outcome, test.message) == (Outcome.ERROR, "down")


def test_an_empty_failure_is_not_undone_by_what_follows() -> None:
    assert one("<testcase name='t'><failure/><skipped/></testcase>").outcome is Outcome.FAILED


@pytest.mark.parametrize("status", ["notrun", "disabled"])
def test_a_test_that_googletest_did_not_run_is_skipped(status: str) -> None:
    assert one(f"<testcase name='t' status='{status}'/>").outcome is Outcome.SKIPPED


def test_a_repeated_test_is_given_each_time() -> None:
    report = parse("<testsuite name='s'><testcase name='t'><failure/></testcase><testcase name='t'/></testsuite>")
    assert [test.outcome for test in report.tests] == [Outcome.FAILED, Outcome.PASSED]


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1,234.56", 1234.56),
        ("0,016", 0.016),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("inf", None),
        ("NaN", None),
        ("9" * 5000, None),
    ],
)
def test_durations_are_finite_seconds_or_nothing(time: str, seconds: float | None) -> None:
    assert one(f"<testcase name='t' time='{time}'/>").duration == pytest.approx(seconds)


@pytest.mark.parametrize("line", ["-3", "x", "", "9" * 30, "²"])
def test_a_line_that_is_no_line_number_is_left_out(line: str) -> None:
    assert one(f"<testcase name='t' line='{line}'/>").line is None


@pytest.mark.parametrize(
    "text",
    [
        "<testsuite name='s'><testcase name='é'><failure/></testcase></testsuite>".encode("utf-16"),
        b"\xef\xbb\xbf<testsuite name='s'><testcase name='\xc3\xa9'><failure/></testcase></testsuite>",
        "\n<?xml version='1.0' encoding='latin-1'?><testsuite><testcase name='é'><failure/></testcase>"
        "</testsuite>".encode("latin-1"),
        "<j:testsuites xmlns:j='http://x/0'><j:testsuite><j:testcase name='é'><j:failure/></j:testcase>"
        "</j:testsuite></j:testsuites>".encode(),
        "<!-- made by x --><?a b?><testsuite><testcase name='é'><failure><![CDATA[<b>]]></failure></testcase>"
        "</testsuite>".encode(),
    ],
)
def test_encodings_prefixes_and_prologues_are_read(text: bytes) -> None:
    report = parse(text)
    assert report.reading.error == ""
    assert [(test.name, test.outcome) for test in report.tests] == [("é", Outcome.FAILED)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "{}",
        "<html><body/></html>",
        "<test-results/>",
        "<testsuitesx/>",
        "ok <testsuite/>",
        "<!-- <testsuite>",
    ],
)
def test_other_files_are_not_taken_for_junit(text: str) -> None:
    reader = open_report(io.BytesIO(text.encode()))
    assert reader is None or reader.reading.format != "junit"


def test_what_came_before_a_fault_is_kept_and_the_error_says_where_it_ended() -> None:
    report = parse("<testsuite>\n<testcase name='a'/>\n<testcase name='b'><failure>\n")
    assert [(test.name, test.outcome) for test in report.tests] == [("a", Outcome.PASSED), ("b", Outcome.FAILED)]
    assert report.reading.error == "line 4: not well-formed XML: no element found"


def test_a_case_that_was_cut_before_it_failed_is_left_out() -> None:
    report = parse("<testsuite><testcase name='a'/><testcase name='b'><system-out>so far")
    assert [test.name for test in report.tests] == ["a"]
    assert report.reading.error


def test_a_second_document_in_the_file_is_read_and_said() -> None:
    report = parse("<testsuite><testcase name='a'/></testsuite>\n<testsuite><testcase name='b'/></testsuite>")
    assert [test.name for test in report.tests] == ["a", "b"]
    assert report.reading.recovered


def test_bytes_that_xml_forbids_are_left_out_and_said() -> None:
    report = parse(b"<testsuite><testcase name='a'><failure>\x1b[31mno\x00</failure></testcase></testsuite>")
    assert report.reading.recovered
    assert not report.reading.truncated
    assert report.tests[0].details == "[31mno"
    assert not parse("<testsuite/>").reading.recovered


@pytest.mark.parametrize(
    ("doctype", "name"),
    [
        ("<!DOCTYPE testsuite [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>", "&a;"),
        ("<!DOCTYPE testsuite [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", ""),
        ("<!DOCTYPE testsuite SYSTEM 'http://127.0.0.1:9/x.dtd'>", ""),
        ("<!DOCTYPE testsuite [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p'> %p;]>", ""),
    ],
)
def test_nothing_that_a_doctype_declares_is_expanded_or_fetched(doctype: str, name: str) -> None:
    text = f"{doctype}<testsuite><testcase name='t'><failure message='m'>&a;</failure></testcase></testsuite>"
    (test,) = parse(text).tests
    assert (test.name, test.message, test.details) == ("t", "m", name)


@pytest.mark.parametrize("encoding", ["utf-7", "no-such-encoding", "zip", "shift_jis"])
def test_of_an_encoding_that_expat_cannot_read_what_is_readable_is_kept(encoding: str) -> None:
    report = parse(f"<?xml version='1.0' encoding='{encoding}'?><testsuite><testcase name='a'/></testsuite>")
    assert [test.name for test in report.tests] == ["a"]
    assert report.reading.recovered


def test_a_declared_encoding_that_only_python_knows_is_read() -> None:
    text = "<?xml version='1.0' encoding='shift_jis'?><testsuite><testcase name='試験'/></testsuite>"
    (test,) = parse(text.encode("shift_jis")).tests
    assert test.name == "試験"


def test_each_limit_ends_the_reading_and_keeps_what_was_read() -> None:
    case = "<testcase name='a'/>"
    assert "more than 3 test cases" in parse(f"<testsuite>{case * 5}</testsuite>", max_cases=3).reading.error
    assert len(parse(f"<testsuite>{case * 5}</testsuite>", max_cases=3).tests) == 3
    by_bytes = parse(f"<testsuite>{case * 5}</testsuite>", max_bytes=55)
    assert (len(by_bytes.tests), by_bytes.reading.error) == (2, "longer than 55 bytes: the rest was not read")
    assert parse(f"<testsuite>{case}</testsuite>", max_bytes=len(f"<testsuite>{case}</testsuite>")).reading.error == ""
    deep = parse("<testsuite>" * 20_000 + case + "</testsuite>" * 20_000)
    assert (len(deep.tests), deep.reading.error) == (1, "")
    assert "tag or comment longer than" in parse(f"<testsuite>{case}<testcase name='{'x' * 3_000_000}'/>").reading.error
    assert "different names" in parse("<testsuite>" + "".join(f"<a{n}/>" for n in range(100_001))).reading.error


def test_texts_are_cut_to_what_is_stored_with_both_ends_of_the_details() -> None:
    test = one(f"<testcase name='t'><failure message='{'m' * 9000}'>begin{'x' * 90000}end</failure></testcase>")
    assert len(test.message) == 2000
    assert len(test.details) < 20_100
    assert test.details.startswith("begin")
    assert test.details.endswith("xend")
    assert "[...]" in test.details


def test_long_names_are_cut_and_stay_different() -> None:
    long = "n" * 5000
    first, second = one(f"<testcase name='{long}a'/>").name, one(f"<testcase name='{long}b'/>").name
    assert len(first) == len(second) == 1000
    assert first != second


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    case = "<testcase name='test %d'><failure>{}</failure><system-out>{}</system-out></testcase>"
    case = case.format("f" * 200, "o" * 400)
    with (tmp_path / "report.xml").open("w", encoding="utf-8") as out:
        out.write("<testsuite name='s'>")
        out.writelines(case % number for number in range(40_000))
        out.write("</testsuite>")
    with (tmp_path / "report.xml").open("rb") as stream:
        tracemalloc.start()
        reader = open_report(stream)
        assert reader is not None
        assert sum(1 for _ in reader) == 40_000
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert reader.reading.error == ""
    assert peak < 5_000_000
