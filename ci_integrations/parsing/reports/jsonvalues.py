"""What JSON formats are made of: their declaration, and values that may be of any type."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ci_integrations.domain import TestData
from ci_integrations.parsing.reports.interface import Counts, Reading


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document: `matches` tells it by its keys, `read` gives its results."""

    name: str
    matches: Callable[[Any], bool]
    read: Callable[[Any, Reading], Iterator[TestData]]


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
