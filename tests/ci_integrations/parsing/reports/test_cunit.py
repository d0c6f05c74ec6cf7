"""CUnit."""

from tests.ci_integrations.parsing.reports.reading import F, P, read


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


def test_the_second_reading_of_a_report_of_cunit_begins_anew() -> None:
    report = read(cunit(failure("divides", 9) + ADDS.replace("adds", "a & b")))

    assert report.outcomes == [("", "divides", F), ("", "a & b", P)]
