"""Which declarations a line may be for, told by literals alone, so that regular expressions run on few lines."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

_SHORTEST_KEY: Final = 2
_LONGEST_KEY: Final = 4
_DIGITS: Final = "0123456789"
_BEFORE: Final = ("", "(", "[", '"', "'")
_AFTER: Final = ("", ":", ",", ".", ";", ")", "]", "!", "]:", "):", '"', "'")

# A place in a line's first word, and its form: "path:12" (also "[path:12", "[3, 4]:path:12"), "path:12:3" ("::"),
# "path(12", "path:(12" and so on.
PLACE_FIRST: Final = re.compile(
    r"\[?[^\s:(@\[A-Za-z]*+[^\s:(@\[]++(?::[\\/][^\s:(@\[]*+)?(?P<form>[:(@\[][(\[]?)\d++(?P<column>:\d)?"
    r"|\[\d{1,7}(?:, \d{1,7}){0,50}\]:\S"
)
# What is looked at further whatever its words are: what a server or a build tool wrote before a line, or a place.
FURTHER: Final = re.compile(rf"(?P<wrapped>\[[A-Za-z])|{PLACE_FIRST.pattern}")
# What build tools and CI servers write before a line.
BUILD_TOOL: Final = re.compile(
    r"\s*+\[(?:INFO|ERROR|WARNING|WARN|info|error|warn|junit|java|exec|testng|junitlauncher|echo)\]:? ?"
)
WRAPPING: Final = re.compile(r"\s*+(?:\[[A-Za-z][\w:-]{1,30}\]:? ?)++")
_MARKER: Final = re.compile(r"##\[(?:error|warning|notice)\]")


class Declared(Protocol):
    """What tells a line of interest: what it begins with after its indentation (0 stands for any number), or a word
    that stands in it, or that its first word is a place. Where there are `holds`, one of these texts, in lower case,
    must stand in it as well.
    """

    @property
    def starts(self) -> tuple[str, ...]: ...

    @property
    def words(self) -> tuple[str, ...]: ...

    @property
    def at_place(self) -> str: ...

    @property
    def holds(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Declared)


def unmarked(lines: Sequence[str]) -> Sequence[str]:
    """The lines without the marker that a CI server wrote before those that complain."""
    if not any(line.startswith("##[") for line in lines):
        return lines
    return [_MARKER.sub("", line, count=1) if line.startswith("##[") else line for line in lines]


def beginning(line: str) -> str:
    """The line without its indentation, with 0 for a number that it begins with."""
    text = line.lstrip()
    return "0" + text.lstrip(_DIGITS) if text[:1].isdigit() else text


def form_of(place: re.Match[str]) -> str:
    """The form of a place that `PLACE_FIRST` found."""
    form = place["form"] or ":"
    return "::" if form == ":" and place["column"] else form


class LineIndex(Generic[T]):
    """Finds the declarations whose literals a line holds, in the order they were given in.

    `openings` are the first four characters of starts, `short_openings` the first two of shorter starts. `words` are
    all words as they may be written: with brackets and quotes around them, and a full stop, comma, colon or the like
    behind them.
    """

    def __init__(self, entries: Iterable[T]) -> None:
        self._declared = [(entry, *_first_and_others(entry.holds)) for entry in entries]
        self._at_place: dict[str, list[int]] = {}
        self._starts: dict[str, list[tuple[str, int]]] = {}
        self._words: dict[str, list[int]] = {}
        for order, (entry, _, _) in enumerate(self._declared):
            for form in (entry.at_place, "::" if entry.at_place == ":" else ""):
                self._at_place.setdefault(form, []).append(order)
            for start in entry.starts:
                key = start[: _LONGEST_KEY if len(start) >= _LONGEST_KEY else _SHORTEST_KEY]
                self._starts.setdefault(key, []).append((start, order))
            for spelling in (spelling for word in entry.words for spelling in _spellings(word)):
                self._words.setdefault(spelling, []).append(order)
        self.openings: Final = frozenset(key for key in self._starts if len(key) == _LONGEST_KEY)
        self.short_openings: Final = frozenset(key for key in self._starts if len(key) == _SHORTEST_KEY)
        self.words: Final = frozenset(self._words)

    def candidates(self, begun: str, lowered: str, words: Sequence[str], place: re.Match[str] | None) -> list[T]:
        """What a line may be for, given how it begins (see `beginning`), in lower case, its words, and a place that it begins
        with (of `PLACE_FIRST` or `FURTHER`)."""
        found = [*self._at_place.get(form_of(place), ())] if place else []
        for length in (_SHORTEST_KEY, _LONGEST_KEY):
            if starts := self._starts.get(begun[:length]):
                found += [order for start, order in starts if begun.startswith(start)]
        if words:
            for word in self.words.intersection(words):
                found += self._words[word]
        if not found:
            return []
        declared = map(self._declared.__getitem__, sorted({*found}) if len(found) > 1 else found)
        is_in = lowered.__contains__
        return [entry for entry, text, others in declared if text in lowered or (others and any(map(is_in, others)))]


def _spellings(word: str) -> Iterator[str]:
    tails = _AFTER if word[-1].isalnum() else ("",)
    return (before + word.rstrip() + after for before in _BEFORE for after in tails)


def _first_and_others(texts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Nearly all declarations need one text at most, which is looked for faster; every line holds ""."""
    return (texts[0], texts[1:]) if texts else ("", ())
