"""Istanbul, SimpleCov and coverage.py: one JSON document each."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole

_Object = dict[str, Any]


def coverage_of(document: Any) -> Coverage | None:
    """What a document says; None where it is none of these."""
    if not isinstance(document, dict):
        return None
    return next((read(document) for is_it, read in _FORMATS if is_it(document)), None)


def _is_istanbul(document: _Object) -> bool:
    return bool(document) and all("statementMap" in _data(file) for file in document.values())


def _istanbul(document: _Object) -> Coverage:
    """https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-lib-coverage/lib/file-coverage.js: a line is
    as covered as the best statement that begins on it.
    """
    tally = Tally()
    counted: list[Totals] = []
    for path, file in document.items():
        data = _data(file)
        places, hits = _object(data.get("statementMap")), _object(data.get("s"))
        into = tally.file(str(data.get("path") or path))
        for key, count in hits.items():
            first = whole(_object(_object(places.get(key)).get("start")).get("line"))
            into.block(key, 1, whole(count) or 0)
            if first is not None:
                into.line(first, whole(count) or 0)
        branches = _istanbul_branches(data, into)
        counted.append(Totals(branches=branches))
    files = tally.files()
    totals = [file.totals for file in files]
    lines = summed(each.lines for each in totals) or Ratio(0, 0)
    statements = summed(each.statements for each in totals) or Ratio(0, 0)
    return Coverage("istanbul-final", lines, summed(each.branches for each in counted), statements, files)


def _istanbul_branches(data: _Object, into: FileTally) -> Ratio:
    places, total = _object(data.get("branchMap")), Ratio(0, 0)
    by_line: dict[int, Ratio] = {}
    for key, counts in _object(data.get("b")).items():
        ways = [whole(count) or 0 for count in counts] if isinstance(counts, list) else []
        ratio = Ratio(sum(count > 0 for count in ways), len(ways))
        total = total.plus(ratio)
        place = _object(places.get(key))
        line = whole(place.get("line") or _object(_object(place.get("loc")).get("start")).get("line"))
        if line is not None:
            by_line[line] = ratio.plus(by_line.get(line, Ratio(0, 0)))
    for line, ratio in by_line.items():
        into.branch(line, ratio.covered, ratio.total)
    return total


def _is_istanbul_summary(document: _Object) -> bool:
    total = _object(document.get("total"))
    return any("covered" in _object(total.get(kind)) for kind in ("lines", "statements"))


def _istanbul_summary(document: _Object) -> Coverage:
    """https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-reports/lib/json-summary/index.js"""
    tally = Tally()
    for path, file in document.items():
        if path != "total":
            tally.file(path).stated = _stated(_object(file))
    total = _stated(_object(document["total"]))
    return Coverage("istanbul-summary", total.lines, total.branches, total.statements, tally.files())


def _stated(figures: _Object) -> Totals:
    lines, branches, statements = (_pair(_object(figures.get(kind))) for kind in ("lines", "branches", "statements"))
    return Totals(lines, branches, statements)


def _pair(figures: _Object) -> Ratio | None:
    covered, total = whole(figures.get("covered")), whole(figures.get("total"))
    return None if covered is None or total is None else Ratio(covered, total)


def _is_coverage_py(document: _Object) -> bool:
    return "meta" in document and "totals" in document and isinstance(document.get("files"), dict)


def _coverage_py(document: _Object) -> Coverage:
    """https://coverage.readthedocs.io/en/latest/commands/cmd_json.html"""
    tally = Tally()
    for path, file in document["files"].items():
        into, data = tally.file(path), _object(file)
        for number in _numbers(data.get("missing_lines")):
            into.line(number, 0)
        for number in _numbers(data.get("executed_lines")):
            into.line(number, 1)
        into.stated = _coverage_py_totals(_object(data.get("summary")))
        _coverage_py_branches(data, into)
    total = _coverage_py_totals(_object(document["totals"]))
    return Coverage("coverage.py", total.lines, total.branches, total.lines, tally.files())


