"""Small forms of what would be many rows that say little: passes of a job, figures of files."""

import json
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Any, Final

# A duration is kept in tenths of a millisecond (at most 119 hours), this for one that is not known.
_TICKS: Final = 10_000
_UNKNOWN: Final = 2**32 - 1


class Passes:
    """Which tests passed, by the ids of their cases, and how long each took in seconds; None where that is not known.

    A test that passed several times is there as often.
    """

    def __init__(self, passes: Iterable[tuple[int, float | None]] = ()) -> None:
        ordered = sorted(passes, key=lambda one: one[0])
        self._cases = [case for case, _ in ordered]
        self._ticks = [_ticks(seconds) for _, seconds in ordered]

    @classmethod
    def unpack(cls, packed: bytes) -> "Passes":
        """What `pack` made."""
        data = zlib.decompress(packed)
        count = len(data) // 12
        numbers = struct.unpack(f"<{count}Q{count}I", data)
        passes = cls()
        passes._cases = list(accumulate(numbers[:count]))
        passes._ticks = list(numbers[count:])
        return passes

    def pack(self) -> bytes:
        """A few bytes for each: zlib over the steps between the ids (u64) and the durations (u32), little-endian."""
        count = len(self._cases)
        steps = [after - before for before, after in pairwise([0, *self._cases])]
        return zlib.compress(struct.pack(f"<{count}Q{count}I", *steps, *self._ticks))

    def __len__(self) -> int:
        return len(self._cases)

    def __iter__(self) -> Iterator[tuple[int, float | None]]:
        return zip(self._cases, map(_seconds, self._ticks), strict=True)

    def of(self, case: int) -> list[float | None]:
        """The durations of one test, one for each time that it passed."""
        first, end = bisect_left(self._cases, case), bisect_right(self._cases, case)
        return [_seconds(ticks) for ticks in self._ticks[first:end]]


def pack_json(value: Any) -> bytes:
    """What JSON can say, small."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def unpack_json(packed: bytes) -> Any:
    """What `pack_json` made."""
    return json.loads(zlib.decompress(packed))


def _ticks(seconds: float | None) -> int:
    return _UNKNOWN if seconds is None or seconds < 0 else min(round(seconds * _TICKS), _UNKNOWN - 1)


def _seconds(ticks: int) -> float | None:
    return None if ticks == _UNKNOWN else ticks / _TICKS
