"""llvm-cov export: https://github.com/llvm/llvm-project/blob/main/llvm/tools/llvm-cov/CoverageExporterJson.cpp"""

from typing import Any, Final

from ci_integrations.parsing.coverage.jsonpush import first, ratio_of, record
from ci_integrations.parsing.coverage.model import Coverage, Totals, summed
from ci_integrations.parsing.coverage.tally import Tally
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step

_FILES: Final = ("data", MEMBER, "files", MEMBER)
_KEYS: Final = ("filename", "summary")


class LlvmCov:
    """The summaries count; regions and functions are passed over."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._totals: list[Totals] = []
        self._file: dict[str, Any] = {}

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        file = record(first(record(first(document.get("data"))).get("files")))
        return "filename" in file and ("summary" in file or "segments" in file)

    def step(self, path: Path) -> Step:
        """A piece is a file's summary, or the totals."""
        if path == _FILES[: len(path)]:
            return Step.OPEN
        return Step.TAKE if path[-1] in ("summary", "totals") else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path == ("data", MEMBER, "totals"):
            self._totals.append(_totals(record(value)))
        elif path[:-1] == _FILES and path[-1] in _KEYS:
            self._file[path[-1]] = value
            if len(self._file) == len(_KEYS):
                self._tally.file(f"{self._file['filename']}").stated = _totals(record(self._file["summary"]))
                self._file = {}

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        lines, branches = summed(one.lines for one in self._totals), summed(one.branches for one in self._totals)
        return Coverage("llvm-cov", lines, branches, files=self._tally.files())


def _totals(figures: dict[str, Any]) -> Totals:
    lines, branches = (record(figures.get(kind)) for kind in ("lines", "branches"))
    return Totals(ratio_of(lines, "covered", "count"), ratio_of(branches, "covered", "count"))
