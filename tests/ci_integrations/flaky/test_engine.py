"""Verdicts on a test from what was seen of it."""

import pytest

from ci_integrations.domain import Outcome
from ci_integrations.flaky.engine import Evidence, FlakyState, Observation, Verdict, judge, same_commit_evidence

OUTCOMES = {"P": Outcome.PASSED, "F": Outcome.FAILED, "E": Outcome.ERROR, "S": Outcome.SKIPPED}


def seen(text: str) -> list[Observation]:
    """`a:F a:P`: commit and outcome, in runs numbered from 1."""
    parts = [part.split(":") for part in text.split()]
    return [Observation(commit, run, OUTCOMES[outcome]) for run, (commit, outcome) in enumerate(parts, start=1)]


def verdict(text: str) -> Verdict:
    return judge(same_commit_evidence(seen(text)), seen(text))


@pytest.mark.parametrize(
    ("observations", "evidence"),
    [
        ("a:F a:P", [Evidence("a", 1, 2)]),
        ("a:P a:F", [Evidence("a", 2, 1)]),
        ("a:E a:P", [Evidence("a", 1, 2)]),
        ("a:P a:F a:P", [Evidence("a", 2, 3)]),
        ("a:F a:F a:P", [Evidence("a", 1, 3), Evidence("a", 2, 3)]),
        ("a:F b:P", []),
        ("a:F a:S", []),
        ("a:F a:F", []),
        (":F :P", []),
        ("a:F b:F a:P b:P", [Evidence("a", 1, 3), Evidence("b", 2, 4)]),
        ("", []),
    ],
)
def test_evidence_is_a_failure_beside_a_pass_of_the_same_commit(observations: str, evidence: list[Evidence]) -> None:
    assert same_commit_evidence(seen(observations)) == evidence


def test_a_test_repeated_within_one_run_is_evidence_once() -> None:
    twice = [Observation("a", 1, Outcome.FAILED)] * 2 + [Observation("a", 1, Outcome.PASSED)]
    assert same_commit_evidence(twice) == [Evidence("a", 1, 1)]


@pytest.mark.parametrize(
    ("observations", "state"),
    [
        ("a:F a:P", FlakyState.FLAKY),
        ("a:F a:P b:P", FlakyState.FLAKY),
        ("a:F a:F", FlakyState.BROKEN),
        ("a:P b:F b:E", FlakyState.BROKEN),
        ("a:F a:F a:S", FlakyState.BROKEN),
        ("a:F a:P b:F b:F", FlakyState.BROKEN),
        ("b:F b:F a:F a:P", FlakyState.FLAKY),
        ("b:F b:F a:P", FlakyState.HEALTHY),
        ("a:F", FlakyState.HEALTHY),
        ("a:F a:S", FlakyState.HEALTHY),
        (":F :F", FlakyState.HEALTHY),
        ("a:P b:P", FlakyState.HEALTHY),
        ("", FlakyState.HEALTHY),
    ],
)
def test_the_state_follows_from_the_newest_commit_and_the_evidence(observations: str, state: FlakyState) -> None:
    assert verdict(observations).state is state


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        ("abc:F abc:F abc:F", "It failed in all 3 results of commit abc."),
        (
            "abc:F abc:P",
            "It failed once on a commit that it also passed on. Last on commit abc: failed in run 1, passed in run 2.",
        ),
        (
            "a:F a:P b:P b:F",
            (
                "It failed 2 times on 2 commits that it also passed on. "
                "Last on commit b: failed in run 4, passed in run 3."
            ),
        ),
        (
            "a:P b:F",
            (
                "It failed in 1 of 2 results, never on a commit that it also passed on, "
                "and not twice on its newest commit."
            ),
        ),
        ("a:P", "It passed in all of 1 result."),
        ("", "There is no result of it yet."),
    ],
)
def test_the_reason_is_a_sentence_with_the_figures(observations: str, reason: str) -> None:
    assert verdict(observations).reason == reason
