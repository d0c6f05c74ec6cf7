"""Figures beside what is expected of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_COUNT: Final = ".n"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a figure of a folder is to reach, and what it has reached."""

    folder: str
    target: float | None = None
    floor: float | None = None


def rows(
    figures: Mapping[str, float], expected: Mapping[str, Expected], baselines: Sequence[Mapping[str, float]]
) -> Iterator[str]:
    """A table for people: figure, value, target, floor, what the last 50 and 200 lines give, over how many files."""
    yield f"{'figure':32}{'value':>9}{'target':>9}{'floor':>9}{'tail 50':>9}{'tail 200':>9}{'files':>7}"
    for name, value in figures.items():
        if name.endswith(_COUNT):
            continue
        known = expected.get(name, Expected(""))
        cells = [_cell(value), _cell(known.target), _cell(known.floor), *(_cell(one.get(name)) for one in baselines)]
        mark = "" if known.target is None else "  met" if value >= known.target else "  MISSED"
        count = figures.get(name + _COUNT)
        yield f"{name:32}{''.join(f'{cell:>9}' for cell in cells)}{'' if count is None else int(count):>7}{mark}"


def below_floor(figures: Mapping[str, float], expected: Mapping[str, Expected]) -> list[str]:
    """A sentence for each figure that is below its floor, or is not there."""
    return [
        f"{name} is {_cell(figures.get(name)) or 'missing'}, its floor is {one.floor}"
        for name, one in expected.items()
        if one.floor is not None and figures.get(name, -1.0) < one.floor
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
