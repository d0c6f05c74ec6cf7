"""How many tests one run tells of, and how long they took."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ci_integrations.parsing.logs.tools.testing import WORDS

_KINDS: Final = ("total", "passed", "failed", "errors", "skipped", "plan", "completed")
_COUNT: Final = re.compile(
    r"(?P<n>\d{1,9}) (?:tests? |specs? |scenarios? |subtests (?=failed))?(?P<word>[A-Za-z][a-z-]*)"
    r"|(?P<key>[A-Za-z][A-Za-z ]{0,30}+)[=:] *(?P<value>\d{1,9})"
)
_TIME: Final = re.compile(r"(?P<n>\d{1,9}(?:[.,]\d{1,12})?)\s?(?P<unit>[a-zµ]{0,12})")
_CLOCK: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,9})?)$")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}


@dataclass(slots=True)
class Counts:
    """Numbers that were printed, and verdicts on single tests that were counted."""

    duration: float | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _verdicts: dict[str, int] = field(default_factory=dict)

    def count(self, verdict: str) -> None:
        """Note the verdict on one test."""
        self._verdicts[verdict] = self._verdicts.get(verdict, 0) + 1

    def read(self, said: Mapping[str, str], *, adds: bool) -> None:
        """Note what groups of a line hold (see `testing.Rule`). `adds`: the numbers come on top of those before."""
        told: dict[str, int] = {kind: int(said[kind]) for kind in _KINDS if said.get(kind)}
        for count in _COUNT.finditer(said.get("counts", "")):
            word = (count["word"] or count["key"]).strip().lower().replace(" ", "-")
            if kind := WORDS.get(word, ""):
                told[kind] = told.get(kind, 0) + int(count["n"] or count["value"])
        for kind, number in told.items():
            self._numbers[kind] = number + (self._numbers.get(kind, 0) if adds else 0)
        if text := said.get("duration"):
            self.duration = seconds(text) + ((self.duration or 0) if adds else 0)
        if text := said.get("milliseconds"):
            self.duration = float(text) / 1000

    def failures(self, named: int, *, counts_lines: bool) -> int:
        """How many tests failed, those that broke included; `named` were named."""
        if self._numbers.keys() & {"failed", "errors"}:
            return self._numbers.get("failed", 0) + self._numbers.get("errors", 0)
        if self._numbers.keys() & {"total", "passed", "skipped"} and not counts_lines:
            return 0
        return max(self._verdicts.get("failed", 0), named)

    @property
    def skipped(self) -> int | None:
        """How many were skipped; None where that is not told."""
        if self._numbers or self._verdicts.keys() & {"passed", "skipped"}:
            return self._numbers.get("skipped", self._verdicts.get("skipped", 0))
        return None

    def total(self, others: int, *, counts_lines: bool) -> int | None:
        """How many there were; None where that is not told. Of those that failed, `others` are no tests."""
        for kind in ("total", "plan"):
            if kind in self._numbers:
                return max(self._numbers[kind], _sum(self._numbers))
        if "completed" in self._numbers:
            return max(self._numbers["completed"], _sum(self._verdicts))
        if self._numbers.keys() & {"passed", "failed", "errors"}:
            return _sum(self._numbers) - others
        if counts_lines and self._verdicts.keys() & {"passed", "skipped"}:
            return _sum(self._verdicts)
        return None


def seconds(text: str) -> float:
    """A time as tools print it ("1.5s", "1m 2s", "00:01.250", "120 ms"; a number alone is seconds), in seconds."""
    if clock := _CLOCK.match(text.strip()):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    return sum(float(part["n"].replace(",", ".")) * _unit(part["unit"]) for part in _TIME.finditer(text.lower()))


def _unit(text: str) -> float:
    if text.startswith(("ms", "mil")):
        return 0.001
    if text.startswith("mic"):
        return 1e-6
    return _SECONDS.get(text[:2]) or _SECONDS.get(text[:1], 1.0)


def _sum(numbers: Mapping[str, int]) -> int:
    return sum(numbers.get(kind, 0) for kind in ("passed", "failed", "errors", "skipped"))
