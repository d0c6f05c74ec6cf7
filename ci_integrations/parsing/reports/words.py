"""Texts of reports, bounded."""

import hashlib
from typing import Final, Generic, TypeVar

MAX_DETAILS: Final = 20_000

MAX_TEXTS: Final = 32_000_000
TAIL: Final = 4_000
_MAX_OPEN: Final = 100_000
_CUT: Final = "\n[...]\n"
Key = TypeVar("Key")


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

    @property
    def size(self) -> int:
        """How many characters are held."""
        return MAX_DETAILS - TAIL - self._room + len(self._tail)

    def __str__(self) -> str:
        return "".join(self._head) + (_CUT if self._dropped else "") + self._tail


class Texts(Generic[Key]):
    """The texts of what is open, together no longer than MAX_TEXTS: what comes after that is left out."""

    def __init__(self) -> None:
        self._texts: dict[Key, Text] = {}
        self._size = 0

    def begin(self, key: Key) -> None:
        """From now on there is such a text, an empty one."""
        self.pop(key)
        if len(self._texts) < _MAX_OPEN:
            self._texts[key] = Text()

    def add(self, key: Key, data: str) -> None:
        """Some more of a text."""
        if key not in self._texts:
            self.begin(key)
        text = self._texts.get(key)
        if text is not None and self._size < MAX_TEXTS:
            before = text.size
            text.add(data)
            self._size += text.size - before

    def get(self, key: Key) -> str:
        """A text as far as it has come; "" where there is none."""
        return str(self._texts.get(key, ""))

    def pop(self, key: Key) -> str:
        """A text that is ended."""
        text = self._texts.pop(key, None)
        if text is None:
            return ""
        self._size -= text.size
        return str(text)

    def opened(self) -> list[Key]:
        """In the order in which they began."""
        return list(self._texts)


def bounded(text: str) -> str:
    """A long text with both ends kept."""
    return text if len(text) <= MAX_DETAILS else text[: MAX_DETAILS - TAIL] + _CUT + text[-TAIL:]


def shortened(name: str, limit: int) -> str:
    """A name that is too long, cut and ended by a hash of the whole, so that it stays unique."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:16]
    return f"{name[: limit - 17]}~{digest}"
