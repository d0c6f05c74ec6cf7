"""Reports that name the same files in different ways, and count them in different ways, are one when merged."""

import pytest

from ci_integrations.parsing.coverage import Coverage, Ratio, merged, patch
from tests.ci_integrations.parsing.coverage.samples import as_json, lcov, lines_of, pairs, read

ROOT = "/builds/acme/x/"


def clover(*files: tuple[str, str]) -> Coverage:
    """A report of (path, its lines)."""
    inside = "".join(f'<file name="f" path="{path}">{lines}</file>' for path, lines in files)
    return read(f'<coverage generated="1" clover="3.2.0"><project timestamp="1">{inside}</project></coverage>')


def statements(**hits: int) -> str:
    """Clover's lines with one statement each, as `L1=1`."""
    return "".join(f'<line num="{name[1:]}" count="{count}" type="stmt"/>' for name, count in hits.items())


def istanbul(path: str, *hits: int) -> Coverage:
    """A file whose statements stand on the lines from 1 on."""
    places = {str(at): {"start": {"line": at + 1}, "end": {"line": at + 1}} for at in range(len(hits))}
    counts = {str(at): count for at, count in enumerate(hits)}
    return read(as_json({path: {"path": path, "statementMap": places, "s": counts, "branchMap": {}, "b": {}}}))


def test_the_three_reports_of_jest_tell_of_one_file() -> None:
    parts = [
        read(lcov(("src/a.js", ["DA:1,1", "DA:2,0"]))),
        clover((f"{ROOT}src/a.js", statements(L1=1, L2=0))),
        istanbul(f"{ROOT}src/a.js", 1, 0),
    ]
    found = merged(parts)

    assert (found.lines, found.statements) == (Ratio(1, 2), Ratio(1, 2))
    assert lines_of(found) == {"src/a.js": {1: 1, 2: 0}}
    assert patch(found, {"src/a.js": [1, 2]}).lines == Ratio(1, 2)
    assert merged(parts[::-1]).totals == found.totals


def test_many_files_below_one_folder_are_the_same_tree() -> None:
    short = read(lcov(("index.js", ["DA:1,0"]), ("lib/a.js", ["DA:1,0"]), ("lib/b.js", ["DA:4,1"])))
    longer = read(lcov((r"C:\x\lib\a.js", ["DA:1,1"]), (r"C:\x\index.js", ["DA:1,1"]), (r"C:\x\lib\b.js", ["DA:4,0"])))

    assert lines_of(merged([longer, short])) == {"lib/a.js": {1: 1}, "index.js": {1: 1}, "lib/b.js": {4: 1}}
    assert pairs(merged([short, longer]))[0] == (3, 3)


@pytest.mark.parametrize(
    "others",
    [
        (f"{ROOT}packages/a/src/index.js", f"{ROOT}packages/b/src/index.js"),
        (f"{ROOT}other/index.js",),
        (f"{ROOT}my-src/index.js",),
        (f"{ROOT}src/index.js", f"{ROOT}src/more.js"),
    ],
)
def test_files_that_may_be_others_stay_apart(others: tuple[str, ...]) -> None:
    """Two packages, other folders, and trees with other files."""
    parts = [read(lcov((path, ["DA:1,1"]))) for path in others if "more" not in path]
    if "more" in others[-1]:
        parts = [read(lcov(*((path, ["DA:1,1"]) for path in others)))]
    found = merged([read(lcov(("src/index.js", ["DA:1,0"]))), *parts])

    assert {file.path for file in found.files} == {"src/index.js", *others}


def test_a_bare_name_is_no_sign_of_the_same_file() -> None:
    found = merged([read(lcov(("index.js", ["DA:1,0"]))), read(lcov((f"{ROOT}a/index.js", ["DA:1,1"])))])

    assert pairs(found)[0] == (1, 2)


def test_a_file_with_other_lines_is_another_one() -> None:
    found = merged([read(lcov(("src/index.js", ["DA:1,0", "DA:2,1"]))), read(lcov(("/x/src/index.js", ["DA:7,1"])))])

    assert pairs(found)[0] == (2, 3)


def test_of_two_formats_the_statements_are_those_of_the_one_that_tells_more() -> None:
    fewer = clover(("src/a.js", statements(L1=1, L2=1)))
    more = istanbul("src/a.js", 1, 0, 0)

    assert merged([fewer, more]).statements == Ratio(1, 3)
    assert merged([more, fewer]).statements == Ratio(1, 3)
    assert merged([istanbul("src/a.js", 1, 1), clover(("src/a.js", statements(L1=0, L2=1)))]).statements == Ratio(2, 2)


def test_of_two_formats_the_branches_are_those_of_the_one_that_tells_more() -> None:
    fewer = clover(("src/a.js", '<line num="5" count="1" type="cond" truecount="2" falsecount="0"/>'))
    more = read(lcov(("src/a.js", ["DA:5,1", *[f"BRDA:4,0,{way},0" for way in range(3)]])))

    assert merged([fewer, more]).branches == merged([more, fewer]).branches == Ratio(0, 3)


def test_what_was_merged_is_merged_again_by_the_formats_it_came_from() -> None:
    one = merged([istanbul("src/a.js", 1, 0, 0), clover(("src/a.js", statements(L1=1, L2=0)), ("src/b.js", ""))])
    other = merged([istanbul("src/a.js", 0, 1, 0), read(lcov(("src/a.js", ["DA:1,0"])))])

    assert merged([one, other]).statements == Ratio(2, 3)
    assert merged([one, istanbul("src/a.js", 0, 1, 0)]).statements == Ratio(2, 3)
    assert merged([clover(("src/a.js", statements(L1=0, L2=1))), one]).statements == Ratio(1, 3)
    assert merged([one, other]).format == "istanbul-final+clover+lcov"
