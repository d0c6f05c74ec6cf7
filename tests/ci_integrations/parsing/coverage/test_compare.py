"""merged, delta and patch."""

import pytest

from ci_integrations.parsing.coverage import Change, Coverage, Ratio, delta, merged, patch
from ci_integrations.parsing.coverage.model import LineHits
from tests.ci_integrations.parsing.coverage.samples import (
    as_json,
    cobertura,
    cobertura_lines,
    lcov,
    lines_of,
    pairs,
    read,
)


def test_lines_that_several_parts_tell_of_count_once() -> None:
    one = read(lcov(("a.c", ["DA:1,0", "DA:2,3", "BRDA:2,0,0,1", "BRDA:2,0,1,0"])))
    two = read(lcov(("a.c", ["DA:1,1", "DA:3,0"]), ("b.c", ["DA:1,1"])))
    found = merged([one, two])

    assert pairs(found) == ((3, 4), (1, 2), None)
    assert lines_of(found) == {"a.c": {1: 1, 2: 3, 3: 0}, "b.c": {1: 1}}


def test_merging_a_report_with_itself_changes_nothing() -> None:
    one = read("mode: set\na.go:1.1,2.2 3 1\na.go:4.1,4.2 1 0\n")

    assert merged([one, one]) == one


def test_parts_of_different_files_are_summed_as_they_state_themselves() -> None:
    one = Coverage("jacoco", Ratio(6, 8), Ratio(0, 0), files=read(lcov(("A.java", ["DA:1,1"]))).files)
    two = read(cobertura(("a.py", cobertura_lines('number="1" hits="0"'))))
    found = merged([one, two])

    assert (found.format, pairs(found)) == ("jacoco+cobertura", ((6, 9), (0, 0), None))


def test_a_part_without_files_is_added_to_those_that_overlap() -> None:
    one = read(lcov(("a.c", ["DA:1,0"])))
    summary = read(as_json({"total": {"lines": {"total": 4, "covered": 3, "pct": 75}}}))

    assert pairs(merged([one, one, summary]))[0] == (3, 5)


def test_flags_of_the_parts_stay() -> None:
    broken = Coverage("lcov", error="too long", truncated=True)
    found = merged([read(lcov(("a.c", ["DA:1,0"]))), broken])

    assert (found.error, found.truncated, found.recovered) == ("too long", True, False)


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merged([])


def test_delta_tells_points_and_the_files_that_changed() -> None:
    before = read(lcov(("a.c", ["DA:1,1", "DA:2,0", "DA:3,0"]), ("same.c", ["DA:1,1"]), ("gone.c", ["DA:1,1"])))
    after = read(lcov(("a.c", ["DA:1,1", "DA:2,1", "DA:3,0"]), ("same.c", ["DA:9,1"]), ("new.c", ["DA:1,0"])))
    found = delta(after, before)

    assert found.lines == Change(Ratio(3, 5), Ratio(3, 5))
    assert found.lines.points == 0
    assert found.branches.points is None
    assert {file.path: file.main.points for file in found.files} == {"gone.c": None, "a.c": 33.34, "new.c": None}


def test_patch_counts_the_changed_lines_that_are_code() -> None:
    coverage = read(lcov(("a.c", ["DA:1,1", "DA:2,0", "DA:4,1"])))
    found = patch(coverage, {"a.c": [4, 2, 3, 2], "README.md": [1]})

    assert found.lines == Ratio(1, 2)
    assert [(file.path, file.lines, file.missed) for file in found.files] == [("a.c", Ratio(1, 2), (2,))]
    assert found.unmeasured == ("README.md",)


@pytest.mark.parametrize(
    ("reported", "changed"),
    [
        ("/home/ci/project/src/a.c", "src/a.c"),
        ("com/x/A.java", "core/src/main/java/com/x/A.java"),
        ("github.com/x/y/pkg/a.go", "pkg/a.go"),
        ("C:\\work\\src\\a.cs", "src/a.cs"),
        ("./src/a.c", "src/a.c"),
    ],
)
def test_patch_finds_a_file_by_the_end_of_its_path(reported: str, changed: str) -> None:
    assert patch(read(lcov((reported, ["DA:1,1"]))), {changed: [1]}).lines == Ratio(1, 1)


@pytest.mark.parametrize("changed", ["other/a.c", "lib/a.c", "a.c"])
def test_patch_takes_no_file_that_may_be_another(changed: str) -> None:
    coverage = read(lcov(("x/lib/a.c", ["DA:1,1"]), ("y/lib/a.c", ["DA:1,1"])))

    assert patch(coverage, {changed: [1]}).unmeasured == (changed,)


def test_patch_takes_no_file_of_another_folder() -> None:
    coverage = read(lcov(("lib/a.c", ["DA:1,1"])))

    assert patch(coverage, {"other/a.c": [1]}).unmeasured == ("other/a.c",)


def test_the_lines_of_a_file_are_a_mapping_in_their_order() -> None:
    lines = LineHits({7: 2, 3: 0, 2**40: 2**50})

    assert dict(lines) == {3: 0, 7: 2, 2**40: 2**50}
    assert list(lines) == [3, 7, 2**40]
    assert list(lines.values()) == [0, 2, 2**50]
    assert (lines[7], lines.get(4), 3 in lines, 2**41 in lines, len(lines)) == (2, None, True, False, 3)


def test_a_file_that_a_report_tells_of_in_many_pieces_keeps_the_best_of_each_line() -> None:
    found = read(lcov(*[("a.c", [f"DA:{n % 3},{n}"]) if n % 2 else ("b.c", [f"DA:{n},0"]) for n in range(60)]))

    assert {file.path: dict(file.lines) for file in found.files}["a.c"] == {0: 57, 1: 55, 2: 59}
