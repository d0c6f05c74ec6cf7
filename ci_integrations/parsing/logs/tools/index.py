"""Which declarations a line may be for, told by literals alone, so that regular expressions run on few lines."""

import re
from collections.abc import Iterable
from typing import Final, Generic, Protocol, TypeVar

_LONGEST_KEY: Final = 4
_MOST_WORDS: Final = 200
_BEFORE: Final = ("", "(", "[", '"', "'")
_AFTER: Final = ("", ":", ",", ".", ";", ")", "]", "!", "]:", "):", '"', "'")

# What numbered things in lists begin with, at most so many characters as a start is looked up by.
NUMBERED: Final = (*(f"{n}) " for n in range(1, 100)), *(f"{n})" for n in range(100, 1000)))

# A place in a line's first word: "path:12", "path(12", "[path:12".
PLACE_FIRST: Final = re.compile(r"\[?[^\s:(@\[]*+(?::[\\/][^\s:(@\[]*+)?[:(@\[][(\[]?\d")
# What build tools and CI servers write before a line.
BUILD_TOOL: Final = re.compile(
    r"\s*+\[(?:INFO|ERROR|WARNING|WARN|info|error|warn|junit|java|exec|testng|junitlauncher|echo)\]:? ?"
)
WRAPPING: Final = re.compile(r"\s*+(?:\[[A-Za-z][\w:-]{1,30}\]:? ?)++")
_MARKER: Final = re.compile(r"##\[(?:error|warning|notice)\]")


class Declared(Protocol):
    """What tells a line of interest: what it begins with after its indentation, or a word that stands in it."""

    @property
    def starts(self) -> tuple[str, ...]: ...

    @property
    def words(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Declared)


def words_of(text: str) -> list[str]:
    """What stands between blanks in a line, in lower case."""
    return text.lower().split(None, _MOST_WORDS)


def unmarked(line: str) -> str:
    """The line without the marker that a CI server wrote before it because it complains."""
    return _MARKER.sub("", line, count=1) if line.startswith("##[") else line


class LineIndex(Generic[T]):
    """Finds the declarations whose literals a line holds, in the order they were given in.

    A start is looked up by its first four characters, so a declaration that is found need not match. A word may have
    brackets and quotes around it, and a full stop, comma, colon or the like behind it.
    """

    def __init__(self, entries: Iterable[T]) -> None:
        self._entries = tuple(entries)
        self._starts: dict[str, list[int]] = {}
        self._words: dict[str, list[int]] = {}
        for order, entry in enumerate(self._entries):
            for start in entry.starts:
                self._starts.setdefault(start[:_LONGEST_KEY], []).append(order)
            for spelling in (before + word + after for word in entry.words for before in _BEFORE for after in _AFTER):
                self._words.setdefault(spelling, []).append(order)
        self._lengths = sorted({len(key) for key in self._starts})
        self._openings = frozenset(key[:2] for key in self._starts)
        self._known = frozenset(self._words)

    def candidates(self, text: str, words: list[str], always: Iterable[int] = ()) -> list[T]:
        """What `text`, a line without its indentation, may be for, given its words; with the entries `always`."""
        found: list[int] = [*always]
        if text[:2] in self._openings or text[:1] in self._openings:
            for length in self._lengths:
                if orders := self._starts.get(text[:length]):
                    found += orders
        if not self._known.isdisjoint(words):
            for word in self._known.intersection(words):
                found += self._words[word]
        if len(found) < 2:
            return [self._entries[order] for order in found]
        return [self._entries[order] for order in sorted(set(found))]
