"""A test point of TAP with its diagnostics, and what it stands in."""

import re
from dataclasses import dataclass, field
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.values import result, scaled, whole_number
from ci_integrations.parsing.reports.words import Text

_YAML: Final = re.compile(r"\s{0,200}([A-Za-z_]\w{0,40}):\s{0,20}(.*)$")


@dataclass(slots=True)
class Point:
    """A test point whose diagnostics may follow."""

    suite: str
    name: str
    outcome: Outcome
    message: str
    duration: float | None
    said: Text = field(default_factory=Text)
    values: dict[str, str] = field(default_factory=dict)

    _block: str = ""

    def diagnose(self, line: str) -> None:
        """A line of its YAML: simple keys are read, all of it is kept."""
        self.said.add(line + "\n")
        match, stripped = _YAML.match(line), line.strip()
        if match and len(self.values) < 100:
            self._block = match[1] if match[2].strip() in ("|", "|-", ">", ">-", "|+") else ""
            self.values.setdefault(match[1], "" if self._block else match[2].strip())
        elif self._block and stripped and not self.values.get(self._block):
            self.values[self._block] = stripped

    def finish(self) -> TestData:
        """The result, with what its YAML tells."""
        value = self.values.get
        file, line = value("file", ""), whole_number(value("line", ""))
        location = (value("location") or value("at") or "").strip("'\"").rsplit(":", 2)
        if not file and len(location) == 3 and location[1].isdecimal():
            file, line = location[0], whole_number(location[1])
        duration = scaled(value("duration_ms", ""), 1e-3) if "duration_ms" in self.values else self.duration
        message = self.message or value("error", "") or value("message", "")
        return result(
            self.suite,
            self.name,
            self.outcome,
            duration=duration,
            message=message.strip("'\""),
            details=str(self.said).rstrip("\n") if self.outcome.is_failed else "",
            file=file,
            line=line,
        )


@dataclass(slots=True)
class Level:
    """A TAP document, or a subtest; `total` is the point that sums it up, where that comes first."""

    name: str = ""
    points: int = 0
    failed: int = 0
    planned: int | None = None
    total: Point | None = None


def is_told(point: Point, children: list[Level]) -> bool:
    """Whether the points of a subtest tell what the one that sums it up does."""
    return any(child.points for child in children) and (
        not point.outcome.is_failed or any(child.failed for child in children)
    )
