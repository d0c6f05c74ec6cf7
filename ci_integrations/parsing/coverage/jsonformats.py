"""SimpleCov's and coverage.py's JSON."""

from collections.abc import Iterator
from typing import Any

from ci_integrations.parsing.coverage.jsonpush import first, ratio_of, record
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole
from ci_integrations.parsing.jsonstream import Path, Step


class CoveragePy:
    """https://coverage.readthedocs.io/en/latest/commands/cmd_json.html"""

    def __init__(self) -> None:
        self._tally = Tally()
        self._total = Totals()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        files = document.get("files")
        is_own = "totals" in document or "executed_lines" in record(first(files))
        return "meta" in document and isinstance(files, dict) and is_own

    def step(self, path: Path) -> Step:
        """A piece is a file, or the totals."""
        if path in ((), ("files",)):
            return Step.OPEN
        return Step.TAKE if path == ("totals",) or path[0] == "files" else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path == ("totals",):
            self._total = _totals(record(value))
        if path[0] != "files":
            return
        into, data = self._tally.file(path[1]), record(value)
        for number in _numbers(data.get("missing_lines")):
            into.line(number, 0)
        for number in _numbers(data.get("executed_lines")):
            into.line(number, 1)
        into.stated = _totals(record(data.get("summary")))
        _branches_of_pairs(data, into)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        total = self._total
        return Coverage("coverage.py", total.lines, total.branches, total.lines, self._tally.files())


def _totals(figures: dict[str, Any]) -> Totals:
    return Totals(
        lines=ratio_of(figures, "covered_lines", "num_statements"),
        branches=ratio_of(figures, "covered_branches", "num_branches"),
    )


def _branches_of_pairs(data: dict[str, Any], into: FileTally) -> None:
    """Pairs of the line that a branch leaves and the one that it goes to."""
    by_line: dict[int, Ratio] = {}
    for name, is_taken in (("executed_branches", 1), ("missing_branches", 0)):
        pairs = data.get(name)
        for pair in pairs if isinstance(pairs, list) else ():
            line = whole(pair[0]) if isinstance(pair, list) and pair else None
            if line is not None:
                by_line[line] = Ratio(is_taken, 1).plus(by_line.get(line, Ratio(0, 0)))
    for line, ratio in by_line.items():
        into.branch(line, ratio.covered, ratio.total)


class SimpleCovResultSet:
    """https://github.com/simplecov-ruby/simplecov/blob/main/lib/simplecov/result_merger.rb: several runs of one result
    set are parts of one result, in which each line counts once.
    """

    name = "simplecov-resultset"
    depth = 3

    def __init__(self) -> None:
        self._tally = Tally()
        self._tells_branches = False

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        files = record(next(iter(document.values()), None)).get("coverage")
        return isinstance(files, dict) and all(isinstance(_lines(file), list) for file in list(files.values())[:1])

    def step(self, path: Path) -> Step:
        """A piece is a file of a run."""
        if len(path) == self.depth:
            return Step.TAKE
        return Step.OPEN if len(path) < self.depth - 1 or path[-1] == "coverage" else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if len(path) < self.depth:
            return
        into, lines = self._tally.file(path[-1]), _lines(value)
        for number, hits in enumerate(lines if isinstance(lines, list) else (), 1):
            if (count := whole(hits)) is not None:
                into.line(number, count)
        if isinstance(value, dict) and "branches" in value:
            self._tells_branches = True
            _branches(value["branches"], into)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        branches = summed(each.branches for each in totals) or (Ratio(0, 0) if self._tells_branches else None)
        return Coverage(self.name, summed(each.lines for each in totals) or Ratio(0, 0), branches, files=files)


class SimpleCovJson(SimpleCovResultSet):
    """https://github.com/codeclimate-community/simplecov_json_formatter"""

    name = "simplecov"
    depth = 2

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return "simplecov_version" in record(document.get("meta")) and isinstance(document.get("coverage"), dict)


def _lines(file: Any) -> Any:
    return file.get("lines") if isinstance(file, dict) else file


def _branches(branches: Any, into: FileTally) -> None:
    """`{"[:if, 0, <line>, ...]": {"[:then, ...]": hits}}` of a result set, or a list with `start_line`, `coverage`."""
    by_line: dict[int, Ratio] = {}
    if isinstance(branches, dict):
        for condition, ways in branches.items():
            parts = condition.split(",")
            line = whole(parts[2].strip()) if len(parts) > 2 else None
            for hits in record(ways).values():
                if line is not None:
                    by_line[line] = Ratio(bool(whole(hits)), 1).plus(by_line.get(line, Ratio(0, 0)))
    for way in branches if isinstance(branches, list) else ():
        line = whole(record(way).get("start_line"))
        if line is not None:
            by_line[line] = Ratio(bool(whole(way.get("coverage"))), 1).plus(by_line.get(line, Ratio(0, 0)))
    for line, ratio in by_line.items():
        into.branch(line, ratio.covered, ratio.total)


def _numbers(values: Any) -> Iterator[int]:
    for value in values if isinstance(values, list) else ():
        if (number := whole(value)) is not None:
            yield number
