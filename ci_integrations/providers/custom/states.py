"""A server's own words for states and outcomes, and ours."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from ci_integrations.domain import Outcome, State

_WORDS = {
    State.CREATED: "created accepted requested new",
    State.QUEUED: "queued pending waiting preparing enqueued scheduled",
    State.BLOCKED: "blocked on_hold manual paused waiting_for_approval action_required",
    State.RUNNING: "running in_progress started building executing active processing",
    State.CANCELING: "canceling cancelling aborting stopping",
    State.SUCCESS: "success successful succeeded passed pass ok",
    State.NEUTRAL: "neutral",
    State.SKIPPED: "skipped not_run",
    State.FAILURE: "failure failed fail broken unstable",
    State.TIMED_OUT: "timed_out timeout timedout",
    State.ERROR: "error errored exception crashed infrastructure_failure startup_failure",
    State.CANCELED: "canceled cancelled aborted stopped killed",
}
DEFAULT_STATES: Mapping[str, State] = {word: state for state, words in _WORDS.items() for word in words.split()}

_OUTCOME_WORDS = {
    Outcome.PASSED: "passed pass success succeeded ok",
    Outcome.FAILED: "failed fail failure",
    Outcome.ERROR: "error errored broken",
    Outcome.SKIPPED: "skipped skip ignored pending disabled xfail",
}
DEFAULT_OUTCOMES: Mapping[str, Outcome] = {
    word: outcome for outcome, words in _OUTCOME_WORDS.items() for word in words.split()
}


def word_of(value: Any) -> str:
    """A JSON value as a key of the `states` map: a text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))[:200]


def map_state(value: Any, declared: Mapping[str, State]) -> State:
    """Our state for a server's value: as declared, else by its plain English meaning, else unknown."""
    word = word_of(value)
    if word in declared:
        return declared[word]
    return DEFAULT_STATES.get(_plain(word), State.UNKNOWN)


def map_outcome(value: Any, declared: Mapping[str, Outcome]) -> Outcome:
    """Our outcome for a server's value; what nobody knows is an error, never a pass."""
    word = word_of(value)
    if word in declared:
        return declared[word]
    return DEFAULT_OUTCOMES.get(_plain(word), Outcome.ERROR)


def _plain(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def _parse_states(value: Any) -> Any:
    return _parse(value, State)


def _parse_outcomes(value: Any) -> Any:
    return _parse(value, Outcome)


def _parse(value: Any, words: type[State] | type[Outcome]) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError("expected a mapping from the server's words to ours")  # noqa: TRY004 - pydantic reads ValueError only
    for key, word in value.items():
        if word not in list(words):
            raise ValueError(f"{word_of(key)}: expected one of {', '.join(words)}; found {word_of(word)[:40]}")
    return {word_of(key): words(word) for key, word in value.items()}


StateMap = Annotated[dict[str, State], BeforeValidator(_parse_states)]
OutcomeMap = Annotated[dict[str, Outcome], BeforeValidator(_parse_outcomes)]
