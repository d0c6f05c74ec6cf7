"""What JSON formats are made of: their declaration, and values that may be of any type."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import Part, Path, Plan
from ci_integrations.parsing.reports.interface import Counts, Reading


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document: `matches` tells it by what is complete of its beginning, `step` says which of its parts are
    read, `read` makes results of them.
    """

    name: str
    matches: Callable[[Any], bool]
    step: Plan
    read: Callable[[Iterator[Part], Reading], Iterator[TestData]]


def units(parts: Iterable[Part], path: Path, rest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects at a path; of the other parts the top-level ones go to `rest`, by their key."""
    for at, value in parts:
        if at == path:
            yield record(value)
        elif len(at) == 1:
            rest[at[0]] = value


class Nest:
    """The names of what a part stands in, where they come before it, by how deep they stand."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._told: dict[tuple[int, str], str] = {}

    def see(self, path: Path, value: Any) -> None:
        """A part that may be one of the names; the first of the keys begins a sibling."""
        if path and path[-1] in self._keys and isinstance(value, str):
            if path[-1] == self._keys[0]:
                self._told = {at: name for at, name in self._told.items() if at[0] < len(path)}
            self._told[len(path), path[-1]] = value

    def all(self, key: str, path: Path) -> list[str]:
        """From the outermost inwards, around a part."""
        return [name for (depth, one), name in sorted(self._told.items()) if one == key and depth < len(path) and name]

    def last(self, key: str, path: Path) -> str:
        """Of the innermost."""
        return next(iter(self.all(key, path)[-1:]), "")


_WORDS: Final = {
    "passed": Outcome.PASSED,
    "success": Outcome.PASSED,
    "successful": Outcome.PASSED,
    "xpassed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "timedout": Outcome.FAILED,
    "timedOut": Outcome.FAILED,
    "canceled": Outcome.FAILED,
    "interrupted": Outcome.FAILED,
    "aborted": Outcome.FAILED,
    "panicked": Outcome.ERROR,
    "error": Outcome.ERROR,
}


def text(value: Any) -> str:
    """A string, or ""."""
    return value if isinstance(value, str) else ""


def record(value: Any) -> dict[str, Any]:
    """An object, or {}."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; [] for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The strings of a list, or the one string there is."""
    if isinstance(value, str):
        return [value] if value else []
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []


def has(document: Any, *keys: str) -> bool:
    """Whether it is an object with all these keys."""
    return isinstance(document, dict) and all(key in document for key in keys)


def first_of(document: Any) -> dict[str, Any]:
    """The first object of a list that holds nothing else at its beginning."""
    return document[0] if isinstance(document, list) and document and isinstance(document[0], dict) else {}


def told(tests: int, failures: int, skipped: int) -> Counts | None:
    """A runner's own totals; None where they cannot be true."""
    return Counts(tests, failures, 0, skipped) if tests > 0 and failures + skipped <= tests else None


def outcome_of(value: Any) -> Outcome:
    """What a status says; one that neither passed nor failed was skipped."""
    return _WORDS.get(text(value), Outcome.SKIPPED)
