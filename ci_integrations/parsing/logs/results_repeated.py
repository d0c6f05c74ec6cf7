"""Which runs of tests repeat what other frameworks print of the same tests."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ci_integrations.parsing.logs.results_run import Run
from ci_integrations.parsing.logs.tools.testing import EVERY_OTHER

_NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A run and the lines that are its own: from `first` to `last`; those up to `reach` are no other's.

    A run of which the first line is not known has all lines behind the run before.
    """

    run: Run
    first: int
    last: int
    reach: int
    names_failures: bool


def told_of(runs: Sequence[Sequence[Run]]) -> tuple[list[Run], list[Run]]:
    """The runs to count, and those to take names of failed tests from, given those of each framework.

    Runs that others cover or enclose (see `testing.Framework`) are left out; where one that encloses some names no
    failed tests though some failed, the tests are named that those name.
    """
    stretches = [list(_stretches(some)) for some in runs if some]
    covered = {name for some in stretches for name in some[0].run.framework.covers}
    told, named = [], []
    for some in (some for some in stretches if some[0].run.framework.name not in covered):
        enclosing = [others for others in stretches if _encloses(others[0].run, some[0].run)]
        for stretch in some:
            around = [other for other in (_around(stretch, others) for others in enclosing) if other]
            if not around:
                told.append(stretch.run)
            if not any(other.names_failures for other in around):
                named.append(stretch.run)
    return told, named


def _stretches(runs: Sequence[Run]) -> Iterator[_Stretch]:
    ends = [0, *(run.last for run in runs)]
    firsts = [run.first if run.begun else end + 1 for run, end in zip(runs, ends, strict=False)]
    for run, first, following in zip(runs, firsts, [*firsts[1:], _NEVER], strict=True):
        reach = run.last if run.ended else following - 1
        yield _Stretch(run, first, run.last, reach, not run.failures or bool(run.failed_tests()))


def _encloses(run: Run, other: Run) -> bool:
    encloses = run.framework.encloses
    if encloses == EVERY_OTHER:
        return other.framework.encloses != EVERY_OTHER
    return other.framework.name in encloses


def _around(stretch: _Stretch, others: Sequence[_Stretch]) -> _Stretch | None:
    """The first of the others, which stand in order, that has lines of the stretch."""
    place = bisect_left(others, stretch.first, key=lambda other: other.reach)
    return others[place] if place < len(others) and others[place].first <= stretch.last else None
