"""The lines of a log that may tell why it failed, kept while it is read: its end, and what stands around trouble."""

import re
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

TAIL: Final = 700
MAX_KEPT: Final = 2_000
_BEFORE: Final = 12
_AFTER: Final = 30
_HOT: Final = (
    "error", "fail", "fatal", "exception", "panic", "abort", "traceback", "exited with", "exit code", "crash",
    "killed", "unexpected",
)  # fmt: skip
# Trouble that is told again and again, in nearly the same words, is seldom why a job failed.
_REPEATS: Final = 2
_MAX_SHAPES: Final = 20_000
_SHAPE: Final = re.compile(r"[^\W\d_]{2,}")
_SHAPE_WORDS: Final = 8


class Retention:
    """Feed it the lines of a log in order; `lines` gives those that are kept, with their numbers, in order.

    However long the log is, at most `2 * TAIL + MAX_KEPT` lines are held: of those around trouble, the last.
    """

    def __init__(self) -> None:
        self._kept: deque[tuple[int, str]] = deque(maxlen=MAX_KEPT)
        self._tail: list[tuple[int, str]] = []
        self._wanted = 0
        self._seen: Counter[str] = Counter()

    def feed(self, number: int, text: str) -> None:
        """Take a line that says something."""
        self._tail.append((number, text))
        if len(self._tail) >= 2 * TAIL:
            self._keep(self._tail[:TAIL])
            del self._tail[:TAIL]

    def lines(self) -> list[tuple[int, str]]:
        """What is kept."""
        return [*self._kept, *self._tail]

    def _keep(self, lines: Sequence[tuple[int, str]]) -> None:
        last = -1
        for place, (_, text) in enumerate(lines):
            if _is_hot(text.lower()) and self._is_new(text):
                self._kept.extend(lines[max(last + 1, place - _BEFORE) : place + 1])
                last, self._wanted = place, _AFTER
            elif self._wanted:
                self._kept.append(lines[place])
                last = place
                self._wanted -= 1

    def _is_new(self, text: str) -> bool:
        shape = " ".join(_SHAPE.findall(text[:160])[:_SHAPE_WORDS])
        if shape not in self._seen and len(self._seen) >= _MAX_SHAPES:
            self._seen.clear()
        self._seen[shape] += 1
        return self._seen[shape] <= _REPEATS


def _is_hot(lower: str) -> bool:
    for word in _HOT:  # noqa: SIM110 - any() of a generator takes twice the time
        if word in lower:
            return True
    return False
