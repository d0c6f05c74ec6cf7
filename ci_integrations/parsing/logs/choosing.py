"""Which spans of lines to show, from how well each line starts, continues and ends one.

The weight of a span is the exponential of start + insides + end, as in a semi-Markov model with one segment
(Sarawagi and Cohen, 2004, https://papers.nips.cc/paper/2648-semi-markov-conditional-random-fields-for-information-extraction).
The first span is the one that most likely touches the right one and shares lines with it, which hedges between likely
ones: it may go from where one likely span starts to where another ends. The others each add most of the chance that is
left.
"""

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

MAX_SPAN: Final = 50
MAX_LINES: Final = 60
_STARTS: Final = 150
_LIKELY: Final = 200
_MAX_SPANS: Final = 14
# A span whose weight is less than e to this of the best one's is not looked at.
_UNLIKELY: Final = -6.0
# Chances are taken as less sure than the labelled logs made them; to touch the right span is worth more than its F1.
_SURENESS: Final = 0.85
_TOUCH: Final = 2.0
# From so many likely starts to so many likely ends, over so many lines, the first span may go.
_EDGES: Final = 20
_MAX_WIDE: Final = 30
# So many times the worth of the best likely span a wider one must have.
_WIDE_WORTH: Final = 1.06
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


def ranked_spans(scores: Scores, numbers: Sequence[int], cuts: Sequence[int] = ()) -> list[tuple[int, int]]:
    """The spans, best first, as places of their first and last line; none overlaps another.

    `numbers` are those of the lines in the log: what stands between them is shown too, and counts. `cuts` are the
    places of lines before which others are missing: no span goes over one.
    """
    likely = _likely_spans(scores, numbers, cuts)
    if not likely:
        return []
    chances = _Chances(likely, len(numbers))
    chosen = [_first(likely, list(_wide_spans(likely, numbers, cuts)), chances)]
    for span in sorted(likely, key=lambda span: chances.gain(span, numbers), reverse=True):
        if len(chosen) == _MAX_SPANS:
            break
        if not any(span.overlaps(other) for other in chosen):
            chosen.append(span)
    return [(span.first, span.last) for span in chosen]


class _Chances:
    """What the chances of spans, of which one is right, say of the lines."""

    def __init__(self, likely: Sequence[_Likely], lines: int) -> None:
        begun, ended, begun_lines, ended_lines = ([0.0] * (lines + 1) for _ in range(4))
        for first, last, chance in likely:
            begun[first] += chance
            ended[last + 1] += chance
            begun_lines[first] += chance * (last + 1 - first)
            ended_lines[last + 1] += chance * (last + 1 - first)
        # Up to each line: the chance that the right span has begun, that it has ended; its lines where it has.
        self._begun, self._ended = list(accumulate(begun)), list(accumulate(ended))
        self._begun_lines, self._ended_lines = list(accumulate(begun_lines)), list(accumulate(ended_lines))
        covered = (begun - ended for begun, ended in zip(self._begun, self._ended, strict=True))
        self._covered = list(accumulate(covered, initial=0.0))

    def worth(self, span: _Likely) -> float:
        """The chance to touch the right span, and the F1 of lines that is to be expected, nearly."""
        first, last, _ = span
        touching = self._begun[last] - self._ended[first]
        lines = self._begun_lines[last] - self._ended_lines[first]
        both = self._covered[last + 1] - self._covered[first]
        return _TOUCH * touching + 2 * both / (last + 1 - first + lines / touching)

    def gain(self, span: _Likely, numbers: Sequence[int]) -> float:
        """The chance to touch the right span, for the room that a span takes."""
        first, last, _ = span
        return (self._begun[last] - self._ended[first]) / math.pow(numbers[last] - numbers[first] + 3, _COST)


def _first(likely: Sequence[_Likely], wide: Sequence[_Likely], chances: _Chances) -> _Likely:
    """The span to show first: a wide one only where it is surely worth more."""
    best, wider = max(likely, key=chances.worth), max(wide, key=chances.worth, default=likely[0])
    return wider if chances.worth(wider) > _WIDE_WORTH * chances.worth(best) else best


def _wide_spans(likely: Sequence[_Likely], numbers: Sequence[int], cuts: Sequence[int]) -> Iterator[_Likely]:
    """Spans that may hold several likely ones."""
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    for first, last, chance in likely:
        starts[first] = starts.get(first, 0.0) + chance
        ends[last] = ends.get(last, 0.0) + chance
    lasts = nlargest(_EDGES, ends, key=ends.__getitem__)
    for first in nlargest(_EDGES, starts, key=starts.__getitem__):
        stop = cuts[bisect_right(cuts, first)] if cuts and first < cuts[-1] else len(numbers)
        stop = min(stop, bisect_left(numbers, numbers[first] + _MAX_WIDE))
        yield from (_Likely(first, last, 0.0) for last in lasts if first <= last < stop)


def _likely_spans(scores: Scores, numbers: Sequence[int], cuts: Sequence[int]) -> list[_Likely]:
    before = list(accumulate(scores.inside, initial=0.0))
    starts = [start - sum_before for start, sum_before in zip(scores.start, before, strict=False)]
    ends = [end + sum_after for end, sum_after in zip(scores.end, before[1:], strict=True)]
    edges = [0, *cuts, len(ends)]
    stops = [stop for start, stop in pairwise(edges) for _ in range(start, stop)]
    greatest = [of for start, stop in pairwise(edges) for of in _greatest_ahead(ends[start:stop])]
    bounds = list(map(float.__add__, starts, greatest))
    floor = max(bounds, default=0.0) + _UNLIKELY
    firsts = [place for place, bound in enumerate(bounds) if bound >= floor]
    firsts = sorted(firsts, key=bounds.__getitem__, reverse=True)[:_STARTS]
    spans = []
    for first in firsts:
        stop = min(first + MAX_SPAN, stops[first], bisect_left(numbers, numbers[first] + MAX_LINES))
        least, start = floor - starts[first], starts[first]
        spans += [(start + end, first, last) for last, end in enumerate(ends[first:stop], first) if end >= least]
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
