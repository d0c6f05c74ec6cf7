"""What several coverage reports say together, and what changed between two."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ci_integrations.parsing.coverage.model import (
    Coverage,
    FileCoverage,
    Ratio,
    Totals,
    block_ratio,
    branch_ratio,
    summed,
)
from ci_integrations.parsing.coverage.paths import aligned, plain
from ci_integrations.parsing.coverage.tally import FileTally


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after; None where it was not counted."""

    before: Ratio | None
    after: Ratio | None

    @property
    def points(self) -> float | None:
        """By how many percentage points it rose; None where either has none."""
        before = self.before.percent if self.before else None
        after = self.after.percent if self.after else None
        return None if before is None or after is None else round(after - before, 2)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of which the figure is another than before, or that is new or gone."""

    path: str
    main: Change


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed from one report to another."""

    lines: Change
    branches: Change
    statements: Change
    files: tuple[FileChange, ...] = ()


def merged(parts: Sequence[Coverage]) -> Coverage:
    """Several reports (of one run's parts, or of flags) as one: a line or statement that several tell of counts once,
    with the most hits, and its branches as the best of them has it. Each format counts statements and branches in its
    own way: those of a file are of the format that tells most of them. Of a file's figures that come without its lines
    the better ones count. A report without figures of files is added. Reports of different files are simply summed.
    Which files are the same, `ci_integrations.parsing.coverage.paths` tells.

    Raises ValueError for no part.
    """
    if not parts:
        raise ValueError("there is nothing to merge")
    if len(parts) == 1:
        return parts[0]
    format_name = "+".join(dict.fromkeys(name for part in parts for name in part.format.split("+")))
    by_path: dict[str, list[FileCoverage]] = defaultdict(list)
    for part in aligned(parts):
        for file in part.files:
            by_path[plain(file.path)].append(_signed(file, part.format, format_name))
    files = tuple(_merged_file(found) for found in by_path.values())
    overlap = any(len(found) > 1 for found in by_path.values())
    totals = _joint(parts, files) if overlap else _sum(part.totals for part in parts)
    return Coverage(
        format=format_name,
        lines=totals.lines,
        branches=totals.branches,
        statements=totals.statements,
        files=files,
        error="; ".join(part.error for part in parts if part.error),
        recovered=any(part.recovered for part in parts),
        truncated=any(part.truncated for part in parts),
    )


def delta(after: Coverage, before: Coverage) -> Delta:
    """What changed from `before` (of the base commit, or of the previous run) to `after`."""
    new, old = after.totals, before.totals
    return Delta(
        lines=Change(old.lines, new.lines),
        branches=Change(old.branches, new.branches),
        statements=Change(old.statements, new.statements),
        files=tuple(_file_changes(after.files, before.files)),
    )


def _signed(file: FileCoverage, of: str, among: str) -> FileCoverage:
    """A file that says from which format it has its branches and blocks, where its new report has several."""
    if of == among:
        return file
    return replace(file, branches_by=file.branches_by or of, blocks_by=file.blocks_by or of)


def _merged_file(found: Sequence[FileCoverage]) -> FileCoverage:
    if len(found) == 1:
        return found[0]
    tally = FileTally()
    branches: dict[str, FileTally] = defaultdict(FileTally)
    blocks: dict[str, FileTally] = defaultdict(FileTally)
    for file in found:
        for number, hits in file.lines.items():
            tally.lines[number] = max(hits, tally.lines.get(number, 0))
        for number, ratio in file.branches.items():
            branches[file.branches_by].branch(number, ratio.covered, ratio.total)
        for place, block in file.blocks.items():
            blocks[file.blocks_by].block(place, block.statements, block.hits)
    branches_by = max(branches, key=lambda name: branch_ratio(branches[name].branches.values()).total, default="")
    blocks_by = max(blocks, key=lambda name: block_ratio(blocks[name].blocks.values()).total, default="")
    tally.branches, tally.blocks = branches[branches_by].branches, blocks[blocks_by].blocks
    stated = [file.stated for file in found]
    tally.stated = Totals(
        _better(each.lines for each in stated),
        _better(each.branches for each in stated),
        _better(each.statements for each in stated),
    )
    return replace(tally.finish(found[0].path), branches_by=branches_by, blocks_by=blocks_by)


def _better(ratios: Iterable[Ratio | None]) -> Ratio | None:
    told = [ratio for ratio in ratios if ratio is not None]
    return max(told, key=lambda ratio: (ratio.total, ratio.covered), default=None)


def _joint(parts: Sequence[Coverage], files: Sequence[FileCoverage]) -> Totals:
    """Of the merged files, and of the parts that have figures of their own only."""
    together = _sum(file.totals for file in files)
    of_files = [_sum(file.totals for file in part.files) for part in parts]
    lines = [part.lines for part, own in zip(parts, of_files, strict=True) if own.lines is None]
    branches = [part.branches for part, own in zip(parts, of_files, strict=True) if own.branches is None]
    statements = [part.statements for part, own in zip(parts, of_files, strict=True) if own.statements is None]
    counted = _sum(part.totals for part in parts)
    return Totals(
        summed([together.lines, *lines]) if counted.lines else None,
        summed([together.branches, *branches]) if counted.branches else None,
        summed([together.statements, *statements]) if counted.statements else None,
    )


def _sum(totals: Iterable[Totals]) -> Totals:
    each = list(totals)
    return Totals(
        summed(one.lines for one in each), summed(one.branches for one in each), summed(one.statements for one in each)
    )


def _file_changes(after: Sequence[FileCoverage], before: Sequence[FileCoverage]) -> Iterable[FileChange]:
    new = {file.path: file.totals.main for file in after}
    old = {file.path: file.totals.main for file in before}
    for path in {**new, **old}:
        change = Change(old.get(path), new.get(path))
        if change.before != change.after:
            yield FileChange(path, change)
