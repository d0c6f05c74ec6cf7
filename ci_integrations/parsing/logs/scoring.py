"""How well each line starts, continues and ends a span: the sums of the weights of its marks and its neighbours'."""

from collections.abc import Sequence
from typing import Final

from ci_integrations.parsing.logs.choosing import Scores
from ci_integrations.parsing.logs.context import NAMES
from ci_integrations.parsing.logs.weights import WEIGHTS, Weight

_BYTES: Final = (len(NAMES) + 7) // 8
# Chosen, not learned: no passing runs belong to the labelled logs.
_ALL_WEIGHTS: Final = WEIGHTS | {"usual": Weight(-200, -200, 0, -200, 0)}
_NOTHING: Final = Weight(0, 0, 0, 0, 0)
# A mark at the place of a byte's bit, so that a line costs a look-up per byte and not per mark.
_Sums = tuple[int, int, int, int, int]


def scores_of(marks: Sequence[int]) -> Scores:
    """The scores of lines, from their bits (see `context.NAMES`)."""
    known: dict[int, _Sums] = {}
    sums = [known.get(bits) or known.setdefault(bits, _sum(bits)) for bits in marks]
    nothing = (0, 0, 0, 0, 0)
    return Scores(
        inside=[of[0] / 100 for of in sums],
        start=[(of[1] + before[2]) / 100 for of, before in zip(sums, [nothing, *sums], strict=False)],
        end=[(of[3] + after[4]) / 100 for of, after in zip(sums, [*sums[1:], nothing], strict=False)],
    )


def _sum(bits: int) -> _Sums:
    inside = start = start_after = end = end_before = 0
    for table, byte in zip(_TABLES, bits.to_bytes(_BYTES, "little"), strict=True):
        if byte:
            some = table[byte]
            inside += some[0]
            start += some[1]
            start_after += some[2]
            end += some[3]
            end_before += some[4]
    return inside, start, start_after, end, end_before


def _table(names: Sequence[str]) -> list[_Sums]:
    """For each value of a byte the sums of the weights of its bits."""
    table: list[_Sums] = [(0, 0, 0, 0, 0)]
    for name in names:
        more = _ALL_WEIGHTS.get(name, _NOTHING)
        table += [(of[0] + more[0], of[1] + more[1], of[2] + more[2], of[3] + more[3], of[4] + more[4]) for of in table]
    return table


_TABLES: Final = tuple(_table(NAMES[place : place + 8]) for place in range(0, len(NAMES), 8))
