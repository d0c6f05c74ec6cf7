"""What to do about it: a diagnosis and the run's history in, a decision with its reason out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ci_integrations.domain import State
from fixers.diagnosis import Cause, Diagnosis

FIX_BRANCHES: Final = "orchestrate/fix/"
FORMATTER: Final = "formatter"
AGENT: Final = "agent_command"
# With more than this many at once the code is broken, not the tests flaky.
MAX_RETRIED_TESTS: Final = 10
NAMED_TESTS: Final = 5


class Decision(StrEnum):
    """The answer to a settled run."""

    RETRY = "retry"
    FIX = "fix"
    REPORT = "report"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be done on the repository's behalf. `agent` tells that an agent command is configured.

    A run that ended more than `max_hours` ago is left alone: a server that is connected anew lists failures of years.
    """

    retry_enabled: bool = True
    fix_enabled: bool = True
    agent: bool = False
    max_attempts_per_day: int = 20
    max_retries_per_day: int = 50
    max_hours: int = 24


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision needs beside the diagnosis.

    `failed_before` and `runs_before` are the failed tests and the number of the earlier failed runs of this commit and
    workflow; `is_repetition` tells a retry of one of them. `flaky_here` are tests that failed there and passed here.
    `tools` are the tools that the formatter knows; `tried` gives for each strategy that was tried on this commit what
    came of it; `hours_ago` is how long ago the run ended. `failed_below` are the runs that its jobs started and that
    alone made it fail; `failed_before_only` tells that nothing of what failed ran in this attempt. `has_code` tells
    that the code can be cloned; `fork` names the fork that the commit is of, `safe_for_forks` the strategies that run
    no code of it.
    """

    state: State
    branch: str = ""
    commit_sha: str = ""
    is_own_commit: bool = False
    is_repetition: bool = False
    runs_before: int = 0
    failed: tuple[str, ...] = ()
    failed_before: frozenset[str] = frozenset()
    flaky_here: tuple[str, ...] = ()
    can_retry: bool = False
    has_code: bool = False
    fork: str = ""
    failed_below: tuple[int, ...] = ()
    failed_before_only: bool = False
    safe_for_forks: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    tried: Mapping[str, str] = field(default_factory=dict)
    attempts_today: int = 0
    retries_today: int = 0
    hours_ago: float = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision in words; `strategy` is set where the decision is to fix."""

    decision: Decision
    reason: str
    strategy: str = ""


def decide(diagnosis: Diagnosis, here: Situation, limits: Limits) -> Verdict:
    """The answer to a settled run. The reason names figures and tests, for a reader who knows nothing else."""
    nothing = _reason_for_nothing(here, limits)
    if nothing:
        return Verdict(Decision.NOTHING, nothing)
    no_retry = _reason_against_retry(diagnosis, here, limits)
    if not no_retry:
        return Verdict(Decision.RETRY, _retry_reason(diagnosis, here))
    strategy, why = choose_strategy(diagnosis, here, limits)
    if not strategy:
        return Verdict(Decision.REPORT, f"{no_retry}; {why}")
    cap = _reason_against_attempt(strategy, here, limits)
    if cap:
        return Verdict(Decision.REPORT, f"{no_retry}; {cap}")
    return Verdict(Decision.FIX, f"{no_retry}; {why}", strategy)


def choose_strategy(diagnosis: Diagnosis, here: Situation, limits: Limits) -> tuple[str, str]:
    """The strategy for a failure and why; ("", why not) where there is none. Caps on attempts are not looked at."""
    if not limits.fix_enabled:
        return "", "fixing is switched off for this repository (its fix policy in the admin)"
    if not here.has_code:
        return "", (
            "the repository has no clone_url, so no fix can be tried; set it in the configuration file "
            "(repositories: clone_url) or in the admin"
        )
    if not here.commit_sha:
        return "", "the server did not say which commit was run, so no fix can be tried"
    if diagnosis.cause in {Cause.FORMAT, Cause.LINT}:
        known = [tool for tool in diagnosis.tools if tool in here.tools]
        if known:
            return FORMATTER, f"{_list(known)} can be run on the code and checked by its own check"
        return "", f"no fixer is known for {_list(diagnosis.tools) or 'the tool that complained'}"
    if diagnosis.cause is not Cause.TEST or not here.failed:
        return "", f"no fixer is known for a failure of this kind ({diagnosis.cause})"
    if not limits.agent:
        return "", (
            "no agent command is configured that could work on it; set one in the repository's fix policy in the admin "
            "(docs/fixing.md)"
        )
    return AGENT, "the configured agent command gets the report to work on"


