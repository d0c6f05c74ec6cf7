from dataclasses import replace

import pytest

from ci_integrations.domain import State
from fixers.diagnosis import Cause, Facts, FailedTest, Finding, diagnose

FORMAT = Finding(kind="format", message="Would reformat: a.py", tool="ruff format", file="a.py")
LINT = Finding(kind="lint", message="F401 unused", tool="ruff", file="a.py", source_line=3)
COMPILE = Finding(kind="compile", message="error[E0308]: mismatched types", tool="rustc")
INFRA = Finding(kind="infra", message="No space left on device")
ERROR = Finding(kind="error", message="make: *** [test] Error 1")
PYTEST = Finding(kind="test", message="FAILED tests/test_a.py", tool="pytest")
FAILED = FailedTest("tests.test_a", "test_x", "AssertionError: assert 1 == 2\nmore", file="tests/test_a.py", line=4)
BROKEN = FailedTest("tests.test_b", "tests.test_b", "ModuleNotFoundError: No module named 'shop'")


@pytest.mark.parametrize(
    ("state", "findings", "tests", "cause", "will_repeat"),
    [
        (State.SUCCESS, (FORMAT,), (), Cause.NONE, False),
        (State.CANCELED, (FORMAT,), (), Cause.NONE, False),
        (State.TIMED_OUT, (), (FAILED,), Cause.TIMEOUT, False),
        (State.ERROR, (FORMAT,), (), Cause.INFRA, False),
        (State.FAILURE, (ERROR, FORMAT), (), Cause.FORMAT, True),
        (State.FAILURE, (LINT, FORMAT), (), Cause.FORMAT, True),
        (State.FAILURE, (FORMAT,), (FAILED,), Cause.FORMAT, True),
        (State.FAILURE, (LINT,), (), Cause.LINT, True),
        (State.FAILURE, (INFRA, ERROR), (FAILED,), Cause.TEST, False),
        (State.FAILURE, (), (FAILED, BROKEN), Cause.TEST, True),
        (State.FAILURE, (PYTEST, ERROR), (), Cause.TEST, False),
        (State.FAILURE, (COMPILE, INFRA), (), Cause.UNKNOWN, True),
        (State.FAILURE, (INFRA, ERROR), (), Cause.INFRA, False),
        (State.FAILURE, (ERROR,), (), Cause.UNKNOWN, False),
        (State.FAILURE, (), (), Cause.UNKNOWN, False),
    ],
)
def test_cause(
    state: State, findings: tuple[Finding, ...], tests: tuple[FailedTest, ...], cause: Cause, will_repeat: bool
) -> None:
    found = diagnose(Facts(state, findings, tests))
    assert (found.cause, found.will_repeat) == (cause, will_repeat)


def test_a_configuration_that_the_server_refuses_is_not_retried() -> None:
    found = diagnose(Facts(State.ERROR, (FORMAT,), problem="jobs:unit config should be a hash"))
    assert (found.cause, found.will_repeat) == (Cause.CONFIG, True)
    assert found.evidence == ("jobs:unit config should be a hash",)


def test_evidence_names_tool_place_and_test() -> None:
    found = diagnose(Facts(State.FAILURE, (FORMAT, LINT), (FAILED,)))
    assert found.tools == ("ruff format", "ruff")
    assert found.evidence == (
        "Would reformat: a.py [ruff format]",
        "a.py:3: F401 unused [ruff]",
        "tests.test_a::test_x (tests/test_a.py:4): AssertionError: assert 1 == 2",
    )


def test_a_warning_is_the_cause_only_where_nothing_is_worse() -> None:
    warning = Finding("compile", "unused variable", "cc", severity="warning")
    assert diagnose(Facts(State.FAILURE, (warning, INFRA))).cause == Cause.INFRA
    assert diagnose(Facts(State.FAILURE, (warning,))).tools == ("cc",)
    assert diagnose(Facts(State.TIMED_OUT, (warning, INFRA))).evidence == (INFRA.text,)


@pytest.mark.parametrize("severity", ["warning", "note"])
def test_failed_tests_and_remarks_are_worse_than_warnings_and_notes(severity: str) -> None:
    lesser = Finding("lint", "'x' is unused", "eslint", file="a.js", source_line=1, severity=severity)
    remark = Finding("error", "wrong answer", file="a.py", source_line=3)
    found = diagnose(Facts(State.FAILURE, (lesser,), (FAILED,)))
    assert (found.cause, found.will_repeat, found.evidence) == (Cause.TEST, False, (FAILED.text,))
    found = diagnose(Facts(State.FAILURE, (lesser,), remarks=(remark,)))
    assert (found.cause, found.will_repeat, found.evidence) == (Cause.UNKNOWN, False, (remark.text,))


def test_names_of_failed_tests_in_a_log_hide_no_code_that_does_not_compile() -> None:
    broken = Finding("compile", "undefined: foo", "go", file="pkg/a.go", source_line=10)
    logged = FailedTest("", "example.com/b::TestX", is_from_log=True)
    found = diagnose(Facts(State.FAILURE, (broken,), (logged,)))
    assert (found.cause, found.will_repeat) == (Cause.UNKNOWN, True)
    assert found.evidence == ("pkg/a.go:10: undefined: foo [go]",)
    assert diagnose(Facts(State.FAILURE, (broken,), (logged, FAILED))).cause == Cause.TEST
    assert diagnose(Facts(State.FAILURE, (replace(broken, severity="warning"),), (logged,))).cause == Cause.TEST


def test_a_place_that_the_name_tells_is_not_told_twice() -> None:
    logged = FailedTest("", "tests/test_a.py::test_x", "assert 1 == 2", file="tests/test_a.py", is_from_log=True)
    assert logged.text == "tests/test_a.py::test_x: assert 1 == 2"


@pytest.mark.parametrize(
    ("kind", "cause", "will_repeat"),
    [
        ("type", Cause.LINT, True),
        ("security", Cause.LINT, True),
        ("vcs", Cause.INFRA, False),
        ("package", Cause.UNKNOWN, False),
        ("crash", Cause.UNKNOWN, False),
    ],
)
def test_each_class_of_finding_has_a_cause(kind: str, cause: Cause, will_repeat: bool) -> None:
    found = diagnose(Facts(State.FAILURE, (Finding(kind, "no", "tool", severity="error"),)))
    assert (found.cause, found.will_repeat, found.evidence) == (cause, will_repeat, ("no [tool]",))


def test_where_no_tool_complained_remarks_and_then_the_log_are_the_evidence() -> None:
    remark = Finding("error", "wrong answer", file="a.py", source_line=3)
    log = ("", "the lines", "that say why")
    assert diagnose(Facts(State.FAILURE, remarks=(remark,), excerpt=log)).evidence == ("a.py:3: wrong answer",)
    assert diagnose(Facts(State.FAILURE, excerpt=log)).evidence == ("the lines", "that say why")


def test_nothing_known_is_told_by_low_confidence() -> None:
    assert diagnose(Facts(State.FAILURE)).confidence < diagnose(Facts(State.FAILURE, (FORMAT,))).confidence


@pytest.mark.parametrize(
    ("message", "never_ran"),
    [
        ("SyntaxError: invalid syntax", True),
        ("collection failure", True),
        ("ImportError while importing test module", True),
        ("AssertionError: assert 'error' in log", False),
        ("ConnectionError: refused", False),
    ],
)
def test_a_test_that_never_ran_is_not_a_flaky_one(message: str, never_ran: bool) -> None:
    assert FailedTest("s", "n", message).never_ran is never_ran
