"""How a state looks: a shape, a word and a tone, so that no state is told by its colour alone."""

from dataclasses import dataclass
from typing import Final

from ci_integrations.domain import FAILED, PASSED, TERMINAL, Outcome, State
from fixers.models import AttemptState


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` names a symbol of `_icons.html`, `tone` a colour of the style sheet."""

    word: str
    icon: str
    tone: str


LOOKS: Final = {
    State.CREATED: Look("Created", "ring", "wait"),
    State.QUEUED: Look("Queued", "clock", "wait"),
    State.BLOCKED: Look("Blocked", "pause", "wait"),
    State.RUNNING: Look("Running", "half", "live"),
    State.CANCELING: Look("Canceling", "half", "live"),
    State.SUCCESS: Look("Passed", "check", "good"),
    State.NEUTRAL: Look("Neutral", "square", "calm"),
    State.SKIPPED: Look("Skipped", "skip", "calm"),
    State.FAILURE: Look("Failed", "cross", "bad"),
    State.TIMED_OUT: Look("Timed out", "alarm", "bad"),
    State.ERROR: Look("Error", "triangle", "bad"),
    State.CANCELED: Look("Canceled", "slash", "calm"),
    State.UNKNOWN: Look("Unknown", "question", "odd"),
}
ATTEMPT_LOOKS: Final = {
    AttemptState.QUEUED: Look("Queued", "clock", "wait"),
    AttemptState.FIXING: Look("Fixing", "half", "live"),
    AttemptState.VERIFYING: Look("Verifying", "half", "live"),
    AttemptState.PUBLISHING: Look("Publishing", "half", "live"),
    AttemptState.WATCHING: Look("Watching CI", "half", "live"),
    AttemptState.FIXED: Look("Fixed", "check", "good"),
    AttemptState.OFFERED: Look("Offered as a patch", "check", "good"),
    AttemptState.STILL_RED: Look("Still red", "cross", "bad"),
    AttemptState.NOT_REPRODUCED: Look("Not reproduced", "question", "odd"),
    AttemptState.NO_CHANGE: Look("No change", "square", "calm"),
    AttemptState.REJECTED: Look("Rejected", "slash", "odd"),
    AttemptState.FAILED: Look("Failed", "cross", "bad"),
}
OUTCOME_LOOKS: Final = {
    Outcome.PASSED: Look("Passed", "check", "good"),
    Outcome.FAILED: Look("Failed", "cross", "bad"),
    Outcome.ERROR: Look("Error", "triangle", "bad"),
    Outcome.SKIPPED: Look("Skipped", "skip", "calm"),
}

_LIVE: Final = tuple(state for state in State if state not in TERMINAL and state != State.UNKNOWN)
GROUPS: Final = {
    "live": ("In progress", _LIVE),
    "failed": ("Any failure", tuple(sorted(FAILED))),
    "passed": ("Any pass", tuple(sorted(PASSED))),
}


def outcome_look(outcome: str) -> Look:
    """The look of a test's result."""
    return OUTCOME_LOOKS[Outcome(outcome)]


def look(state: str) -> Look:
    """The look of a run's, job's or step's state."""
    return LOOKS.get(State(state), LOOKS[State.UNKNOWN])


def attempt_look(state: str) -> Look:
    """The look of a fix attempt's state."""
    return ATTEMPT_LOOKS[AttemptState(state)]


def states_of(choice: str) -> tuple[State, ...]:
    """The states that a choice of the filter stands for: a group, one state, or none for ""."""
    if choice in GROUPS:
        return GROUPS[choice][1]
    return (State(choice),) if choice else ()
