"""LCOV, go cover, Istanbul, SimpleCov, coverage.py and llvm-cov."""

import pytest

from ci_integrations.parsing.coverage import Ratio
from tests.ci_integrations.parsing.coverage.samples import as_json, lcov, lines_of, pairs, read, read_or_none


def test_lcov_counts_each_line_once_and_not_what_lf_says() -> None:
    found = read(lcov(("a.c", ["DA:1,0", "DA:1,4,checksum", "DA:2,0", "LF:99", "LH:98"]), ("b.c", ["DA:1,1"])))

    assert (found.format, pairs(found)) == ("lcov", ((2, 3), None, None))
    assert lines_of(found) == {"a.c": {1: 4, 2: 0}, "b.c": {1: 1}}


def test_lcov_branches_are_told_apart_by_block_and_branch() -> None:
    records = [
        "DA:3,1",
        "BRDA:3,0,0,1",
        "BRDA:3,0,1,-",
        "BRDA:3,e1,a, b,0",
        "BRDA:3,0,1,2",
        "BRDA:3,0,1,0",
        "BRDA:4,0,0,0",
    ]
    found = read(lcov(("a.c", records)))

    assert pairs(found)[1] == (2, 4)
    assert {line: (ratio.covered, ratio.total) for line, ratio in found.files[0].branches.items()} == {
        3: (2, 3),
        4: (0, 1),
    }


def test_lcov_without_details_believes_its_totals() -> None:
    found = read(lcov(("a.c", ["LF:4", "LH:3", "BRF:2", "BRH:1"]), ("b.c", ["DA:1,1"])))

    assert pairs(found) == ((4, 5), (1, 2), None)


def test_lcov_passes_over_what_is_no_record() -> None:
    found = read("SF:a\r\nDA:x,y\r\nDA:1\r\n\r\nDA:2,-5\r\nDA:3,1e3\r\nDA:4,18446744073709551615\r\nLF:bad\r\n")

    assert lines_of(found) == {"a": {2: 0, 3: 1000, 4: 2**63 - 1}}


def test_go_counts_the_statements_of_each_block_once() -> None:
    found = read(
        "mode: atomic\nx/a.go:1.2,3.4 2 0\nx/a.go:1.2,3.4 2 5\n"
        "mode: set\ngarbage\nx/a.go:3.6,3.9 1 0\nx/b.go:7.1,7.2 4 0\n"
    )

    assert (found.format, pairs(found)) == ("gocover", (None, None, (2, 7)))
    assert lines_of(found) == {"x/a.go": {1: 5, 2: 5, 3: 5}, "x/b.go": {7: 0}}


def test_a_go_profile_without_its_mode_line_is_known_by_its_blocks() -> None:
    assert pairs(read("C:/x/a.go:1.2,1.4 3 1\n"))[2] == (3, 3)


def istanbul_file(path: str) -> dict[str, object]:
    """Three statements on two lines, one if."""
    return {
        "path": path,
        "statementMap": {
            key: {"start": {"line": line}, "end": {"line": 9}} for key, line in (("0", 1), ("1", 1), ("2", 4))
        },
        "s": {"0": 0, "1": 3, "2": 0},
        "branchMap": {"0": {"line": 4, "type": "if"}},
        "b": {"0": [0, 2]},
        "fnMap": {},
        "f": {},
    }


@pytest.mark.parametrize("is_nested", [False, True])
def test_istanbul_counts_statements_and_the_lines_they_begin_on(is_nested: bool) -> None:
    file = istanbul_file("/a.js")
    found = read(as_json({"/a.js": {"data": file} if is_nested else file}))

    assert (found.format, pairs(found)) == ("istanbul-final", ((1, 2), (1, 2), (1, 3)))
    assert lines_of(found) == {"/a.js": {1: 3, 4: 0}}


def test_istanbul_summary_gives_the_total_and_each_files_figures() -> None:
    def figures(lines: int) -> dict[str, object]:
        pair = {"total": lines, "covered": lines - 1, "skipped": 0, "pct": 50}
        return {
            "lines": pair,
            "statements": pair,
            "functions": pair,
            "branches": {"total": 0, "covered": 0, "pct": "Unknown"},
        }

    found = read(as_json({"total": figures(5), "/a.js": figures(3)}))

    assert (found.format, pairs(found)) == ("istanbul-summary", ((4, 5), (0, 0), (4, 5)))
    assert found.files[0].totals.lines is not None
    assert (found.files[0].path, found.files[0].totals.lines.percent) == ("/a.js", 66.67)


