"""Visual Studio, coverlet, dotCover; scoverage and PHPUnit."""

import time

import pytest

from ci_integrations.parsing.coverage import Ratio
from tests.ci_integrations.parsing.coverage.samples import as_json, lines_of, pairs, read, read_or_none


def vs_range(source: str, line: int, last: int, covered: str) -> str:
    return f'<range source_id="{source}" start_line="{line}" end_line="{last}" covered="{covered}"/>'


def vs_module(ranges: str, sources: str, figures: str) -> str:
    function = f'<function id="1" name="F()" blocks_covered="9"><ranges>{ranges}</ranges></function>'
    return (
        f'<module name="a.dll" {figures}><functions>{function}</functions>'
        f"<source_files>{sources}</source_files></module>"
    )


FIGURES = (
    'blocks_covered="3" blocks_not_covered="1" lines_covered="2" lines_partially_covered="1" lines_not_covered="1"'
)


def test_visual_studio_explains_its_files_after_the_ranges_of_each_module() -> None:
    ranges = vs_range("0", 4, 5, "yes") + vs_range("0", 5, 5, "no") + vs_range("0", 6, 6, "partial")
    ranges += (
        vs_range("1", 2, 2, "no") + vs_range("0", 15732480, 15732480, "no") + vs_range("1", 16707566, 16707566, "no")
    )
    sources = '<source_file id="0" path="C:\\a.cs"/><source_file id="1" path="C:\\b.cs"/>'
    second = vs_module(vs_range("0", 2, 2, "yes"), '<source_file id="0" path="C:\\b.cs"/>', FIGURES)
    found = read(f"<results><modules>{vs_module(ranges, sources, FIGURES)}{second}</modules></results>")

    assert (found.format, pairs(found)) == ("visualstudio", ((4, 4), None, (6, 8)))
    assert lines_of(found) == {"C:\\a.cs": {4: 1, 5: 1, 6: 1}, "C:\\b.cs": {2: 1}}


def test_visual_studio_tells_any_number_of_lines_of_a_file_in_pieces() -> None:
    spans = [vs_range(str(at % 2), at * 100_000, at * 100_000 + 99_999, "yes") for at in range(1, 13)]
    sources = "".join(f'<source_file id="{number}" path="a.cs"/>' for number in (0, 1))
    found = read(f"<results>{vs_module(''.join(spans), sources, FIGURES)}</results>")

    assert pairs(found)[0] == (1_200_000, 1_200_000)


def test_visual_studio_without_ranges_tells_the_lines_of_its_modules() -> None:
    found = read(f"<results><modules>{vs_module('', '', FIGURES)}</modules></results>")

    assert (pairs(found), found.files) == (((3, 4), None, (3, 4)), ())


def test_other_results_are_no_coverage() -> None:
    assert read_or_none('<results version="2"><errors><error id="x"/></errors></results>') is None
    assert read_or_none("<Root><Item/></Root>") is None
    assert read_or_none('<results><module name="auth" status="ok"/></results>') is None
    assert read_or_none('<phpunit colors="true"><testsuites/></phpunit>') is None
    comment = "<!-- <project source='x'> phpunit.de/coverage/ -->"
    assert read_or_none(f"<phpunit>{comment}<testsuites><file>a.php</file></testsuites></phpunit>") is None


def test_coverlet_counts_a_line_once_and_every_branch() -> None:
    branches = [{"Line": 4, "Offset": 1, "Path": path, "Ordinal": path, "Hits": path} for path in (0, 1)]
    methods = {"System.Void A::F()": {"Lines": {"3": 0, "4": 2}, "Branches": branches}}
    lambdas = {"System.Int32 A/<>c::<F>b__0()": {"Lines": {"4": 0}, "Branches": branches}}
    files = {"/src/A.cs": {"A": methods, "A/<>c": lambdas}, "/src/B.cs": {}}
    found = read(as_json({"Empty.dll": {}, "A.dll": files}))

    assert (found.format, pairs(found)) == ("coverlet", ((1, 2), (2, 4), None))
    assert lines_of(found) == {"/src/A.cs": {3: 0, 4: 2}, "/src/B.cs": {}}


@pytest.mark.parametrize("method", [{"Lines": 3}, {"Lines": {"x": 1, "1": []}, "Branches": [3, {"Line": "x"}]}])
def test_coverlet_with_values_of_other_types_breaks_nothing(method: object) -> None:
    first = {"Lines": {"1": 1}}
    assert pairs(read(as_json({"A.dll": {"A.cs": {"A": {"first": first, "f": method}}}})))[1] == (0, 0)


