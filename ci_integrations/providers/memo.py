"""What was learned once and seldom changes: a provider is built for each task, so it is kept by the process."""

import threading
import time
from collections import OrderedDict
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
# In seconds: servers are updated, and projects renamed.
LONGEST: Final = 3600.0
# For what never changes any more.
FOR_EVER: Final = float("inf")


class Memo(Generic[K, V]):
    """At most so many entries, each for `longest` seconds; the least used one makes room. Safe for threads."""

    def __init__(self, entries: int, *, longest: float = LONGEST) -> None:
        self._entries = entries
        self._longest = longest
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """What is known, None where nothing is."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            if time.monotonic() >= until:
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Remember something."""
        with self._lock:
            self._kept[key] = (time.monotonic() + self._longest, value)
            self._kept.move_to_end(key)
            if len(self._kept) > self._entries:
                self._kept.popitem(last=False)
