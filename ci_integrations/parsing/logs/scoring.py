"""How well each line starts, continues and ends a span: the sums of the weights of its marks and its neighbours'."""

from collections.abc import Sequence
from itertools import repeat
from operator import getitem
from typing import Final

from ci_integrations.parsing.logs.choosing import Scores
from ci_integrations.parsing.logs.marks import NAMES
from ci_integrations.parsing.logs.weights import WEIGHTS, Weight

_BYTES: Final = (len(NAMES) + 7) // 8
# Chosen, not learned: no passing runs belong to the labelled logs.
_ALL_WEIGHTS: Final = WEIGHTS | {"usual": Weight(-200, -200, 0, -200, 0)}
_NOTHING: Final = Weight(0, 0, 0, 0, 0)
# The weights of a mark are the parts of one number, so that one addition adds all of them.
_PART: Final = 24
_MIDDLE: Final = 1 << _PART - 1
_MASK: Final = (1 << _PART) - 1
_ALL_MIDDLES: Final = sum(_MIDDLE << _PART * place for place in range(len(_NOTHING)))


def scores_of(marks: Sequence[int]) -> Scores:
    """The scores of lines, from their bits (see `marks.NAMES`)."""
    sums = [sum(map(getitem, _TABLES, bits.to_bytes(_BYTES, "little")), _ALL_MIDDLES) for bits in marks]
    inside, start, start_after, end, end_before = (
        [(of >> shift & _MASK) - _MIDDLE for of in sums] for shift in range(0, _PART * len(_NOTHING), _PART)
    )
    return Scores(
        inside=[of / 100 for of in inside],
        start=[(of + before) / 100 for of, before in zip(start, [0, *start_after], strict=False)],
        end=[(of + after) / 100 for of, after in zip(end, [*end_before[1:], 0], strict=False)],
    )


def tables(weights: dict[str, Weight]) -> tuple[tuple[int, ...], ...]:
    """For each byte of a line's bits, and each value of it, the sum of the weights of its bits."""
    return tuple(_table([weights.get(name, _NOTHING) for name in NAMES[at : at + 8]]) for at in range(0, len(NAMES), 8))


def _table(weights: Sequence[Weight]) -> tuple[int, ...]:
    table = [0]
    for weight in weights:
        packed = sum(part << _PART * place for place, part in enumerate(weight))
        table += map(int.__add__, table[:], repeat(packed))
    return tuple(table)


_TABLES: Final = tables(_ALL_WEIGHTS)
