"""What gcov and gcovr write as JSON."""

import posixpath
import re
from typing import Any, Final

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage.jsonpush import first, ratio_of, record, records
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, counted, summed
from ci_integrations.parsing.coverage.tally import Tally, fit_path, regrouped, whole
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step, down_to

MAX_DOCUMENTS: Final = 20_000
_FILE: Final = ("files", MEMBER)
_FOLDER: Final = ("current_working_directory",)
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:")
_FIGURES: Final = frozenset({"line_covered", "line_total", "branch_covered", "branch_total"})
_LEFT_OUT: Final = ("gcovr/excluded", "gcovr/noncode")
_to_files: Final = down_to(_FILE)


class Gcov:
    """`gcov --json-format`: https://gcc.gnu.org/onlinedocs/gcc/Invoking-Gcov.html

    A line that stands in several functions (instances of a template, lambdas) is told once for each: it counts once,
    with the branches of all of them. gcov's own summary leaves out the branches of instances. Files are named from the
    folder in which gcov ran, which may be told after them. There may be a document for each object, one a line.
    """

    name = "gcov-json"

    def __init__(self) -> None:
        self._tally = Tally()
        self._folders: list[str] = []

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        files = document.get("files")
        is_listed = "data_file" in document if not files else bool({"file", "lines"} & record(first(files)).keys())
        return "gcc_version" in document and is_listed

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if not path:
            if len(self._folders) >= MAX_DOCUMENTS:
                raise LimitReached(f"more than {MAX_DOCUMENTS} documents: the rest was not read")
            self._folders.append("")
        return _to_files(path)

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path == _FOLDER and isinstance(value, str):
            self._folders[-1] = fit_path(value)
        data = record(value)
        if path != _FILE or not isinstance(data.get("file"), str):
            return
        into = self._tally.file(f"{len(self._folders)}:{data['file']}")
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
        files = regrouped((self._full(file.path), file) for file in self._tally.files())
        return counted(self.name, files, tells_branches=True)

    def _full(self, key: str) -> str:
        document, _, path = key.partition(":")
        folder = self._folders[int(document) - 1]
        return path if not folder or _ABSOLUTE.match(path) else posixpath.normpath(f"{folder}/{path}")


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
        return _to_files(path)

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
