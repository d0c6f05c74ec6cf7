"""Istanbul's JSON, which nyc, jest, vitest and c8 write."""

from typing import Any

from ci_integrations.parsing.coverage.jsonpush import ratio_of, record
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole
from ci_integrations.parsing.jsonstream import Path, Step


class IstanbulFinal:
    """https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-lib-coverage/lib/file-coverage.js: a line is
    as covered as the best statement that begins on it.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._branches: Ratio | None = None

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return "statementMap" in _data(next(iter(document.values()), None))

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        return Step.TAKE if path else Step.OPEN

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        data = _data(value)
        places = record(data.get("statementMap"))
        into = self._tally.file(str(data.get("path") or path[0]))
        for key, count in record(data.get("s")).items():
            first = whole(record(record(places.get(key)).get("start")).get("line"))
            into.block(key, 1, whole(count) or 0)
            if first is not None:
                into.line(first, whole(count) or 0)
        self._branches = summed([self._branches, _branches(data, into)])

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        lines = summed(each.lines for each in totals) or Ratio(0, 0)
        statements = summed(each.statements for each in totals) or Ratio(0, 0)
        return Coverage("istanbul-final", lines, self._branches, statements, files)


def _branches(data: dict[str, Any], into: FileTally) -> Ratio:
    places, total = record(data.get("branchMap")), Ratio(0, 0)
    by_line: dict[int, Ratio] = {}
    for key, counts in record(data.get("b")).items():
        ways = [whole(count) or 0 for count in counts] if isinstance(counts, list) else []
        ratio = Ratio(sum(count > 0 for count in ways), len(ways))
        total = total.plus(ratio)
        place = record(places.get(key))
        line = whole(place.get("line") or record(record(place.get("loc")).get("start")).get("line"))
        if line is not None:
            by_line[line] = ratio.plus(by_line.get(line, Ratio(0, 0)))
    for line, ratio in by_line.items():
        into.branch(line, ratio.covered, ratio.total)
    return total


class IstanbulSummary:
    """https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-reports/lib/json-summary/index.js"""

    def __init__(self) -> None:
        self._tally = Tally()
        self._total = Totals()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        total = record(document.get("total"))
        return any("covered" in record(total.get(kind)) for kind in ("lines", "statements"))

    def step(self, path: Path) -> Step:
        """A piece is a file, or the total."""
        return Step.TAKE if path else Step.OPEN

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path == ("total",):
            self._total = _stated(record(value))
        else:
            self._tally.file(path[0]).stated = _stated(record(value))

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        total = self._total
        return Coverage("istanbul-summary", total.lines, total.branches, total.statements, self._tally.files())


def _stated(figures: dict[str, Any]) -> Totals:
    each = (record(figures.get(kind)) for kind in ("lines", "branches", "statements"))
    return Totals(*(ratio_of(one, "covered", "total") for one in each))


def _data(file: Any) -> dict[str, Any]:
    """A file's figures, which old versions of nyc put one level deeper."""
    data = record(file)
    return data if "statementMap" in data else record(data.get("data"))
