"""gcov, gcovr, Coveralls, Codecov, covdir, tarpaulin, xccov."""

from typing import Any

import pytest

from ci_integrations.parsing.coverage import Ratio, merged
from ci_integrations.parsing.coverage.gcov import MAX_DOCUMENTS
from tests.ci_integrations.parsing.coverage.samples import as_json, lines_of, pairs, read, read_or_none


def gcov_line(number: int, count: int, *branches: int, **more: object) -> dict[str, object]:
    taken = [{"count": hits, "fallthrough": True, "throw": False} for hits in branches]
    return {"line_number": number, "count": count, "branches": taken, "function_name": "main", **more}


# A template's line 5 stands in two instances.
GCOV_LINES = [gcov_line(5, 1, 0, 1), gcov_line(5, 3, 2, 0), gcov_line(6, 0), gcov_line(7, 0, 0, 0)]


def test_gcov_counts_a_line_once_with_the_branches_of_all_its_functions() -> None:
    files = [{"file": "/src/a.cpp", "lines": GCOV_LINES, "functions": []}, {"lines": 3}, {"file": "b.h", "lines": []}]
    found = read(as_json({"gcc_version": "12.2.0", "files": files, "format_version": "1", "data_file": "a.gcda"}))

    assert (found.format, pairs(found)) == ("gcov-json", ((1, 3), (2, 6), None))
    assert lines_of(found)["/src/a.cpp"] == {5: 3, 6: 0, 7: 0}
    assert found.files[0].branches[5] == Ratio(2, 4)


def gcov_of(folder: str, file: str, *lines: dict[str, object]) -> str:
    files = [{"file": file, "lines": list(lines), "functions": []}]
    return as_json({"gcc_version": "13", "files": files, "current_working_directory": folder, "data_file": "x.gcda"})


def test_gcov_names_files_from_where_it_ran() -> None:
    one = read(gcov_of("/b/lib/a", "util.c", gcov_line(1, 1), gcov_line(2, 0)))
    two = read(gcov_of("/b/lib/b", "util.c", gcov_line(1, 0), gcov_line(3, 1)))

    assert list(lines_of(one)) == ["/b/lib/a/util.c"]
    assert pairs(merged([one, two]))[0] == (2, 4)
    paths = [("/b", "../i/x.h"), ("/b", "/usr/x.h"), ("C:\\b", "D:\\x.h"), ("C:\\b", "src\\x.c"), ("", "x.c")]
    assert [path for folder, name in paths for path in lines_of(read(gcov_of(folder, name, gcov_line(1, 1))))] == [
        "/i/x.h",
        "/usr/x.h",
        "D:\\x.h",
        "C:\\b/src\\x.c",
        "x.c",
    ]


@pytest.mark.parametrize("padding", [0, 100_000])
def test_gcov_may_write_several_documents_one_a_line(padding: int) -> None:
    padded = {**gcov_line(2, 0), "pad": "x" * padding}
    header = gcov_of("/b/lib", "../x.h", gcov_line(1, 0), padded)
    documents = [header, gcov_of("/b/a", "a.c", gcov_line(1, 1)), gcov_of("/b/a", "../x.h", gcov_line(1, 1))]
    found = read("\n".join(documents) + "\n")

    assert (found.format, found.error, pairs(found)[0]) == ("gcov-json", "", (2, 3))
    assert lines_of(found) == {"/b/x.h": {1: 1, 2: 0}, "/b/a/a.c": {1: 1}}
    cut = read("\n".join(documents)[:-30])
    assert (list(lines_of(cut)), cut.truncated) == (["/b/x.h", "/b/a/a.c", "../x.h"], True)


def test_gcov_of_too_many_documents_is_cut() -> None:
    found = read((gcov_of("/b", "a.c", gcov_line(1, 1)) + "\n") * (MAX_DOCUMENTS + 1))

    assert (found.truncated, found.error) == (True, f"more than {MAX_DOCUMENTS} documents: the rest was not read")


def test_gcovr_leaves_out_what_is_excluded() -> None:
    excluded = gcov_line(8, 0, 0, **{"gcovr/excluded": True})
    no_code = gcov_line(9, 0, **{"gcovr/noncode": True})
    branch = gcov_line(10, 1, 1)
    branch["branches"] = [{"count": 1}, {"count": 0, "gcovr/excluded": True}]
    lines = [*GCOV_LINES, excluded, no_code, branch]
    found = read(as_json({"gcovr/format_version": "0.15", "files": [{"file": "a.cpp", "lines": lines}]}))

    assert (found.format, pairs(found)) == ("gcovr", ((2, 4), (3, 7), None))


def test_the_summary_of_gcovr_is_as_stated() -> None:
    figures = {"line_total": 19, "line_covered": 14, "branch_total": 18, "branch_covered": 9}
    file = {"filename": "a.cpp", **figures, "branch_covered": 8, "line_percent": 73.7}
    found = read(as_json({"root": ".", "gcovr/summary_format_version": "0.6", "files": [file], **figures}))

    assert (found.format, pairs(found)) == ("gcovr-summary", ((14, 19), (9, 18), None))
    assert found.files[0].totals.branches == Ratio(8, 18)
    cut = read(as_json({"gcovr/summary_format_version": "0.6", "files": [file, {**file, "filename": "b.cpp"}]})[:-2])
    assert (pairs(cut), cut.truncated) == (((28, 38), (16, 36), None), True)


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


def test_a_document_that_is_cut_keeps_its_files() -> None:
    files = [{"file": name, "lines": GCOV_LINES} for name in ("a.cpp", "b.cpp")]
    found = read(as_json({"gcovr/format_version": "0.6", "files": files})[:-40])

    assert (list(lines_of(found)), found.truncated) == (["a.cpp", "b.cpp"], True)
