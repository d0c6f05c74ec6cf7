"""gcov and gcovr."""

import pytest

from ci_integrations.parsing.coverage import Ratio, merged
from ci_integrations.parsing.coverage.gcov import MAX_DOCUMENTS
from tests.ci_integrations.parsing.coverage.samples import as_json, lines_of, pairs, read


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


def test_a_document_that_is_cut_keeps_its_files() -> None:
    files = [{"file": name, "lines": GCOV_LINES} for name in ("a.cpp", "b.cpp")]
    found = read(as_json({"gcovr/format_version": "0.6", "files": files})[:-40])

    assert (list(lines_of(found)), found.truncated) == (["a.cpp", "b.cpp"], True)
