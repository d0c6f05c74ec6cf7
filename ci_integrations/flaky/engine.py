"""Is a test flaky, broken or healthy? Observations of one test in, a verdict with its reason out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ci_integrations.domain import Outcome


class FlakyState(StrEnum):
    """The verdict on a test."""

    HEALTHY = "healthy"
    FLAKY = "flaky"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Observation:
    """How the test ended once. `run_id` names one attempt of one run; `commit_sha` is "" where it is not known."""

    commit_sha: str
    run_id: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Evidence:
    """The test failed in one run and passed in another, of the same commit. Both are the same run where the test was
    repeated within it.
    """

    commit_sha: str
    failed_run: int
    passed_run: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state, and the reason as whole sentences with the figures."""

    state: FlakyState
    reason: str


def same_commit_evidence(observations: Iterable[Observation]) -> list[Evidence]:
    """Each failure of one test beside a pass of the same commit, from observations in order of time.

    The pass is the first one after the failure, else the last one before it. Skipped results, and those whose commit is
    not known, say nothing.
    """
    commits: dict[str, list[Observation]] = {}
    for seen in _telling(observations):
        if seen.commit_sha:
            commits.setdefault(seen.commit_sha, []).append(seen)
    pairs = (pair for group in commits.values() for pair in _pairs(group))
    return list(dict.fromkeys(pairs))


def judge(evidence: Sequence[Evidence], observations: Iterable[Observation]) -> Verdict:
    """The verdict on one test, from its evidence and its observations in order of time.

    Broken: every result of the newest commit, at least two, is a failure; evidence from older commits does not excuse
    it. Flaky: there is evidence. Healthy: neither, which a single failure is too little to change.
    """
    seen = _telling(observations)
    newest = [one for one in seen if one.commit_sha and one.commit_sha == seen[-1].commit_sha]
    failed = sum(one.outcome.is_failed for one in newest)
    if len(newest) >= 2 and failed == len(newest):
        return Verdict(FlakyState.BROKEN, f"It failed in all {failed} results of commit {newest[-1].commit_sha[:12]}.")
    if evidence:
        return Verdict(FlakyState.FLAKY, _flaky_reason(evidence))
    if not seen:
        return Verdict(FlakyState.HEALTHY, "There is no result of it yet.")
    failures = sum(one.outcome.is_failed for one in seen)
    if failures:
        return Verdict(
            FlakyState.HEALTHY,
            f"It failed in {failures} of {_results(len(seen))}, never on a commit that it also passed on, "
            "and not twice on its newest commit.",
        )
    return Verdict(FlakyState.HEALTHY, f"It passed in all of {_results(len(seen))}.")


def _telling(observations: Iterable[Observation]) -> list[Observation]:
    return [seen for seen in observations if seen.outcome is not Outcome.SKIPPED]


def _pairs(group: Sequence[Observation]) -> Iterable[Evidence]:
    for index, seen in enumerate(group):
        if not seen.outcome.is_failed:
            continue
        candidates = [*group[index + 1 :], *reversed(group[:index])]
        passed = next((other for other in candidates if other.outcome is Outcome.PASSED), None)
        if passed is not None:
            yield Evidence(seen.commit_sha, seen.run_id, passed.run_id)


def _flaky_reason(evidence: Sequence[Evidence]) -> str:
    commits = {piece.commit_sha for piece in evidence}
    last = evidence[-1]
    times = "once" if len(evidence) == 1 else f"{len(evidence)} times"
    where = "a commit" if len(commits) == 1 else f"{len(commits)} commits"
    return (
        f"It failed {times} on {where} that it also passed on. "
        f"Last on commit {last.commit_sha[:12]}: failed in run {last.failed_run}, passed in run {last.passed_run}."
    )


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"
