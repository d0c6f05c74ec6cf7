"""Which spans of lines to show, from how well each line starts, continues and ends one.

The weight of a span is the exponential of start + insides + end, as in a semi-Markov model with one segment
(Sarawagi and Cohen, 2004, https://papers.nips.cc/paper/2648-semi-markov-conditional-random-fields-for-information-extraction).
The first span is the one of the greatest expected F1 of lines, which hedges between likely ones; the others each add
most of the chance that is left.
"""

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

MAX_SPAN: Final = 50
_LIKELY: Final = 300
_CANDIDATES: Final = 100
_STARTS: Final = 60
_MAX_SPANS: Final = 14
# Chances are taken as less sure than the labelled logs made them; to touch the right span is worth this much of an F1.
_SURENESS: Final = 0.8
_TOUCH: Final = 0.3
# How much a long span costs, as a power of its lines: it takes the room of others.
_COST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Scores:
    """For each line: how well it starts a span, goes on with one, and ends one."""

    start: Sequence[float]
    inside: Sequence[float]
    end: Sequence[float]


class _Likely(NamedTuple):
    first: int
    last: int
    chance: float

    def overlaps(self, other: "_Likely") -> bool:
        return self.first <= other.last and other.first <= self.last


def ranked_spans(scores: Scores, numbers: Sequence[int]) -> list[tuple[int, int]]:
    """The spans, best first, as places of their first and last line; none overlaps another.

    `numbers` are those of the lines in the log: what stands between them is shown too, and counts.
    """
    left = _likely_spans(scores)
    if not left:
        return []
    best = max(left[:_CANDIDATES], key=lambda span: _worth(span, left))
    chosen = [best]
    while left := [span for span in left if not best.overlaps(span)]:
        if len(chosen) == _MAX_SPANS:
            break
        best = _best_gain(left, numbers)
        chosen.append(best)
    return [(span.first, span.last) for span in chosen]


def _worth(span: _Likely, likely: Sequence[_Likely]) -> float:
    start, stop = span.first, span.last + 1
    expected = touching = 0.0
    for first, last, chance in likely:
        if first < stop and last >= start:
            both = (last + 1 if last < stop else stop) - (first if first > start else start)
            expected += both * chance / (stop - start + last + 1 - first)
            touching += chance
    return 2 * expected + _TOUCH * touching


def _best_gain(left: Sequence[_Likely], numbers: Sequence[int]) -> _Likely:
    """The span that has most chance to touch the right one, for the room it takes."""
    firsts, lasts = sorted(span.first for span in left), sorted(span.last for span in left)
    begun = [0.0, *accumulate(span.chance for span in sorted(left, key=lambda span: span.first))]
    ended = [0.0, *accumulate(span.chance for span in sorted(left, key=lambda span: span.last))]

    def gain(span: _Likely) -> float:
        touching = begun[bisect_right(firsts, span.last)] - ended[bisect_left(lasts, span.first)]
        return touching / math.pow(numbers[span.last] - numbers[span.first] + 3, _COST)

    return max(left[:_CANDIDATES], key=gain)


def _likely_spans(scores: Scores) -> list[_Likely]:
    before = list(accumulate(scores.inside, initial=0.0))
    starts = [start - sum_before for start, sum_before in zip(scores.start, before, strict=False)]
    ends = [end + sum_after for end, sum_after in zip(scores.end, before[1:], strict=True)]
    bound = [start + end for start, end in zip(starts, _greatest_ahead(ends), strict=True)]
    firsts = sorted(range(len(bound)), key=bound.__getitem__, reverse=True)[:_STARTS]
    spans = [
        (starts[first] + ends[last], first, last)
        for first in firsts
        for last in range(first, min(first + MAX_SPAN, len(ends)))
    ]
    spans.sort(reverse=True)
    del spans[_LIKELY:]
    weights = [math.exp((weight - spans[0][0]) * _SURENESS) for weight, _, _ in spans]
    total = sum(weights)
    return [_Likely(first, last, weight / total) for weight, (_, first, last) in zip(weights, spans, strict=True)]


def _greatest_ahead(values: Sequence[float]) -> list[float]:
    """For each place the greatest of the `MAX_SPAN` values from there on."""
    greatest = [0.0] * len(values)
    ahead: deque[int] = deque()
    for place in range(len(values) - 1, -1, -1):
        while ahead and values[ahead[-1]] <= values[place]:
            ahead.pop()
        ahead.append(place)
        if ahead[0] >= place + MAX_SPAN:
            ahead.popleft()
        greatest[place] = values[ahead[0]]
    return greatest
