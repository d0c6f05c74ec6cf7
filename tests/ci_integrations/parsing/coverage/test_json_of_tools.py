"""Coveralls, Codecov, covdir, tarpaulin, xccov."""

from typing import Any

import pytest

from ci_integrations.parsing.coverage import Ratio
from tests.ci_integrations.parsing.coverage.samples import as_json, lines_of, pairs, read, read_or_none


def test_coveralls_tells_hits_by_line_and_branches_in_fours() -> None:
    branches = [2, 0, 0, 3, 2, 0, 1, 0, 4, 0, 0, 0, 4]
    files = [{"name": "lib/a.ex", "source": "x", "coverage": [None, 3, 0, 0], "branches": branches}, {"name": 7}]
    found = read(as_json({"service_name": "x", "source_files": files}))

    assert (found.format, pairs(found)) == ("coveralls", ((1, 3), (1, 3), None))
    assert lines_of(found) == {"lib/a.ex": {2: 3, 3: 0, 4: 0}}


def test_codecov_tells_hits_in_lists_and_objects() -> None:
    files = {"a.py": [None, 1, 0, None, True, "1/3", "2"], "b.py": {"1": 0, "2": 5, "3": "0/2", "6": None}}
    found = read(as_json({"coverage": files, "messages": {"a.py": {"1": "said"}}}))

    assert (found.format, pairs(found)) == ("codecov", ((5, 8), (1, 5), None))
    assert lines_of(found) == {"a.py": {1: 1, 2: 0, 4: 1, 5: 1, 6: 2}, "b.py": {1: 0, 2: 5, 3: 0}}


def test_covdir_names_files_by_their_folders() -> None:
    file = {"name": "a.rs", "linesTotal": 2, "coverage": [-1, 4, 0]}
    src = {"name": "src", "linesTotal": 2, "children": {"a.rs": file, "coverage": {"children": {"b.rs": file}}}}
    found = read(as_json({"name": "", "linesTotal": 4, "children": {"src": src}}))

    assert (found.format, pairs(found)) == ("covdir", ((2, 4), None, None))
    assert lines_of(found) == {"src/a.rs": {2: 4, 3: 0}, "src/coverage/b.rs": {2: 4, 3: 0}}


def test_covdir_is_told_by_its_first_file_where_its_figures_come_late() -> None:
    files = {f"{number}.rs": {"coverage": [1] * 2_000, "linesTotal": 2_000} for number in range(100)}
    found = read(as_json({"children": {"src": {"children": {"lib": {"children": files}}}}, "linesTotal": 200_000}))

    assert pairs(found)[0] == (200_000, 200_000)
    assert pairs(read(as_json({"children": {}, "linesTotal": 0, "name": ""})))[0] == (0, 0)


def test_tarpaulin_tells_traces() -> None:
    traces = [{"line": 3, "address": [1], "length": 0, "stats": {"Line": hits}} for hits in (0, 2)]
    traces += [{"line": 4, "stats": {"Line": 0}}, {"line": 5, "stats": {"Branch": {"been_true": True}}}]
    files = [
        {"path": ["/", "src", "a.rs"], "content": "fn main() {}", "traces": traces, "covered": 1, "coverable": 2},
        {"path": ["/", "src", "b.rs"], "content": "", "traces": [], "covered": 1, "coverable": 5},
    ]
    found = read(as_json({"files": files}))

    assert (found.format, pairs(found)) == ("tarpaulin", ((2, 7), None, None))
    assert lines_of(found) == {"/src/a.rs": {3: 2, 4: 0}, "/src/b.rs": {}}


@pytest.mark.parametrize(
    ("parts", "path"),
    [(["C:", "\\", "p", "src", "a.rs"], "C:/p/src/a.rs"), (["/", "p", "a.rs"], "/p/a.rs"), (["a.rs"], "a.rs")],
)
def test_tarpaulin_tells_paths_in_parts(parts: list[str], path: str) -> None:
    assert list(lines_of(read(as_json({"files": [{"path": parts, "traces": []}]})))) == [path]


def test_no_more_is_covered_than_there_is() -> None:
    file = {"filename": "a.cpp", "line_total": 3, "line_covered": 5}
    assert pairs(read(as_json({"gcovr/summary_format_version": "0.6", "files": [file]})))[0] == (3, 3)


def xccov_file(path: str, covered: int, executable: int) -> dict[str, object]:
    return {"path": path, "name": "x.swift", "coveredLines": covered, "executableLines": executable, "functions": []}


