"""The lines of a log that may tell why it failed, kept while it is read: its end, and what stands around trouble."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from ci_integrations.parsing.logs.exits import is_exit
from ci_integrations.parsing.logs.words import TROUBLE, trouble_of, words_of_lines

TAIL: Final = 60
MAX_AROUND_TROUBLE: Final = 1_000
MAX_AROUND_VERDICTS: Final = 300
_BEFORE_EXIT: Final = 100
_BLOCK: Final = 1_000
_BEFORE, _AFTER = 4, 10
_FILLED: Final = 8
# Trouble that is told again and again, in nearly the same words, is seldom why a job failed.
_REPEATS: Final = 2
_VERDICT_REPEATS: Final = 10
_MAX_SEEN: Final = 20_000
_HEAD: Final = 4

_Numbered = tuple[int, str]


class Retention:
    """Feed it the lines of a log in order; `lines` gives those that are kept, with their numbers, in order.

    However long the log is, no more is held than a block of lines that are not looked at yet, what stands before the
    first and the last exit, and of what stands around trouble as many lines from the start as from the end.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._start = 1
        self._looked_at = 0
        self._around_verdicts = _FirstAndLast(MAX_AROUND_VERDICTS)
        self._around_trouble = _FirstAndLast(MAX_AROUND_TROUBLE)
        self._before_exits: list[list[_Numbered]] = []
        self._seen: Counter[tuple[bytes, ...]] = Counter()

    def feed(self, texts: Iterable[str]) -> None:
        """Take the next lines, without their ends."""
        self._texts += texts
        while len(self._texts) >= _BLOCK + _BEFORE_EXIT:
            self._look(self._start + _BLOCK + _BEFORE_EXIT - _AFTER - 1)
            del self._texts[:_BLOCK]
            self._start += _BLOCK

    def total(self) -> int:
        """How many lines were fed."""
        return self._start + len(self._texts) - 1

    def lines(self) -> list[_Numbered]:
        """What is kept."""
        total = self.total()
        self._look(total)
        kept = dict(self._between(total - TAIL + 1, total))
        for lines in (self._around_verdicts.lines(), self._around_trouble.lines(), *self._before_exits):
            kept.update(lines)
        return sorted(kept.items())

    def _look(self, to: int) -> None:
        """Look at the lines that were not looked at."""
        texts = self._texts[self._looked_at + 1 - self._start : to - self._start + 1]
        together = "\n".join(texts)
        may_be_named = "Error" in together or "Exception" in together or "Fail" in together
        lines = zip(texts, words_of_lines(together), strict=False)
        for number, (text, letters) in enumerate(lines, self._looked_at + 1):
            words = letters.split()
            is_named = may_be_named and ("Error" in text or "Exception" in text or "Fail" in text)
            if is_named or not TROUBLE.isdisjoint(words):
                self._keep_around(number, text, words)
        self._looked_at = to

    def _keep_around(self, number: int, text: str, words: Sequence[bytes]) -> None:
        if is_exit(text):
            self._before_exits[1:] = [self._between(number - _BEFORE_EXIT, number)]
        if ("FAIL" in text or "ERROR" in text or "CRASH" in text or "UNEXPECTED" in text) and (
            self._times((b"", *trouble_of(words, _HEAD))) <= _VERDICT_REPEATS
        ):
            self._around_verdicts.add(self._between(number - 1, number + 3))
        if self._times(tuple(words[:_HEAD])) <= _REPEATS:
            first = number - _BEFORE
            if first - self._around_trouble.end <= _FILLED:
                first = self._around_trouble.end + 1
            self._around_trouble.add(self._between(first, number + _AFTER))

    def _between(self, first: int, last: int) -> list[_Numbered]:
        first = max(first, self._start)
        return list(enumerate(self._texts[first - self._start : last - self._start + 1], first))

    def _times(self, words: tuple[bytes, ...]) -> int:
        if words not in self._seen and len(self._seen) >= _MAX_SEEN:
            self._seen.clear()
        self._seen[words] += 1
        return self._seen[words]


class _FirstAndLast:
    """Of lines that are added in order, the first half of `room` and the last."""

    def __init__(self, room: int) -> None:
        self.end = 0
        self._half = room // 2
        self._first: list[_Numbered] = []
        self._last: deque[_Numbered] = deque(maxlen=self._half)

    def add(self, lines: Sequence[_Numbered]) -> None:
        """Add those that come after the lines so far."""
        new = [line for line in lines if line[0] > self.end]
        if new:
            room = self._half - len(self._first)
            self._first += new[:room]
            self._last.extend(new[room:])
            self.end = new[-1][0]

    def lines(self) -> list[_Numbered]:
        return [*self._first, *self._last]
