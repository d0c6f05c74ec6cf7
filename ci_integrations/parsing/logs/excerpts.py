"""The spans of a log that say why it failed, best first."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from ci_integrations.parsing.logs.choosing import ranked_spans
from ci_integrations.parsing.logs.context import contexts
from ci_integrations.parsing.logs.cues import BIT, cues, without_lead
from ci_integrations.parsing.logs.layout import CUT, Line, shape_of
from ci_integrations.parsing.logs.model import Span
from ci_integrations.parsing.logs.retention import Retention
from ci_integrations.parsing.logs.scoring import scores_of

# Around the first spans, and before the first and the last exit, for whoever reads on.
_AROUND: Final = 10
_SPANS_WITH_AROUND: Final = 3
_SHOWN: Final = 50
_RIGHT_BEFORE_EXIT: Final = 15
_BEFORE_EXIT: Final = 100
_AFTER_EXIT: Final = 2

_EXITS: Final = BIT["exit"] | BIT["annotated"]
_TIMED: Final = BIT["timed"]
_SAYS_SOMETHING: Final = re.compile(r"[^\W_]")


class Excerpts:
    """Feed it the lines of a log in order, cleaned (see `cleaning.clean`), and ask for the spans.

    `background` are lines, cleaned as well, of earlier runs of the same job that passed: what stands in them too, but
    for its numbers, is no reason of a failure.
    """

    def __init__(self, background: Iterable[str] = ()) -> None:
        self._usual = frozenset(shape_of(without_lead(text)) for text in background)
        self._retention = Retention()

    def feed(self, texts: Iterable[str]) -> None:
        """Look at the next lines."""
        self._retention.feed(texts)

    def spans(self) -> tuple[Span, ...]:
        """The spans, in order of what they tell; none overlaps another. Empty where the log says nothing."""
        total = self._retention.total()
        lines = telling_lines(self._retention.lines())
        numbers = [line.number for line in lines]
        cuts = [place for place, line in enumerate(lines) if line.gap == CUT]
        scores = scores_of(contexts(lines, total, self._usual))
        ranked = [Span(numbers[first], numbers[last]) for first, last in ranked_spans(scores, numbers, cuts)]
        return tuple(_with_more(ranked, _exits(lines), total))


def telling_lines(kept: Iterable[tuple[int, str]]) -> list[Line]:
    """Of lines and their numbers those that say something, with their cues and how they follow each other."""
    lines = []
    known: dict[str, int] = {}
    expected, gap = 1, 0
    for number, text in kept:
        if number != expected:
            gap = CUT
        expected = number + 1
        if text and (text[0].isalnum() or _SAYS_SOMETHING.search(text)):
            line = without_lead(text)
            bits = known.get(line)
            if bits is None:
                bits = known[line] = cues(line)
            lines.append(Line(number, line, bits if line is text else bits | _TIMED, gap))
            gap = 0
        elif gap != CUT:
            gap += 1
    return lines


def _with_more(ranked: Sequence[Span], exits: Sequence[int], total: int) -> list[Span]:
    """The spans that are shown, what stands right before an exit, the other spans, and more around all of these."""
    lines = list(accumulate(span.end - span.start + 1 for span in ranked))
    shown = max(1, bisect_right(lines, _SHOWN))
    spans = _Spans(total, ranked[:shown])
    for number in exits:
        spans.fill(number - _RIGHT_BEFORE_EXIT, number + _AFTER_EXIT)
    for span in ranked[shown:]:
        spans.fill(span.start, span.end)
    for span in ranked[:_SPANS_WITH_AROUND]:
        spans.fill(span.start - _AROUND, span.end + _AROUND)
    for number in exits:
        spans.fill(number - _BEFORE_EXIT, number + _AFTER_EXIT)
    return spans.found


class _Spans:
    """Spans that never overlap."""

    def __init__(self, total: int, found: Sequence[Span]) -> None:
        self._total = total
        self.found = list(found)

    def fill(self, start: int, end: int) -> None:
        """Add what is not there yet of these lines, as far as the log has them, the last first."""
        start, end = max(start, 1), min(end, self._total)
        for span in sorted(self.found, key=lambda each: each.start, reverse=True):
            if span.end < start:
                break
            if span.start > end:
                continue
            if span.end < end:
                self.found.append(Span(span.end + 1, end))
            end = span.start - 1
        if start <= end:
            self.found.append(Span(start, end))


def _exits(lines: Sequence[Line]) -> list[int]:
    """The lines of the first and the last exit, else the last line."""
    exits = [line.number for line in lines if line.cues & _EXITS] or [line.number for line in lines[-1:]]
    return list(dict.fromkeys([*exits[:1], *exits[-1:]]))