def test_xccov_tells_figures_of_files() -> None:
    targets: list[dict[str, Any]] = [
        {"name": "App", "files": [xccov_file("/s/a.swift", 3, 4), xccov_file("/s/b.swift", 0, 2)]},
        {"name": "AppTests", "files": [xccov_file("/s/a.swift", 2, 4)], "executableLines": 4, "coveredLines": 2},
    ]
    found = read(as_json({"targets": targets, "coveredLines": 5, "executableLines": 10, "lineCoverage": 0.5}))

    assert (found.format, pairs(found)) == ("xccov", ((5, 10), None, None))
    assert [(file.path, file.totals.lines) for file in found.files] == [
        ("/s/a.swift", Ratio(3, 4)),
        ("/s/b.swift", Ratio(0, 2)),
    ]


def test_xccov_of_no_target_is_told_by_its_figures() -> None:
    found = read(as_json({"coveredLines": 0, "executableLines": 0, "lineCoverage": 0, "targets": []}))

    assert (found.format, pairs(found)) == ("xccov", ((0, 0), None, None))
    assert read_or_none(as_json({"coveredLines": 0, "lineCoverage": 0, "targets": []})) is None


def test_the_archive_of_xccov_tells_lines() -> None:
    lines = [
        {"line": 1, "isExecutable": False},
        {"line": 2, "isExecutable": True, "executionCount": 4, "subranges": []},
        {"line": 3, "isExecutable": True, "executionCount": 0},
    ]
    found = read(as_json({"/s/a.swift": lines}))

    assert (found.format, lines_of(found)) == ("xccov-archive", {"/s/a.swift": {2: 4, 3: 0}})
    assert pairs(found)[0] == (1, 2)


@pytest.mark.parametrize(
    "document",
    [
        {"coverage": {"reporter": ["text", "lcov"]}},
        {"coverage": {}},
        {"coverage": {"lines": 80, "branches": 70}},
        {"coverage": {"a.py": []}},
        {"coverage": {"a.py": [1, 0]}},
        {"coverage": {"a.py": [None, 1], "b.py": {"x": 1}}},
        {"coverage": {"2024": [None, 93, 95]}},
        {"coverage": {"1.0": [None, 93, 95]}},
        {"coverage": {"en": {"2020": 100}}},
        {"gcc_version": "12", "files": ["a", "b"]},
        {"gcc_version": "12", "files": [{"name": "a"}], "data_file": "x"},
        {"root": {"translations": {"en": {"page": {"Lines": "Lines"}}}}},
        {"root": {"translations": {"en": {"page": {"Lines": {"title": "Lines"}}}}}},
        {"children": {"a": {"x": 1}}, "linesTotal": 3},
        {"source_files": ["a.c"]},
        {"files": [{"path": "a.rs"}]},
        {"files": [{"path": "a.rs", "coverable": 3}]},
        {"children": {"a": {"name": "a"}}},
        {"targets": [{"name": "App"}]},
        {"format_version": "1", "files": []},
        {"a": {"b": {"c": {"d": {"lines": 3}}}}},
        {"a": [{"line": 3}]},
    ],
)
def test_documents_that_only_look_alike_are_no_coverage(document: dict[str, Any]) -> None:
    assert read_or_none(as_json(document)) is None


@pytest.mark.parametrize(
    "document",
    [
        {"gcc_version": "9", "files": [{"file": "a", "lines": [3, {"line_number": "x"}, {"branches": 4}]}]},
        {"gcovr/format_version": 1, "files": {"a": 1}},
        {"gcovr/summary_format_version": 1, "files": [None]},
        {"source_files": [{"name": "a", "coverage": [], "branches": {"a": 1}}, {"name": "a", "coverage": "x"}]},
        {"coverage": {"a.py": [None, 1, *[None] * 20, "x", {}]}},
        {"files": [{"path": ["a"], "traces": [3, {"line": [], "stats": 4}]}, 3]},
        {"targets": [{"executableLines": 4, "files": [3, {"coveredLines": "x"}]}]},
        {"a": [{"line": 1, "isExecutable": True}, {"line": [], "isExecutable": True}], "b": 3},
        {"children": {"a": {"coverage": [1]}, "b": {"linesTotal": 1, "coverage": {"x": 3}, "children": []}}},
    ],
)
def test_values_of_other_types_break_nothing(document: dict[str, Any]) -> None:
    text = as_json(document)
    for part in (text, text[:-3]):
        found = read_or_none(part)
        assert found is None or pairs(found)[0] in ((0, 0), (0, 1), (1, 1))
    assert read_or_none(text) is not None
