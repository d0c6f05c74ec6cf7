"""Coverage in JSON, read piece by piece."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Protocol

from ci_integrations.parsing import ReportError
from ci_integrations.parsing.coverage.model import Coverage, Ratio
from ci_integrations.parsing.coverage.tally import whole
from ci_integrations.parsing.jsonstream import JsonStream, Path, Step

MAX_BYTES: Final = 512_000_000


class JsonFormat(Protocol):
    """One format's reading of a document's pieces. Its methods may raise ReportError."""

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """By what is complete of the document's beginning."""

    def step(self, path: Path) -> Step:
        """Which pieces there are."""

    def take(self, path: Path, value: Any) -> None:
        """A piece."""

    def coverage(self) -> Coverage:
        """What was read so far."""


def read_json(stream: BinaryIO, document: JsonFormat, *, many: bool = False) -> tuple[Coverage, str, bool]:
    """A document, or `many`, as (what was read, what is wrong with it, whether not all was read)."""
    pieces = JsonStream(stream, document.step, max_bytes=MAX_BYTES, many=many)
    try:
        for path, value in pieces:
            document.take(path, value)
    except ReportError as error:
        return document.coverage(), str(error), True
    return document.coverage(), pieces.skipped, bool(pieces.skipped)


def record(value: Any) -> dict[str, Any]:
    """An object, or {}."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list; none of anything else."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def first(value: Any) -> Any:
    """The first member of a list or an object; None where there is none."""
    members = value if isinstance(value, list) else list(record(value).values())[:1]
    return members[0] if members else None


def ratio_of(figures: dict[str, Any], covered: str, total: str) -> Ratio | None:
    """Two figures of an object, of which no more is covered than there is; None where either is missing."""
    some, of_all = whole(figures.get(covered)), whole(figures.get(total))
    return None if some is None or of_all is None else Ratio(min(some, of_all), of_all)
