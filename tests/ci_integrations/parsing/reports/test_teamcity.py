"""Service messages of TeamCity."""

import time

import pytest

from tests.ci_integrations.parsing.reports.reading import F, P, S, is_report, read

TEAMCITY = """##teamcity[testCount timestamp='2026-01-01T10:00:00.000' count='5']
##teamcity[testSuiteStarted name='Cart' flowId='1']
##teamcity[testStarted name='adds' flowId='1']
##teamcity[testStarted name='adds' flowId='2']
##teamcity[testStdOut name='adds' out='hello|n' flowId='1']
##teamcity[testFinished name='adds' duration='1500' flowId='1']
PASSED ##teamcity[testStarted name = 'it|'s |[x|]' flowId='1']
##teamcity[testFailed name='it|'s |[x|]' message='no |0x263a||' details='a|nb' flowId='1']
##teamcity[testFinished name='it|'s |[x|]' duration='1' flowId='1']
##teamcity[testIgnored name='later' message='wait' flowId='1']
##teamcity[testSuiteFinished name='Cart' flowId='1']
##teamcity[testFinished name='adds' duration='0' flowId='2']
##teamcity[testFailed name='gone' message='never began'
##teamcity[testFailed name='gone' message='never began']
##teamcity[testStarted name='lost']
##teamcity[testFailed name='lost' message='never ended']
##teamcity[testStarted name='unknown']
"""


def test_service_messages_of_teamcity() -> None:
    report = read(TEAMCITY)

    assert report.reading.format == "teamcity"
    assert report.outcomes == [
        ("Cart", "adds", P),
        ("Cart", "it's [x]", F),
        ("Cart", "later", S),
        ("", "adds", P),
        ("", "gone", F),
        ("", "lost", F),
    ]
    adds, failed, *_ = report.tests
    assert (adds.duration, failed.message, failed.details) == (1.5, "no \u263a|", "a\nb")


@pytest.mark.parametrize("is_repeated", [True, False])
def test_teamcity_says_whether_tests_of_one_name_are_attempts(is_repeated: bool) -> None:
    once = "##teamcity[testStarted name='a']\n{}##teamcity[testFinished name='a']\n"
    begin = "##teamcity[testRetrySupport enabled='true']\n" if is_repeated else ""
    report = read(begin + once.format("##teamcity[testFailed name='a' message='no']\n") + once.format(""))

    assert [test.outcome for test in report.tests] == ([P] if is_repeated else [F, P])


def test_a_log_with_a_few_service_messages_is_no_report() -> None:
    assert not is_report("one\ntwo\nthree\n##teamcity[testStarted name='a']\n##teamcity[testFinished name='a']\n")
    assert not is_report("##teamcity[progressMessage 'building']\n##teamcity[buildNumber '1']\n")


PAIR = "##teamcity[testStarted name='a']\n##teamcity[testFinished name='a']\n"


@pytest.mark.parametrize(
    "text",
    [
        f"Building\n{PAIR * 1_000}src/x.c:3:5: error: no such thing\nmake: *** [all] Error 2\n",
        f"{PAIR * 1_000}make: *** [all] Error 2\n\n",
        PAIR * 1_000 + "src/x.c:3:5: error: no such thing\n" * 400 + PAIR,
        f"{PAIR}one\n{PAIR}",
    ],
)
def test_a_log_in_which_tests_are_told_is_no_report(text: str) -> None:
    assert not is_report(text)


def test_a_report_of_teamcity_may_hold_a_little_of_what_tests_printed() -> None:
    text = f"{PAIR * 30}hello\n\n{PAIR}"
    assert (len(read(text).tests), len(read(text.encode("utf-16")).tests)) == (31, 31)


def test_suites_of_the_flow_that_a_flow_came_from_are_told() -> None:
    report = read(
        """##teamcity[testSuiteStarted name='Assembly' flowId='1']
##teamcity[flowStarted flowId='2' parent='1']
##teamcity[testSuiteStarted name='Cart' flowId='2']
##teamcity[flowStarted flowId='3' parent='2']
##teamcity[testStarted name='adds' flowId='3']
##teamcity[testFinished name='adds' flowId='3']
##teamcity[flowFinished flowId='3']
##teamcity[testIgnored name='later' flowId='3']
##teamcity[testSuiteFinished name='Cart' flowId='2']
##teamcity[testIgnored name='other' flowId='2']
##teamcity[flowStarted flowId='4' parent='5']
##teamcity[flowStarted flowId='5' parent='4']
##teamcity[testIgnored name='round' flowId='5']
"""
    )

    assert [(test.suite, test.name) for test in report.tests] == [
        ("Assembly > Cart", "adds"),
        ("", "later"),
        ("Assembly", "other"),
        ("", "round"),
    ]


def test_signs_of_two_units_are_one_character() -> None:
    line = "##teamcity[testIgnored name='a|0xD83D|0xDE00|0xd83d-|0xDE00|0x00e9|0x12' message='|0xD83D']\n"
    (test,) = read(line).tests

    assert (test.name, test.message) == ("a\U0001f600-\u00e90x12", "")


def test_two_messages_may_stand_on_one_line() -> None:
    begin = "##teamcity[testStarted name='a']\n"
    report = read(
        f"{begin}##teamcity[testFailed name='a' message='no']##teamcity[testFinished name='a' duration='7']\n"
    )

    assert [(test.name, test.message, test.duration) for test in report.tests] == [("a", "no", 0.007)]


def test_service_messages_without_end_take_linear_time() -> None:
    begin = time.process_time()
    read("##teamcity[testStarted name='a']\n" + "##teamcity[testFailed name='|" * 100_000 + "\n")
    read("##teamcity[testStarted name='a']\n" + "##teamcity[testFailed" + " a='b'" * 300_000 + "\n")
    deep = "##teamcity[testSuiteStarted name='d']\n" * 300_000
    assert read(f"{deep}##teamcity[testIgnored name='a']\n").tests[0].suite.count("d") == 100
    many = "".join(f"##teamcity[testSuiteStarted name='{n}' flowId='{n}']\n" * 2 for n in range(20_000))
    assert read(f"##teamcity[testStarted name='a']\n{many}").tests == []
    read("##teamcity[testStarted name='a']\n" + "##teamcity[testFailed a=' b='" * 100_000 + "\n")
    flows = "".join(f"##teamcity[flowStarted flowId='{n}' parent='{n - 1}']\n" for n in range(20_000))
    read(PAIR + flows + "##teamcity[testIgnored name='a' flowId='19999']\n" * 2_000)
    assert time.process_time() - begin < 5