def test_a_source_of_two_modules_of_coverlet_has_its_branches_once() -> None:
    def module(hits: int) -> dict[str, object]:
        branches = [{"Line": 1, "Path": path, "Hits": hits * path} for path in (0, 1)]
        return {"/src/Shared.cs": {"A": {"f": {"Lines": {"1": hits, "2": 0}, "Branches": branches}}}}

    found = read(as_json({"A.dll": module(0), "B.dll": module(1), "C.dll": module(0)}))

    assert pairs(found) == ((1, 2), (1, 2), None)


def test_dot_cover_tells_statements_and_their_lines() -> None:
    def statement(line: int, last: int, covered: str) -> str:
        return (
            f'<Statement FileIndex="1" Line="{line}" Column="9" EndLine="{last}" EndColumn="20" Covered="{covered}"/>'
        )

    statements = statement(3, 4, "True") + statement(4, 4, "False") + statement(5, 5, "False")
    found = read(
        '<?xml version="1.0"?><Root CoveredStatements="1" TotalStatements="4" ReportType="DetailedXml">'
        f'<FileIndices><File Index="1" Name="C:\\a.cs"/></FileIndices><Assembly Name="a">{statements}</Assembly></Root>'
    )

    assert (found.format, pairs(found)) == ("dotcover", ((2, 3), None, (1, 4)))
    assert found.files[0].totals.statements == Ratio(1, 3)


def test_scoverage_counts_statements_of_which_some_are_branches() -> None:
    def statement(line: int, hits: int, branch: str, ignored: str = "false") -> str:
        return f'<statement line="{line}" invocation-count="{hits}" branch="{branch}" ignored="{ignored}"/>'

    first = statement(2, 1, "false") + statement(2, 0, "true") + statement(3, 0, "false") + statement(4, 0, "true")
    second = statement(2, 4, "true") + statement(9, 0, "true", "true")
    nowhere = statement(8, 1, "true")

    def one(inside: str, invoked: int, count: int) -> str:
        figures = f'statement-count="{count}" statements-invoked="{invoked}"'
        return f'<class name="A" filename="a/A.scala" {figures}><methods><method>{inside}</method></methods></class>'

    inside = f"{one(first, 1, 4)}{nowhere}{one(second, 1, 1)}"
    found = read(f'<scoverage statement-count="7" statements-invoked="3"><packages>{inside}</packages></scoverage>')

    assert (found.format, pairs(found)) == ("scoverage", ((1, 3), (1, 3), (3, 7)))
    assert found.files[0].totals.statements == Ratio(2, 5)
    assert lines_of(found) == {"a/A.scala": {2: 4, 3: 0, 4: 0}}
    assert pairs(read(f"<scoverage><packages>{inside}</packages></scoverage>"))[2] == (2, 5)


PHPUNIT = '<phpunit xmlns="https://schema.phpunit.de/coverage/1.0">'


def test_the_index_of_phpunit_tells_figures_of_files() -> None:
    def totals(executable: int, executed: int) -> str:
        return (
            f'<totals><lines total="90" executable="{executable}" executed="{executed}"/><methods count="1"/></totals>'
        )

    file = f'<file name="A.php" href="Sub/A.php.xml">{totals(4, 3)}</file>'
    inside = f'<directory name="/">{totals(6, 3)}<directory name="Sub">{totals(4, 3)}{file}</directory>'
    inside += f'<file name="B.php">{totals(2, 0)}</file></directory>'
    found = read(f'<?xml version="1.0"?>{PHPUNIT}<build/><project source="/src">{inside}</project></phpunit>')

    assert (found.format, pairs(found)) == ("phpunit", ((3, 6), None, None))
    assert [file.path for file in found.files] == ["/src/Sub/A.php", "/src/B.php"]


def test_the_files_beside_the_index_of_phpunit_are_no_reports() -> None:
    file = '<file name="A.php" path="/"><coverage><line nr="3"><covered by="x"/></line></coverage></file>'
    assert read_or_none(f"{PHPUNIT}{file}</phpunit>") is None


def test_folders_of_phpunit_that_never_end_take_linear_time() -> None:
    begin = time.process_time()
    inside = '<directory name="d"><file name="a"><totals><lines executable="1" executed="1"/></totals></file>' * 20_000
    found = read(f'{PHPUNIT}<project source="/src">{inside}</project></phpunit>')

    assert (found.truncated, "nested deeper" in found.error) == (True, True)
    assert time.process_time() - begin < 5
