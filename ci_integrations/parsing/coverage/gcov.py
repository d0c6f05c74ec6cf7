"""What gcov and gcovr write as JSON."""

from typing import Any, Final

from ci_integrations.parsing.coverage.jsonpush import ratio_of, record, records
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import Tally, whole
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step

_FILE: Final = ("files", MEMBER)
_FIGURES: Final = frozenset({"line_covered", "line_total", "branch_covered", "branch_total"})
_LEFT_OUT: Final = ("gcovr/excluded", "gcovr/noncode")


class Gcov:
    """`gcov --json-format`: https://gcc.gnu.org/onlinedocs/gcc/Invoking-Gcov.html

    A line that stands in several functions (instances of a template, lambdas) is told once for each: it counts once,
    with the branches of all of them. gcov's own summary leaves out the branches of instances.
    """

    name = "gcov-json"

    def __init__(self) -> None:
        self._tally = Tally()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return "gcc_version" in document and ("files" in document or "data_file" in document)

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if path == _FILE[: len(path)]:
            return Step.TAKE if path == _FILE else Step.OPEN
        return Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        data = record(value)
        if path != _FILE or not isinstance(data.get("file"), str):
            return
        into = self._tally.file(data["file"])
        for line in records(data.get("lines")):
            number = whole(line.get("line_number"))
            if number is None or any(line.get(key) is True for key in _LEFT_OUT):
                continue
            into.line(number, whole(line.get("count")) or 0)
            for branch in records(line.get("branches")):
                if branch.get(_LEFT_OUT[0]) is not True:
                    into.one_branch(number, is_taken=bool(whole(branch.get("count"))))

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        lines = summed(each.lines for each in totals) or Ratio(0, 0)
        return Coverage(self.name, lines, summed(each.branches for each in totals) or Ratio(0, 0), files=files)


class Gcovr(Gcov):
    """`gcovr --json`: https://gcovr.com/en/stable/output/json.html

    A line of several functions counts once, as with gcovr's `--merge-lines`; lines and branches that are excluded do
    not count.
    """

    name = "gcovr"

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return "gcovr/format_version" in document


class GcovrSummary:
    """`gcovr --json-summary`: https://gcovr.com/en/stable/output/json.html#json-summary-format-reference"""

    def __init__(self) -> None:
        self._tally = Tally()
        self._total: dict[str, Any] = {}

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return "gcovr/summary_format_version" in document

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if path == _FILE[: len(path)]:
            return Step.TAKE if path == _FILE else Step.OPEN
        return Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        data = record(value)
        if path == _FILE and isinstance(data.get("filename"), str):
            self._tally.file(data["filename"]).stated = _totals(data)
        elif path[0] in _FIGURES:
            self._total[path[0]] = value

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        total, files = _totals(self._total), self._tally.files()
        lines = total.lines or summed(file.totals.lines for file in files) or Ratio(0, 0)
        branches = total.branches or summed(file.totals.branches for file in files)
        return Coverage("gcovr-summary", lines, branches, files=files)


def _totals(figures: dict[str, Any]) -> Totals:
    return Totals(ratio_of(figures, "line_covered", "line_total"), ratio_of(figures, "branch_covered", "branch_total"))
