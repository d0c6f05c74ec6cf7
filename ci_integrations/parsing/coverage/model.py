"""What a coverage report says, whatever its format."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many of how many."""

    covered: int
    total: int

    @property
    def percent(self) -> float | None:
        """From 0 to 100, to two places; None where there is nothing to cover."""
        return round(100 * self.covered / self.total, 2) if self.total else None

    def plus(self, other: "Ratio") -> "Ratio":
        """Of both."""
        return Ratio(self.covered + other.covered, self.total + other.total)


class LineHits(Mapping[int, int]):
    """The hits of each line, in the order of the lines and in a small part of the memory of a dict."""

    __slots__ = ("_hits", "_numbers")

    def __init__(self, lines: Mapping[int, int]) -> None:
        self._numbers = _packed(sorted(lines))
        self._hits = _packed([lines[number] for number in self._numbers])

    def __getitem__(self, number: int) -> int:
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            raise KeyError(number)
        return self._hits[at]

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def values(self) -> ValuesView[int]:
        """As of any mapping, without looking each line up."""
        return _Hits(self)

    def hits(self) -> Iterator[int]:
        """In the order of the lines."""
        return iter(self._hits)


class _Hits(ValuesView[int]):
    _mapping: LineHits

    def __iter__(self) -> Iterator[int]:
        return self._mapping.hits()


def _packed(numbers: list[int]) -> "array[int]":
    most = max(numbers, default=0)
    return array(next(code for code, bits in (("B", 8), ("H", 16), ("I", 32), ("Q", 64)) if most < 2**bits), numbers)


class Block(NamedTuple):
    """A piece of source that runs as one: how many statements are in it, and how often it ran."""

    statements: int
    hits: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a file or a report; a kind that is not counted is None."""

    lines: Ratio | None = None
    branches: Ratio | None = None
    statements: Ratio | None = None

    @property
    def main(self) -> Ratio | None:
        """Lines, where they are counted, else statements."""
        return self.lines if self.lines is not None else self.statements


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One source file; a line number (from 1) maps to its hits. Empty where the report tells no lines.

    `branches` maps a line to how many of its branches were taken, `blocks` a place in the file to its statements.
    `stated` are the figures of a file of which the report tells no more than these. `branches_by` and `blocks_by` name
    the format that these are of, where several were merged: each has its own way to count, and to name places.
    """

    path: str
    lines: Mapping[int, int] = field(default_factory=dict)
    branches: Mapping[int, Ratio] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    stated: Totals = field(default_factory=Totals)
    branches_by: str = ""
    blocks_by: str = ""

    @property
    def totals(self) -> Totals:
        """Counted from its lines, branches and blocks; what has none, as stated."""
        return Totals(
            lines=line_ratio(self.lines.values()) if self.lines else self.stated.lines,
            branches=branch_ratio(self.branches.values()) if self.branches else self.stated.branches,
            statements=block_ratio(self.blocks.values()) if self.blocks else self.stated.statements,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """One report. A kind that it does not count is None; `error` says what could not be read. `line_rate` is its own
    word for the share of its lines that ran, from 0 to 1, where it tells neither the lines nor how many there are.

    `recovered` tells that a second, forgiving reading was needed, `truncated` that the end is missing or was not read.
    """

    format: str
    lines: Ratio | None = None
    branches: Ratio | None = None
    statements: Ratio | None = None
    files: tuple[FileCoverage, ...] = ()
    error: str = ""
    recovered: bool = False
    truncated: bool = False
    line_rate: float | None = None

    @property
    def totals(self) -> Totals:
        """Its three figures."""
        return Totals(self.lines, self.branches, self.statements)


def line_ratio(hits: Iterable[int]) -> Ratio:
    """Of lines, given their hits."""
    counted = [count > 0 for count in hits]
    return Ratio(sum(counted), len(counted))


def branch_ratio(lines: Iterable[Ratio]) -> Ratio:
    """Of branches, given those of each line."""
    counted = list(lines)
    return Ratio(sum(line.covered for line in counted), sum(line.total for line in counted))


def block_ratio(blocks: Iterable[Block]) -> Ratio:
    """Of statements."""
    counted = list(blocks)
    return Ratio(
        sum(block.statements for block in counted if block.hits > 0), sum(block.statements for block in counted)
    )


def counted(format_name: str, files: tuple[FileCoverage, ...], *, tells_branches: bool = False) -> Coverage:
    """A report with the sums of its files. `tells_branches`: the format does, where there are none as well."""
    totals = [file.totals for file in files]
    lines = summed(each.lines for each in totals) or Ratio(0, 0)
    branches = summed(each.branches for each in totals) or (Ratio(0, 0) if tells_branches else None)
    return Coverage(format_name, lines, branches, files=files)


def summed(ratios: Iterable[Ratio | None]) -> Ratio | None:
    """Of all that are told; None where none is."""
    total: Ratio | None = None
    for ratio in ratios:
        if ratio is not None:
            total = ratio if total is None else total.plus(ratio)
    return total
