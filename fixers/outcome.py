"""How a fix attempt stands, and how it ends early."""

from enum import StrEnum
from typing import Final


class AttemptState(StrEnum):
    """Where a fix attempt stands; what comes after the bar is an end."""

    QUEUED = "queued"
    FIXING = "fixing"
    VERIFYING = "verifying"
    PUBLISHING = "publishing"
    WATCHING = "watching"
    # ---
    FIXED = "fixed"
    # Proved, and given to people as a patch: we may not push there.
    OFFERED = "offered"
    STILL_RED = "still_red"
    NOT_REPRODUCED = "not_reproduced"
    NO_CHANGE = "no_change"
    REJECTED = "rejected"
    FAILED = "failed"


# A process works on it.
WORKING: Final = frozenset({AttemptState.QUEUED, AttemptState.FIXING, AttemptState.VERIFYING, AttemptState.PUBLISHING})
ENDED: Final = frozenset(AttemptState) - WORKING - {AttemptState.WATCHING}


class Ended(Exception):
    """An attempt that is over before CI was asked to judge it: its last state and the reason for a reader."""

    def __init__(self, state: AttemptState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


def rejected(reason: str) -> Ended:
    """Something speaks against this fix, or against trying it."""
    return Ended(AttemptState.REJECTED, reason)
