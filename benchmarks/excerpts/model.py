"""How likely the labelled spans of logs are under weights of marks, and in which direction that grows.

One span of a log is right. The weight of a span is the exponential of the sum of the weights of the marks of its lines,
and of those at and next to its edges; see `ci_integrations.parsing.logs.choosing`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

ROLES: Final = ("inside", "start", "start_after", "end", "end_before")
_START, _START_AFTER, _END, _END_BEFORE = 1, 2, 3, 4

Vector = list[float]
# For each byte of a line's bits, and each value of it, a number for each role.
_Tables = list[list[list[float]]]


@dataclass(frozen=True, slots=True)
class Gold:
    """Spans that are right: those that start at one of some places and end at one of others."""

    starts: range
    ends: range


@dataclass(frozen=True, slots=True)
class Log:
    """The lines of a log that are kept: their marks, as bytes, the pieces without missing lines, the right spans."""

    group: str
    marks: Sequence[bytes]
    pieces: Sequence[range]
    golds: Sequence[Gold]
    weight: float


def likelihood(logs: Iterable[Log], weights: Vector, names: int) -> tuple[float, Vector]:
    """The logarithm of the likelihood of the right spans, and its gradient.

    `weights` holds for each role those of all marks; there are `names` of these.
    """
    tables = _tables(weights, names)
    told = [[[0.0] * len(ROLES) for _ in range(256)] for _ in tables]
    value = sum(log.weight * _add_log(log, tables, told) for log in logs)
    return value, _gradient(told, names)


def line_scores(marks: Sequence[bytes], tables: _Tables) -> tuple[Vector, Vector, Vector]:
    """For each line: how well it starts a span, goes on with one, and ends one."""
    sums = []
    for line in marks:
        inside = start = start_after = end = end_before = 0.0
        for table, byte in zip(tables, line, strict=True):
            if byte:
                of = table[byte]
                inside += of[0]
                start += of[1]
                start_after += of[2]
                end += of[3]
                end_before += of[4]
        sums.append((inside, start, start_after, end, end_before))
    nothing = (0.0,) * len(ROLES)
    starts = [of[_START] + before[_START_AFTER] for of, before in zip(sums, [nothing, *sums], strict=False)]
    ends = [of[_END] + after[_END_BEFORE] for of, after in zip(sums, [*sums[1:], nothing], strict=True)]
    return starts, [of[0] for of in sums], ends


def _tables(weights: Vector, names: int) -> _Tables:
    tables = []
    for at in range(0, names, 8):
        table = [[0.0] * len(ROLES)]
        for name in range(at, min(at + 8, names)):
            more = weights[name::names]
            table += [[one + other for one, other in zip(of, more, strict=True)] for of in table]
        tables.append(table)
    return tables


def _gradient(told: _Tables, names: int) -> Vector:
    return [
        sum(values[byte][role] for byte in range(256) if byte >> place & 1)
        for role in range(len(ROLES))
        for values, place in ((told[name // 8], name % 8) for name in range(names))
    ]


def _add_log(log: Log, tables: _Tables, told: _Tables) -> float:
    starts, insides, ends = ([math.exp(of) for of in scores] for scores in line_scores(log.marks, tables))
    all_spans = [_Spans(starts, insides, ends, Gold(piece, piece)) for piece in log.pieces]
    golds = [_Spans(starts, insides, ends, gold) for gold in log.golds]
    of_all, of_golds = sum(spans.total for spans in all_spans), sum(spans.total for spans in golds)
    right = [[0.0] * len(log.marks) for _ in range(3)]
    for spans, share in ((all_spans, -1 / of_all), (golds, 1 / of_golds)):
        for each in spans:
            each.add_to(right, share * log.weight)
    _tell(log.marks, right, told)
    return math.log(of_golds / of_all)


def _tell(marks: Sequence[bytes], right: Sequence[Vector], told: _Tables) -> None:
    inside, start, end = right
    for line, own, begins, begins_after, ends, ends_before in zip(
        marks, inside, start, [*start[1:], 0.0], end, [0.0, *end], strict=False
    ):
        for table, byte in zip(told, line, strict=True):
            if byte:
                of = table[byte]
                of[0] += own
                of[1] += begins
                of[2] += begins_after
                of[3] += ends
                of[4] += ends_before


class _Spans:
    """The weights of all spans that start and end where they may, by the forward-backward algorithm."""

    def __init__(self, starts: Vector, insides: Vector, ends: Vector, gold: Gold) -> None:
        self._first, self._stop = gold.starts.start, gold.ends.stop
        places = range(self._first, self._stop)
        self._starts = [starts[place] * insides[place] if place in gold.starts else 0.0 for place in places]
        self._ends = [ends[place] if place in gold.ends else 0.0 for place in places]
        self._open: Vector = []
        before = 0.0
        for start, place in zip(self._starts, places, strict=True):
            before = before * insides[place] + start
            self._open.append(before)
        self._rest: Vector = []
        after = 0.0
        for end, place in zip(reversed(self._ends), reversed(places), strict=True):
            after = after + end
            self._rest.append(after)
            after *= insides[place]
        self._rest.reverse()
        self.total = sum(before * end for before, end in zip(self._open, self._ends, strict=True))

    def add_to(self, sums: Sequence[Vector], share: float) -> None:
        """Add, times `share`, how much of the weight goes on with, starts and ends at each line."""
        inside, start, end = sums
        rows = zip(self._open, self._rest, self._starts, self._ends, strict=True)
        for place, (before, after, starts, ends) in enumerate(rows, self._first):
            inside[place] += share * before * after
            start[place] += share * starts * after
            end[place] += share * before * ends
