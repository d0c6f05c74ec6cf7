"""How the lines of a log lie: gaps between them, indentation, and lines that are like others."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Final, NamedTuple

from ci_integrations.parsing.logs.marks import MARK

CUT: Final = -1
_DIGITS: Final = b"0123456789"
_SHAPE: Final = 300
_HEAD: Final = 4
_FEW, _RARE, _COMMON = 5, 2, 20

_ONCE, _FEW_TIMES, _OFTEN, _USUAL = MARK["once"], MARK["few times"], MARK["often"], MARK["often"] | MARK["usual"]
_LIKE_PREVIOUS, _LIKE_NEXT = MARK["like previous"], MARK["like next"]
_DEEPER, _NEXT_DEEPER = MARK["deeper"], MARK["next deeper"]
_SHALLOWER, _NEXT_SHALLOWER = MARK["shallower"], MARK["next shallower"]
_GAPS: Final = {CUT: (MARK["cut before"], MARK["cut after"]), 1: (MARK["gap before"], MARK["gap after"])}
_WIDE_GAP: Final = (MARK["wide gap before"], MARK["wide gap after"])


class Line(NamedTuple):
    """A line that says something: its number from 1, its text as cleaned, its cues.

    `gap` counts the lines right before it that say nothing; it is `CUT` where lines were not kept.
    """

    number: int
    text: str
    cues: int
    gap: int = 0


def shape_of(text: str) -> bytes:
    """What lines that differ only in numbers have in common."""
    return text[:_SHAPE].strip().encode("utf-8", "replace").translate(None, _DIGITS)


def repetition(shapes: Sequence[bytes], usual: AbstractSet[bytes]) -> list[int]:
    """How often there are lines of the same shape, and of the same beginning; whether the neighbours begin so."""
    heads = [shape[:_HEAD] for shape in shapes]
    times = {
        shape: _ONCE if count == 1 else _FEW_TIMES if count <= _FEW else _OFTEN
        for shape, count in Counter(shapes).items()
    }
    times |= dict.fromkeys(usual & times.keys(), _USUAL)
    of_head = {
        head: MARK["head once"] if count <= _RARE else MARK["head often"] if count > _COMMON else 0
        for head, count in Counter(heads).items()
    }
    bits = [times[shape] | of_head[head] for shape, head in zip(shapes, heads, strict=True)]
    for place, (before, head) in enumerate(pairwise(heads)):
        if head == before:
            bits[place] |= _LIKE_NEXT
            bits[place + 1] |= _LIKE_PREVIOUS
    return bits


def layout(lines: Sequence[Line]) -> list[int]:
    """Gaps between lines, and how deep they stand."""
    bits = [0] * len(lines)
    depth = 0
    for place, (_, text, _, gap) in enumerate(lines):
        deeper = -depth
        depth = len(text) - len(text.lstrip())
        deeper += depth
        if gap and place:
            before, after = _GAPS.get(gap, _WIDE_GAP)
            bits[place] |= before
            bits[place - 1] |= after
        if deeper and place:
            bits[place] |= _DEEPER if deeper > 0 else _SHALLOWER
            bits[place - 1] |= _NEXT_DEEPER if deeper > 0 else _NEXT_SHALLOWER
    if lines:
        bits[0] |= _WIDE_GAP[0]
        bits[-1] |= _WIDE_GAP[1]
    return bits