def _reason_for_nothing(here: Situation, limits: Limits) -> str:
    if here.branch.startswith(FIX_BRANCHES):
        return f"the branch {here.branch} is a fix branch of ours; own work is not answered again"
    if here.is_own_commit:
        return f"commit {here.commit_sha[:12]} was made by a fix attempt of ours; own work is not answered again"
    if here.state.is_passed:
        if not here.is_repetition:
            return "the run passed"
        flaky = f": flaky: {_list(here.flaky_here)}" if here.flaky_here else ""
        return f"passed on retry of the same commit{flaky}"
    if here.state is State.CANCELED:
        return "the run was canceled; that is somebody's wish, not a failure"
    if not here.state.is_failed:
        return f"the run ended as {here.state}, which is no failure"
    if here.failed_below:
        runs = _list([f"run {number}" for number in here.failed_below])
        return f"it failed for what it started alone: {runs} failed, and is answered by itself"
    if here.failed_before_only:
        return "what failed had failed in an earlier attempt and did not run again: it is answered there"
    if here.hours_ago > limits.max_hours:
        return (
            f"the run ended {here.hours_ago:.0f} hours ago; only failures of the last {limits.max_hours} hours are "
            "answered (ORCHESTRATE_TRIAGE_MAX_HOURS)"
        )
    return ""


def _reason_against_retry(diagnosis: Diagnosis, here: Situation, limits: Limits) -> str:
    """Why the run is not retried; "" where it is to be."""
    count = len(here.failed)
    if diagnosis.will_repeat:
        return f"{_what(diagnosis, here)}: it would fail again, so it is not retried"
    if here.is_repetition or here.runs_before:
        return _again(diagnosis, here)
    if count > MAX_RETRIED_TESTS:
        return f"{count} tests failed ({_list(here.failed)}), more than the {MAX_RETRIED_TESTS} that are retried"
    if not limits.retry_enabled:
        return f"{_what(diagnosis, here)}; retries are switched off for this repository (its fix policy in the admin)"
    if not here.can_retry:
        return f"{_what(diagnosis, here)}; this server cannot retry a run: its connection declares no such endpoint"
    if not here.commit_sha:
        return (
            f"{_what(diagnosis, here)}; the server did not say which commit was run, so the retry could not be told "
            "from a new failure: it is not retried"
        )
    if here.retries_today >= limits.max_retries_per_day:
        return (
            f"{_what(diagnosis, here)}; {here.retries_today} runs of this repository were retried within 24 hours, the "
            f"limit is {limits.max_retries_per_day} (max_retries_per_day in its fix policy)"
        )
    return ""


def _again(diagnosis: Diagnosis, here: Situation) -> str:
    times = max(here.runs_before + 1, 2)
    if not here.failed:
        return f"the same commit failed {times} times ({diagnosis.cause})"
    again = [test for test in here.failed if test in here.failed_before]
    if again:
        often = "twice" if times == 2 else f"{times} times"
        return f"{_tests(again)} failed {often} on the same commit, so not flaky"
    return f"{_tests(here.failed)} failed where other tests had failed before on the same commit"


def _retry_reason(diagnosis: Diagnosis, here: Situation) -> str:
    if here.failed:
        return f"{_tests(here.failed)} failed and may be flaky: the failed jobs are retried once on the same commit"
    return f"{_what(diagnosis, here)}: the failed jobs are retried once on the same commit"


def _reason_against_attempt(strategy: str, here: Situation, limits: Limits) -> str:
    if here.fork and strategy not in here.safe_for_forks:
        return (
            f"the commit comes from the fork {here.fork}, whose code is not run unasked: somebody who may push here "
            "can ask for a fix (`/orchestrate fix`)"
        )
    if strategy in here.tried:
        return (
            f"{strategy} was tried on this commit already, once is the limit: {here.tried[strategy]}; "
            "ask for another attempt by hand"
        )
    if here.attempts_today >= limits.max_attempts_per_day:
        return (
            f"{here.attempts_today} fix attempts were made for this repository within 24 hours, the limit is "
            f"{limits.max_attempts_per_day} (max_attempts_per_day in its fix policy)"
        )
    return ""


def _what(diagnosis: Diagnosis, here: Situation) -> str:
    if diagnosis.cause in {Cause.FORMAT, Cause.LINT}:
        tests = f", and {_tests(here.failed)} failed" if here.failed else ""
        return f"{_list(diagnosis.tools) or diagnosis.cause} complained about the code{tests}"
    if diagnosis.cause is Cause.TEST:
        never = " could not be imported or collected" if diagnosis.will_repeat else " failed"
        return f"{_tests(here.failed)}{never}" if here.failed else "tests failed that no report names"
    return {
        Cause.TIMEOUT: "the run took too long and was ended",
        Cause.INFRA: "the machine or the network failed, as far as the evidence tells",
        Cause.CONFIG: "the server refuses the CI configuration",
    }.get(diagnosis.cause, f"{diagnosis.tool} refused the code" if diagnosis.will_repeat else "the cause is not known")


def _tests(names: Sequence[str]) -> str:
    return f"{len(names)} test{'' if len(names) == 1 else 's'} ({_list(names)})"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_TESTS} more" if len(names) > NAMED_TESTS else ""
    return ", ".join(names[:NAMED_TESTS]) + more