def test_coverage_py_gives_its_totals_and_lines() -> None:
    summary = {"covered_lines": 2, "num_statements": 3, "covered_branches": 1, "num_branches": 2}
    file = {
        "executed_lines": [1, 2], "missing_lines": [5], "excluded_lines": [9], "summary": summary,
        "executed_branches": [[2, 5]], "missing_branches": [[2, -1]],
    }  # fmt: skip
    found = read(as_json({"meta": {"version": "7.6"}, "files": {"a.py": file}, "totals": summary}))

    assert (found.format, pairs(found)) == ("coverage.py", ((2, 3), (1, 2), (2, 3)))
    assert lines_of(found) == {"a.py": {1: 1, 2: 1, 5: 0}}
    assert (found.files[0].branches[2].covered, found.files[0].branches[2].total) == (1, 2)


def test_the_runs_of_a_simplecov_result_set_are_parts_of_one_result() -> None:
    runs = {
        "unit": {"coverage": {"/a.rb": [1, 0, None]}},
        "rspec": {"coverage": {"/a.rb": {"lines": [0, 2, None, "ignored"]}}},
    }
    found = read(as_json(runs))

    assert (found.format, pairs(found)) == ("simplecov-resultset", ((2, 2), None, None))


def test_simplecov_branches_in_both_spellings() -> None:
    ways = {"[:if, 0, 12, 4, 14, 7]": {"[:then, 1, 13, 6, 13, 11]": 1, "[:else, 2, 12, 4, 14, 7]": 0}}
    result_set = read(as_json({"RSpec": {"coverage": {"/a.rb": {"lines": [1], "branches": ways}}}}))
    listed = [
        {"type": "then", "start_line": 3, "coverage": 0},
        {"type": "else", "start_line": 3, "coverage": "ignored"},
    ]
    formatted = read(
        as_json({"meta": {"simplecov_version": "0.22"}, "coverage": {"a.rb": {"lines": [0], "branches": listed}}})
    )

    assert pairs(result_set) == ((1, 1), (1, 2), None)
    assert (formatted.format, pairs(formatted)) == ("simplecov", ((0, 1), (0, 2), None))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"files": {}}',
        '{"coverage": 81.5}',
        '{"pct": 3, "total": {}}',
        '{"coverage": [1,',
        "mode: unknown\n",
        "TN:\nno source file\n",
        "FAILED tests/a.py:3\n",
    ],
)
def test_other_texts_are_no_coverage(text: str) -> None:
    assert read_or_none(text) is None


def test_llvm_cov_tells_its_summaries() -> None:
    def summary(covered: int, count: int) -> dict[str, dict[str, int]]:
        return {"lines": {"covered": covered, "count": count}, "branches": {"covered": 1, "count": 2}}

    files = [
        {"filename": "/src/a.rs", "segments": [[1, 1, 1, True, True, False]], "summary": summary(3, 4)},
        {"expansions": [], "summary": summary(0, 2), "filename": "/src/b.rs"},
    ]
    functions = [{"name": "f", "regions": [[1, 1, 2, 2, 0]], "filenames": ["/src/a.rs"]}]
    data = [{"files": files, "functions": functions, "totals": summary(3, 6)}]
    found = read(as_json({"data": data, "type": "llvm.coverage.json.export", "version": "2.0.1"}))

    assert (found.format, pairs(found)) == ("llvm-cov", ((3, 6), (1, 2), None))
    assert {file.path: file.totals.lines for file in found.files} == {
        "/src/a.rs": Ratio(3, 4),
        "/src/b.rs": Ratio(0, 2),
    }


def test_a_document_longer_than_any_beginning_is_told_by_it() -> None:
    statements = {str(number): {"start": {"line": number}, "end": {"line": number}} for number in range(1, 20_000)}
    found = read(as_json({"a.js": {"path": "a.js", "statementMap": statements, "s": dict.fromkeys(statements, 1)}}))

    assert pairs(found)[0] == (19_999, 19_999)
