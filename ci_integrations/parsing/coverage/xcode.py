"""Xcode's `xccov view --json`: https://keith.github.io/xcode-man-pages/xccov.1.html"""

from typing import Any, Final

from ci_integrations.parsing.coverage.jsonpush import first, ratio_of, record, records
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import Tally, whole
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step, down_to

_FIGURES: Final = ("coveredLines", "executableLines")
_FILE: Final = ("targets", MEMBER, "files", MEMBER)
_to_files: Final = down_to(_FILE)


class XccovReport:
    """`--report`: figures of files. The total is as stated: in it a file of two targets counts twice."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._total: dict[str, Any] = {}

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        target = record(first(document.get("targets")))
        is_told = "executableLines" in target or "executableLines" in record(first(target.get("files")))
        return is_told or ("executableLines" in document and "lineCoverage" in document)

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        return _to_files(path)

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path[0] in _FIGURES:
            self._total[path[0]] = value
        elif path == _FILE:
            data = record(value)
            found = ratio_of(data, *_FIGURES)
            file = self._tally.file(f"{data.get('path') or data.get('name') or ''}")
            known = file.stated.lines
            if found and (known is None or (found.total, found.covered) > (known.total, known.covered)):
                file.stated = Totals(lines=found)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        total = ratio_of(self._total, *_FIGURES)
        return Coverage("xccov", total or summed(file.totals.lines for file in files) or Ratio(0, 0), files=files)


class XccovArchive:
    """`--archive`: the lines of each file."""

    def __init__(self) -> None:
        self._tally = Tally()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        line = record(first(first(document)))
        return "isExecutable" in line and "line" in line

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        return Step.TAKE if path else Step.OPEN

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        file = self._tally.file(path[0])
        for line in records(value):
            number = whole(line.get("line"))
            if number is not None and line.get("isExecutable") is True:
                file.line(number, whole(line.get("executionCount")) or 0)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        return Coverage("xccov-archive", summed(file.totals.lines for file in files) or Ratio(0, 0), files=files)
