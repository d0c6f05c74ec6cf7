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
# A run that listings tell of is asked for itself only where they were silent for so long.
SILENCE_OF_LISTINGS: Final = timedelta(minutes=15)
LIST_OFTEN: Final = timedelta(seconds=30)
LIST_SELDOM: Final = timedelta(minutes=5)
LIST_RARELY: Final = timedelta(minutes=30)
# Quiet times after which a repository is listed less often.
QUIET: Final = timedelta(hours=1)
ASLEEP: Final = timedelta(days=2)


def listing_interval(*, hears: bool, quiet_for: timedelta) -> timedelta:
    """Time until the runs of a repository are listed again.

    `hears` says that its webhooks arrive, so that a listing only finds what they missed; `quiet_for` is the time since
    one of its runs last changed.
    """
    if quiet_for > ASLEEP:
        return LIST_RARELY
    return LIST_SELDOM if hears or quiet_for > QUIET else LIST_OFTEN


def next_interval(
    state: State, *, age: timedelta, live_runs: int, failures: int = 0, listed: bool = False
) -> timedelta | None:
    """Time until the run is asked for again; None for a terminal state.

    `age` is the time since the run began, `live_runs` counts the unfinished runs of its connection, `failures` the
    unanswered polls in a row. `listed` says that listings tell its state.
    """
    if state.is_terminal:
        return None
    if listed and not failures:
        return SILENCE_OF_LISTINGS
    shortest, longest = INTERVALS[state]
    seconds = min(max(shortest, age.total_seconds() / 10), longest)
    seconds = max(seconds, min(live_runs * SECONDS_PER_LIVE_RUN, LONGEST_BY_NUMBER))
    if failures:
        seconds = min(max(seconds, 2.0 ** min(failures, 10)), LONGEST_AFTER_FAILURES)
    return timedelta(seconds=seconds)
