"""A file's coverage in few and plain values, for JSON that is to be small."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Final

from ci_integrations.parsing.coverage.model import Block, FileCoverage, LineHits, Ratio, Totals

_FIGURES: Final = 6


def figures(file: FileCoverage) -> list[int | None]:
    """Of lines, branches and statements the covered ones and all; None for a kind that is not counted."""
    totals = file.totals
    ratios = (totals.lines, totals.branches, totals.statements)
    return [number for ratio in ratios for number in ((ratio.covered, ratio.total) if ratio else (None, None))]


def details(file: FileCoverage, name: Callable[[str], str]) -> list[Any]:
    """What `merged` needs of a file, each place of a block as `name` gives it: which lines and blocks ran (how often is
    lost) and which did not, the branches of each line, and the formats that blocks and branches are of.
    """
    ran, idle = (
        {name(place): one.statements for place, one in file.blocks.items() if (one.hits > 0) is is_run}
        for is_run in (True, False)
    )
    branches = chain.from_iterable((line, one.covered, one.total) for line, one in file.branches.items())
    covered, missed = ([line for line, hits in file.lines.items() if (hits > 0) is is_run] for is_run in (True, False))
    return [_spans(covered), _spans(missed), [*branches], ran, idle, file.branches_by, file.blocks_by]


def expanded(path: str, values: Sequence[Any]) -> FileCoverage:
    """The file of these `figures` and, where they follow, `details`."""
    stated = Totals(*(_ratio(*values[at : at + 2]) for at in range(0, _FIGURES, 2)))
    if len(values) == _FIGURES:
        return FileCoverage(path, stated=stated)
    covered, missed, branches, ran, idle, branches_by, blocks_by = values[_FIGURES:]
    return FileCoverage(
        path,
        LineHits({**dict.fromkeys(_numbers(covered), 1), **dict.fromkeys(_numbers(missed), 0)}),
        {line: Ratio(*ratio) for line, *ratio in zip(*[iter(branches)] * 3, strict=True)},
        {**_blocks(ran, 1), **_blocks(idle, 0)},
        stated,
        branches_by,
        blocks_by,
    )


def _spans(numbers: Iterable[int]) -> list[int]:
    """Rising numbers as how far each row of them is from the end of the one before, and how long it is."""
    spans: list[int] = []
    after = 0
    for number in numbers:
        if spans and number == after:
            spans[-1] += 1
        else:
            spans += [number - after, 1]
        after = number + 1
    return spans


def _numbers(spans: Sequence[int]) -> Iterable[int]:
    after = 0
    for gap, length in zip(spans[::2], spans[1::2], strict=True):
        first, after = after + gap, after + gap + length
        yield from range(first, after)


def _blocks(statements: Mapping[str, int], hits: int) -> dict[str, Block]:
    return dict(zip(statements, map(Block, statements.values(), repeat(hits)), strict=True))


def _ratio(covered: int | None, total: int | None) -> Ratio | None:
    return None if covered is None or total is None else Ratio(covered, total)
