"""The files of a run's coverage, in the order in which somebody wants to see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ci_integrations.models import CoverageReport
from ci_integrations.packing import unpack_json
from ci_integrations.parsing.coverage import Change, Coverage, Totals, delta, expanded
from ci_integrations.selectors.coverage import RunCoverage


class FileOrder(StrEnum):
    """What comes first in a list of files: the least covered, or what changed most."""

    WORST = "worst"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FileFigures:
    """One file now, and its main figure then and now; no `change` where there is nothing to hold it against."""

    path: str
    totals: Totals
    change: Change | None = None


def coverage_files(found: RunCoverage, order: FileOrder) -> list[FileFigures]:
    """Every file of a run's coverage. By `CHANGED` only those whose figure is another than then, gone ones too."""
    now = _stored(found.report)
    before = _stored(found.against.report) if found.against else None
    changes = {one.path: one.main for one in delta(now, before).files} if before is not None else {}
    files = {file.path: FileFigures(file.path, file.totals, changes.get(file.path)) for file in now.files}
    if order is FileOrder.WORST:
        return sorted(files.values(), key=_badness)
    changed = [files.get(path) or FileFigures(path, Totals(), change) for path, change in changes.items()]
    return sorted(changed, key=lambda one: (-_weight(one), one.path))


def _stored(row: CoverageReport) -> Coverage:
    """The files of a report with their figures, without their lines."""
    packed: dict[str, Sequence[int | None]] = unpack_json(bytes(row.files))
    files = (expanded(path, numbers) for path, numbers in packed.items())
    return Coverage(row.format, files=tuple(files))


def _badness(file: FileFigures) -> tuple[float, int, str]:
    """Least covered first, of equals the one with most to cover; last what has nothing to cover."""
    main = file.totals.main
    percent = main.percent if main else None
    if main is None or percent is None:
        return 101.0, 0, file.path
    return percent, -main.total, file.path


def _weight(file: FileFigures) -> float:
    """By how many points it moved; of a new file, how far it is from being covered."""
    if file.change is None:
        return 0.0
    if file.change.points is not None:
        return abs(file.change.points)
    percent = file.change.after.percent if file.change.after else None
    return 100 - percent if percent is not None else 0.0
