"""Texts of reports, bounded."""

import hashlib
from typing import Final

MAX_DETAILS: Final = 20_000

TAIL: Final = 4_000
_CUT: Final = "\n[...]\n"


class Text:
    """Character data with both ends kept: the head of the report's words, and the tail that pytest's location is in."""

    __slots__ = ("_dropped", "_head", "_room", "_tail")

    def __init__(self) -> None:
        self._head: list[str] = []
        self._room = MAX_DETAILS - TAIL
        self._tail = ""
        self._dropped = False

    def add(self, data: str) -> None:
        """Some more of it."""
        if len(data) <= self._room:
            self._head.append(data)
            self._room -= len(data)
            return
        head, rest = data[: self._room], data[self._room :]
        self._head.append(head)
        self._room -= len(head)
        tail = self._tail + rest
        self._tail = tail[-TAIL:]
        self._dropped = self._dropped or len(tail) > TAIL

    def __str__(self) -> str:
        return "".join(self._head) + (_CUT if self._dropped else "") + self._tail


def bounded(text: str) -> str:
    """A long text with both ends kept."""
    return text if len(text) <= MAX_DETAILS else text[: MAX_DETAILS - TAIL] + _CUT + text[-TAIL:]


def shortened(name: str, limit: int) -> str:
    """A name that is too long, cut and ended by a hash of the whole, so that it stays unique."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:16]
    return f"{name[: limit - 17]}~{digest}"
