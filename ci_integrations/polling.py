"""How often a run is asked for. Pure."""

from datetime import timedelta
from typing import Final

from ci_integrations.domain import State

# State -> shortest interval, longest interval, in seconds. It grows with the age of the run, one tenth of it.
INTERVALS: Final = {
    State.CREATED: (2, 30),
    State.QUEUED: (3, 60),
    State.RUNNING: (3, 60),
    State.CANCELING: (2, 30),
    State.BLOCKED: (60, 600),
    State.UNKNOWN: (10, 300),
}
# A connection is asked for its live runs at most twice a second, as long as each still has its turn within two minutes.
SECONDS_PER_LIVE_RUN: Final = 0.5
LONGEST_BY_NUMBER: Final = 120
LONGEST_AFTER_FAILURES: Final = 600


def next_interval(state: State, *, age: timedelta, live_runs: int, failures: int = 0) -> timedelta | None:
    """Time until the run is asked for again; None for a terminal state.

    `age` is the time since the run began, `live_runs` counts the unfinished runs of its connection, `failures` the
    unanswered polls in a row.
    """
    if state.is_terminal:
        return None
    shortest, longest = INTERVALS[state]
    seconds = min(max(shortest, age.total_seconds() / 10), longest)
    seconds = max(seconds, min(live_runs * SECONDS_PER_LIVE_RUN, LONGEST_BY_NUMBER))
    if failures:
        seconds = min(max(seconds, 2.0 ** min(failures, 10)), LONGEST_AFTER_FAILURES)
    return timedelta(seconds=seconds)
