"""Answers kept for conditional requests: what has not changed since is not sent, nor counted against the rate limit.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
"""

import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer: its validator, its body, and its Link header."""

    etag: str
    packed: bytes
    link: str

    @property
    def body(self) -> bytes:
        """The body as it was served."""
        return zlib.decompress(self.packed)


class Shelf:
    """The newest answers, at most so many and so many bytes of them. Safe for threads."""

    def __init__(self, *, entries: int = 512, size: int = 32 * 1024 * 1024) -> None:
        self._entries, self._size = entries, size
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def get(self, identity: str, url: str) -> Kept | None:
        """What was answered last to this identity; never what another one was told."""
        with self._lock:
            found = self._kept.get((identity, url))
            if found is not None:
                self._kept.move_to_end((identity, url))
            return found

    def put(self, identity: str, url: str, *, etag: str, body: bytes, link: str) -> None:
        """Keep an answer; the oldest ones make room."""
        kept = Kept(etag, zlib.compress(body, level=1), link)
        with self._lock:
            self._drop((identity, url))
            self._kept[(identity, url)] = kept
            self._used += len(kept.packed)
            while self._kept and (len(self._kept) > self._entries or self._used > self._size):
                self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, str]) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._used -= len(dropped.packed)


# A provider is built for each task: what it learned is kept by the process.
SHELF: Final = Shelf()
