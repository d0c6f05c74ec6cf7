from dataclasses import replace

import pytest

from ci_integrations.domain import State
from fixers.diagnosis import Cause, Diagnosis
from fixers.policy import AGENT, FORMATTER, Decision, Limits, Situation, decide

SHA = "a" * 40
HERE = Situation(
    state=State.FAILURE,
    branch="main",
    commit_sha=SHA,
    can_retry=True,
    has_code=True,
    tools=frozenset({"ruff format", "ruff"}),
)
FORMAT = Diagnosis(Cause.FORMAT, ("ruff format",), 0.95, will_repeat=True)
MYPY = Diagnosis(Cause.LINT, ("mypy",), 0.9, will_repeat=True)
TEST = Diagnosis(Cause.TEST, ("pytest",), 0.9)
BROKEN_TEST = replace(TEST, will_repeat=True)
INFRA = Diagnosis(Cause.INFRA, (), 0.9)
CONFIG = Diagnosis(Cause.CONFIG, (), 1.0, will_repeat=True)
UNKNOWN = Diagnosis(Cause.UNKNOWN)
ONE = replace(HERE, failed=("t::one",))
AGAIN = replace(ONE, is_repetition=True, runs_before=1, failed_before=frozenset({"t::one"}))
PASSED = replace(HERE, state=State.SUCCESS)
NONE = Diagnosis(Cause.NONE)
LIMITS = Limits()
WITH_AGENT = Limits(agent=True)
MANY = replace(HERE, failed=tuple(f"t::{n}" for n in range(11)))


@pytest.mark.parametrize(
    ("diagnosis", "here", "limits", "decision", "strategy", "says"),
    [
        (FORMAT, replace(HERE, branch="orchestrate/fix/3-1"), LIMITS, Decision.NOTHING, "", "fix branch of ours"),
        (FORMAT, replace(HERE, is_own_commit=True), LIMITS, Decision.NOTHING, "", "aaaaaaaaaaaa was made by a fix"),
        (NONE, PASSED, LIMITS, Decision.NOTHING, "", "the run passed"),
        (
            NONE,
            replace(PASSED, is_repetition=True, flaky_here=("t::one", "t::two")),
            LIMITS,
            Decision.NOTHING,
            "",
            "passed on retry of the same commit: flaky: t::one, t::two",
        ),
        (TEST, replace(ONE, failed_below=(17,)), WITH_AGENT, Decision.NOTHING, "", "run 17 failed, and is answered by"),
        (CONFIG, replace(HERE, state=State.ERROR), WITH_AGENT, Decision.REPORT, "", "refuses the CI configuration"),
        (NONE, replace(HERE, state=State.CANCELED), LIMITS, Decision.NOTHING, "", "canceled"),
        (FORMAT, replace(HERE, hours_ago=30), LIMITS, Decision.NOTHING, "", "30 hours ago"),
        (FORMAT, HERE, LIMITS, Decision.FIX, FORMATTER, "ruff format"),
        (FORMAT, replace(HERE, has_code=False), LIMITS, Decision.REPORT, "", "no clone_url"),
        (FORMAT, replace(HERE, commit_sha=""), LIMITS, Decision.REPORT, "", "which commit"),
        (FORMAT, HERE, Limits(fix_enabled=False), Decision.REPORT, "", "switched off"),
        (
            FORMAT,
            replace(HERE, tried={FORMATTER: "attempt 3 for run 7"}),
            LIMITS,
            Decision.REPORT,
            "",
            "once is the limit: attempt 3 for run 7",
        ),
        (FORMAT, replace(HERE, tried={AGENT: "attempt 3"}), LIMITS, Decision.FIX, FORMATTER, "ruff format"),
        (TEST, replace(ONE, commit_sha=""), LIMITS, Decision.REPORT, "", "could not be told from a new failure"),
        (TEST, replace(ONE, retries_today=49), LIMITS, Decision.RETRY, "", "may be flaky"),
        (TEST, replace(ONE, retries_today=50), LIMITS, Decision.REPORT, "", "limit is 50 (max_retries_per_day"),
        (FORMAT, replace(HERE, attempts_today=20), LIMITS, Decision.REPORT, "", "the limit is 20 (max_attempts_per"),
        (MYPY, HERE, WITH_AGENT, Decision.REPORT, "", "no fixer is known for mypy"),
        (TEST, ONE, LIMITS, Decision.RETRY, "", "1 test (t::one) failed and may be flaky"),
        (INFRA, HERE, LIMITS, Decision.RETRY, "", "machine or the network"),
        (UNKNOWN, HERE, LIMITS, Decision.RETRY, "", "cause is not known"),
        (BROKEN_TEST, ONE, LIMITS, Decision.REPORT, "", "could not be imported or collected: it would fail again"),
        (BROKEN_TEST, ONE, WITH_AGENT, Decision.FIX, AGENT, "agent command gets the report"),
        (TEST, MANY, LIMITS, Decision.REPORT, "", "11 tests failed (t::0, t::1, t::2, t::3, t::4 and 6 more)"),
        (TEST, ONE, Limits(retry_enabled=False), Decision.REPORT, "", "retries are switched off"),
        (TEST, replace(ONE, can_retry=False), LIMITS, Decision.REPORT, "", "cannot retry"),
        (TEST, AGAIN, LIMITS, Decision.REPORT, "", "1 test (t::one) failed twice on the same commit, so not flaky"),
        (TEST, AGAIN, LIMITS, Decision.REPORT, "", "no agent command is configured"),
        (TEST, AGAIN, WITH_AGENT, Decision.FIX, AGENT, "so not flaky"),
        (TEST, replace(AGAIN, failed_before=frozenset()), LIMITS, Decision.REPORT, "", "other tests had failed"),
        (INFRA, replace(HERE, is_repetition=True, runs_before=1), LIMITS, Decision.REPORT, "", "failed 2 times"),
    ],
)
def test_decision(
    diagnosis: Diagnosis, here: Situation, limits: Limits, decision: Decision, strategy: str, says: str
) -> None:
    verdict = decide(diagnosis, here, limits)
    assert (verdict.decision, verdict.strategy) == (decision, strategy)
    assert says in verdict.reason


def test_ten_tests_are_retried_and_eleven_are_not() -> None:
    ten = replace(MANY, failed=MANY.failed[:10])
    assert decide(TEST, ten, LIMITS).decision is Decision.RETRY
    assert decide(TEST, MANY, LIMITS).decision is Decision.REPORT


def test_nothing_is_ever_done_about_a_run_on_a_fix_branch() -> None:
    own = replace(AGAIN, branch="orchestrate/fix/1-1")
    assert {decide(found, own, WITH_AGENT).decision for found in (FORMAT, TEST, INFRA, UNKNOWN)} == {Decision.NOTHING}