def _coverage_py_totals(figures: _Object) -> Totals:
    lines, total = whole(figures.get("covered_lines")), whole(figures.get("num_statements"))
    branches, of_all = whole(figures.get("covered_branches")), whole(figures.get("num_branches"))
    return Totals(
        lines=None if lines is None or total is None else Ratio(lines, total),
        branches=None if branches is None or of_all is None else Ratio(branches, of_all),
    )


def _coverage_py_branches(data: _Object, into: FileTally) -> None:
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


def _is_simplecov(document: _Object) -> bool:
    runs = list(_simplecov_runs(document))
    return bool(runs) and len(runs) == len(document)


def _simplecov(document: _Object) -> Coverage:
    """https://github.com/simplecov-ruby/simplecov/blob/main/lib/simplecov/result_merger.rb: several runs of one result
    set are parts of one result, in which each line counts once.
    """
    return _simplecov_files("simplecov-resultset", _simplecov_runs(document))


def _simplecov_runs(document: _Object) -> Iterator[_Object]:
    for run in document.values():
        files = run.get("coverage") if isinstance(run, dict) else None
        if isinstance(files, dict):
            yield files


def _is_simplecov_json(document: _Object) -> bool:
    return "simplecov_version" in _object(document.get("meta")) and isinstance(document.get("coverage"), dict)


def _simplecov_json(document: _Object) -> Coverage:
    """https://github.com/codeclimate-community/simplecov_json_formatter"""
    return _simplecov_files("simplecov", iter([document["coverage"]]))


def _simplecov_files(name: str, runs: Iterator[_Object]) -> Coverage:
    tally, tells_branches = Tally(), False
    for run in runs:
        for path, file in run.items():
            into = tally.file(path)
            lines = file.get("lines") if isinstance(file, dict) else file
            for number, hits in enumerate(lines if isinstance(lines, list) else (), 1):
                if (count := whole(hits)) is not None:
                    into.line(number, count)
            if isinstance(file, dict) and "branches" in file:
                tells_branches = True
                _simplecov_branches(file["branches"], into)
    files = tally.files()
    totals = [file.totals for file in files]
    branches = summed(each.branches for each in totals) or (Ratio(0, 0) if tells_branches else None)
    return Coverage(name, summed(each.lines for each in totals) or Ratio(0, 0), branches, files=files)


def _simplecov_branches(branches: Any, into: FileTally) -> None:
    """`{"[:if, 0, <line>, ...]": {"[:then, ...]": hits}}` of a result set, or a list with `start_line`, `coverage`."""
    by_line: dict[int, Ratio] = {}
    if isinstance(branches, dict):
        for condition, ways in branches.items():
            parts = condition.split(",")
            line = whole(parts[2].strip()) if len(parts) > 2 else None
            for hits in _object(ways).values():
                if line is not None:
                    by_line[line] = Ratio(bool(whole(hits)), 1).plus(by_line.get(line, Ratio(0, 0)))
    for way in branches if isinstance(branches, list) else ():
        line = whole(_object(way).get("start_line"))
        if line is not None:
            by_line[line] = Ratio(bool(whole(way.get("coverage"))), 1).plus(by_line.get(line, Ratio(0, 0)))
    for line, ratio in by_line.items():
        into.branch(line, ratio.covered, ratio.total)


def _object(value: Any) -> _Object:
    return value if isinstance(value, dict) else {}


def _data(file: Any) -> _Object:
    """A file's figures, which old versions of nyc put one level deeper."""
    data = _object(file)
    return data if "statementMap" in data else _object(data.get("data"))


def _numbers(values: Any) -> Iterator[int]:
    for value in values if isinstance(values, list) else ():
        if (number := whole(value)) is not None:
            yield number


_FORMATS: Final[tuple[tuple[Callable[[_Object], bool], Callable[[_Object], Coverage]], ...]] = (
    (_is_coverage_py, _coverage_py),
    (_is_istanbul_summary, _istanbul_summary),
    (_is_istanbul, _istanbul),
    (_is_simplecov_json, _simplecov_json),
    (_is_simplecov, _simplecov),
)
