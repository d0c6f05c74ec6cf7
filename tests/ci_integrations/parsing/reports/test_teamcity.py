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


def test_service_messages_without_end_take_linear_time() -> None:
    begin = time.process_time()
    read("##teamcity[testStarted name='a']\n" + "##teamcity[testFailed name='|" * 100_000 + "\n")
    read("##teamcity[testStarted name='a']\n" + "##teamcity[testFailed" + " a='b'" * 300_000 + "\n")
    deep = "##teamcity[testSuiteStarted name='d']\n" * 300_000
    assert read(f"{deep}##teamcity[testIgnored name='a']\n").tests[0].suite.count("d") == 100
    many = "".join(f"##teamcity[testSuiteStarted name='{n}' flowId='{n}']\n" * 2 for n in range(20_000))
    assert read(f"##teamcity[testStarted name='a']\n{many}").tests == []
    assert time.process_time() - begin < 5
