"""Which declarations a line may be for, told by literals alone, so that regular expressions run on few lines."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from ci_integrations.parsing.logs.tools.sources import is_source

# How much of a line's beginning is looked up: of starts that are shorter, less.
OPENING: Final = slice(5)
SHORT_OPENING: Final = slice(2)
_MOST_REMEMBERED: Final = 10_000
_DIGITS: Final = "0123456789"
_IN_SOURCE: Final = "in source "
_BEFORE: Final = ("", "(", "[", '"', "'")
_AFTER: Final = ("", ":", ",", ".", ";", ")", "]", "!", "]:", "):", '"', "'")

# A place in a line's first word, and its form: "path:12" (also "[path:12", "[3, 4]:path:12"), "path:12:3" ("::"),
# "path(12", "path:(12" and so on.
PLACE_FIRST: Final = re.compile(
    r"\[?[^\s:(@\[A-Za-z]*+[^\s:(@\[]++(?::[\\/][^\s:(@\[]*+)?(?P<form>[:(@\[][(\[]?)\d++(?P<column>:\d)?"
    r"|\[\d{1,7}(?:, \d{1,7}){0,50}\]:\S"
)
# What is looked at further whatever its words are: what a server or a build tool wrote before a line, or a place.
FURTHER: Final = re.compile(rf"(?P<wrapped>(?:##)?\[[A-Za-z])|{PLACE_FIRST.pattern}")
# What build tools and CI servers write before a line.
BUILD_TOOL: Final = re.compile(
    r"\s*+\[(?:INFO|ERROR|WARNING|WARN|info|error|warn|junit|java|exec|testng|junitlauncher|echo)\]:? ?"
)
WRAPPING: Final = re.compile(r"\s*+(?:\[[A-Za-z][\w:-]{1,30}\]:? ?)++")
MARKED: Final = "##["
_MARKER: Final = re.compile(r"##\[(?:error|warning|notice)\]")


class Declared(Protocol):
    """What tells a line of interest: what it begins with after its indentation (0 stands for any number), or a word
    that stands in it, or that its first word is a place (with `in_source`: in a file that people write). Where there
    are `holds`, one of these texts, in lower case, must stand in it as well.
    """

    @property
    def pattern(self) -> re.Pattern[str]: ...

    @property
    def starts(self) -> tuple[str, ...]: ...

    @property
    def words(self) -> tuple[str, ...]: ...

    @property
    def at_place(self) -> str: ...

    @property
    def in_source(self) -> bool: ...

    @property
    def holds(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Declared)


def unmarked(line: str) -> str:
    """The line without the marker that a CI server wrote before it because it complains."""
    return _MARKER.sub("", line, count=1) if line.startswith(MARKED) else line


def beginning(line: str) -> str:
    """The line without its indentation, with 0 for a number that it begins with."""
    text = line.lstrip()
    return "0" + text.lstrip(_DIGITS) if text[:1].isdigit() else text


def form_of(place: re.Match[str]) -> str:
    """The form of a place that `PLACE_FIRST` found; with `_IN_SOURCE` before it where the path is that of a source."""
    form = place["form"] or ":"
    form = "::" if form == ":" and place["column"] else form
    is_in_source = place["form"] is None or is_source(place.string[: place.start("form")])
    return f"{_IN_SOURCE}{form}" if is_in_source else form


class LineIndex(Generic[T]):
    """Finds the declarations whose literals a line holds, in the order they were given in.

    `openings` are what starts begin with (`OPENING`), `short_openings` what shorter ones do. `words` are
    all words as they may be written: with brackets and quotes around them, and a full stop, comma, colon or the like
    behind them; one that is declared with a blank or a sign at its end has nothing else behind it.
    """

    def __init__(self, entries: Iterable[T]) -> None:
        self._entries = tuple(entries)
        self._at_place: dict[str, list[int]] = {}
        self._starts: dict[str, list[tuple[int, str]]] = {}
        self._words: dict[str, list[int]] = {}
        for order, entry in enumerate(self._entries):
            for form in (entry.at_place, "::" if entry.at_place == ":" else ""):
                self._at_place.setdefault(f"{_IN_SOURCE}{form}", []).append(order)
                if not entry.in_source:
                    self._at_place.setdefault(form, []).append(order)
            for start in entry.starts:
                is_short = len(start) < OPENING.stop
                self._starts.setdefault(start[SHORT_OPENING if is_short else OPENING], []).append((order, start))
            for spelling in (spelling for word in entry.words for spelling in _spellings(word)):
                self._words.setdefault(spelling, []).append(order)
        for form in ("", _IN_SOURCE):
            self._at_place.pop(form, None)
        self._begins: Final = {key: tuple({start for _, start in some}) for key, some in self._starts.items()}
        self.openings: Final = frozenset(key for key in self._begins if len(key) == OPENING.stop)
        self.short_openings: Final = frozenset(key for key in self._begins if len(key) == SHORT_OPENING.stop)
        self.words: Final = frozenset(self._words)
        self._choices: dict[tuple[str, str, frozenset[str], str], tuple[_Choice[T], ...]] = {}

    def may_begin(self, begun: str) -> bool:
        """Whether a line that begins so (see `beginning`) has a declared start."""
        opening, short = begun[OPENING], begun[SHORT_OPENING]
        return (opening in self.openings and begun.startswith(self._begins[opening])) or (
            short in self.short_openings and begun.startswith(self._begins[short])
        )

    def candidates(self, begun: str, lowered: str, words: frozenset[str], place: re.Match[str] | None) -> list[T]:
        """What a line may be for, given how it begins (see `beginning`), the line in lower case, those of `words` that
        it holds, and the place that it begins with (a match of `PLACE_FIRST` or `FURTHER`).
        """
        opening, short = begun[OPENING], begun[SHORT_OPENING]
        key = (
            opening if opening in self.openings else "",
            short if short in self.short_openings else "",
            words,
            form_of(place) if place else "",
        )
        choices = self._choices.get(key)
        if choices is None:
            choices = self._remember(key)
        is_in = lowered.__contains__
        return [
            entry
            for entry, starts, text, others in choices
            if text in lowered and begun.startswith(starts) and (not others or any(map(is_in, others)))
        ]

    def _remember(self, key: tuple[str, str, frozenset[str], str]) -> "tuple[_Choice[T], ...]":
        """What is left to look at where lines have the same key, which many lines have."""
        *openings, words, form = key
        surely = {*self._at_place.get(form, ()), *(order for word in words for order in self._words[word])}
        starts: dict[int, list[str]] = {}
        for opening in openings:
            for order, start in self._starts.get(opening, ()):
                starts.setdefault(order, []).append(start)
        found = starts | {order: [""] for order in surely}
        if len(self._choices) >= _MOST_REMEMBERED:
            self._choices.clear()
        choices = tuple(_choice(self._entries[order], tuple(found[order])) for order in sorted(found))
        self._choices[key] = choices
        return choices


# A declaration, what lines for it begin with, and of what they hold the first and the others: most declare one.
_Choice = tuple[T, tuple[str, ...], str, tuple[str, ...]]


def _choice(entry: T, starts: tuple[str, ...]) -> _Choice[T]:
    first, *others = entry.holds or ("",)
    return entry, starts, "" if others else first, (first, *others) if others else ()


def _spellings(word: str) -> Iterator[str]:
    tails = _AFTER if word[-1].isalnum() else ("",)
    return (before + word.rstrip() + after for before in _BEFORE for after in tails)
