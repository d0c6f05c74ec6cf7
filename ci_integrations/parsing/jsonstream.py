"""JSON documents read piece by piece: the containers that a plan opens are walked through, their members given as they
come. Memory does not grow with the document, only with the largest piece.

What is not JSON, or breaks off, ends the reading with an error; all pieces before it were given, and of one that breaks
off what can be closed of it.
"""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any, BinaryIO, Final

from ci_integrations.parsing.jsontext import CLOSERS, BrokenJson, CutJson, JsonText, UnfitValue

MEMBER: Final = "[]"
_MAX_OPEN: Final = 1_000

Path = tuple[str, ...]
Part = tuple[Path, Any]


class Step(Enum):
    """What to do with an object or a list; any other value is taken."""

    OPEN = auto()
    TAKE = auto()
    SKIP = auto()


Plan = Callable[[Path], Step]


def plan(opened: set[Path], taken: set[Path]) -> Plan:
    """Objects and lists at these paths are opened and taken, those at others passed over."""
    return lambda path: Step.OPEN if path in opened else Step.TAKE if path in taken else Step.SKIP


def down_to(piece: Path) -> Plan:
    """What a piece at this path stands in is opened, the piece taken, everything else passed over."""
    opened = {piece[:depth] for depth in range(len(piece))}
    return plan(opened, {piece})


class JsonStream:
    """Iterates over one document of a seekable stream, or over `many`, one after the other: (path, value) of each value
    that `step` takes; a member of a list has MEMBER as the last part of its path. Raises BrokenJson. `skipped` says why
    a value was left out.
    """

    def __init__(self, stream: BinaryIO, step: Plan, *, max_bytes: int, many: bool = False) -> None:
        self._text = JsonText(stream, max_bytes=max_bytes)
        self._step = step
        self._many = many
        self.skipped = ""

    def __iter__(self) -> Iterator[Part]:
        yield from self._document()
        while self._many and self._text.sign():
            yield from self._document()
        if self._text.sign():
            raise BrokenJson("not well-formed JSON: more after its end")

    def _document(self) -> Iterator[Part]:
        opened: list[tuple[Path, str]] = []
        path: Path | None = ()
        while path is not None:
            sign = self._text.sign()
            step = self._step(path) if sign in CLOSERS else Step.TAKE
            if step is Step.OPEN:
                self._text.take()
                opened.append((path, CLOSERS[sign]))
                if len(opened) > _MAX_OPEN:
                    raise BrokenJson("nested too deeply")
            elif step is Step.TAKE:
                yield from self._taken(path)
            else:
                self._text.skip()
            path = self._next(opened, is_first=step is Step.OPEN)

    def _next(self, opened: list[tuple[Path, str]], *, is_first: bool) -> Path | None:
        """The path of the next value; None at the end of the document. Closes what ends here."""
        while opened:
            path, closer = opened[-1]
            if self._text.sign() == closer:
                self._text.take()
                opened.pop()
                is_first = False
                continue
            if not is_first:
                self._text.expect(",")
            if closer == "]":
                return (*path, MEMBER)
            self._text.sign()
            key = self._text.value()
            self._text.expect(":")
            return (*path, f"{key}")
        return None

    def _taken(self, path: Path) -> Iterator[Part]:
        try:
            value = self._text.value()
        except CutJson as cut:
            if cut.value is not None:
                yield path, cut.value
            raise
        except UnfitValue as unfit:
            self.skipped = self.skipped or f"{'.'.join(path)[:200]} was left out: {unfit}"
            self._text.skip()
            return
        yield path, value
