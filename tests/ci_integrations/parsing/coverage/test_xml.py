"""Cobertura, Clover, OpenCover, JaCoCo and Sonar."""

import pytest

from ci_integrations.parsing.coverage import Ratio
from tests.ci_integrations.parsing.coverage.samples import (
    cobertura,
    cobertura_lines,
    lines_of,
    pairs,
    read,
    read_or_none,
)

DOCTYPE = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'


def test_cobertura_counts_each_line_of_a_file_once_with_its_most_hits() -> None:
    first = cobertura_lines('number="1" hits="0"', 'number="2" hits="3"')
    second = cobertura_lines('number="1" hits="2"', 'number="3" hits="0"')
    found = read(cobertura(("a.py", first), ("a.py", second), ("b.py", second), before=DOCTYPE))

    assert (found.format, found.error) == ("cobertura", "")
    assert lines_of(found) == {"a.py": {1: 2, 2: 3, 3: 0}, "b.py": {1: 2, 3: 0}}
    assert pairs(found) == ((3, 5), None, None)


def test_cobertura_reads_the_lines_of_a_class_not_those_of_its_methods() -> None:
    seven = cobertura_lines('number="7" hits="1"')
    methods = f"<methods><method name='m'>{seven}</method></methods>"
    found = read(cobertura(("a.py", methods + cobertura_lines('number="1" hits="0"'))))

    assert lines_of(found) == {"a.py": {1: 0}}


def test_cobertura_branches_are_the_conditions_of_each_line() -> None:
    lines = cobertura_lines(
        'number="1" hits="1" branch="true" condition-coverage="50% (1/2)"',
        'number="1" hits="1" branch="true" condition-coverage="100% (2/2)"',
        'number="1" hits="1" branch="true" condition-coverage="0% (0/2)"',
        'number="2" hits="1" branch="True" condition-coverage="33% (1/3)"',
        'number="3" hits="1" branch="false"',
    )
    assert pairs(read(cobertura(("a.py", lines))))[1] == (3, 5)


@pytest.mark.parametrize(("root", "branches"), [('line-rate="1"', None), ('line-rate="1" branches-valid="9"', (0, 0))])
def test_cobertura_ignores_the_totals_of_the_root(root: str, branches: tuple[int, int] | None) -> None:
    found = read(f'<coverage {root} lines-valid="9" lines-covered="9"><packages/></coverage>')

    assert pairs(found) == ((0, 0), branches, None)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks_are_no_obstacle(encoding: str) -> None:
    text = cobertura(("ä.py", cobertura_lines('number="1" hits="1"')))

    assert lines_of(read(text.encode(encoding))) == {"ä.py": {1: 1}}


def test_clover_counts_statements_and_the_conditions_of_both_dialects() -> None:
    found = read(
        '<coverage generated="1" clover="3.2.0"><project><package name="p"><file name="a.js" path="/src/a.js">'
        '<line num="1" count="2" type="stmt"/><line num="2" count="0" type="stmt"/>'
        '<line num="3" count="1" type="method"/>'
        '<line num="4" count="9" type="cond" truecount="1" falsecount="3"/>'  # Istanbul: 1 branch taken, 3 not
        '<line num="5" type="cond" truecount="7" falsecount="0"/>'  # OpenClover: 7 times true, never false
        "</file></package></project></coverage>"
    )

    assert found.format == "clover"
    assert pairs(found) == (None, (2, 6), (1, 2))
    assert lines_of(found) == {"/src/a.js": {1: 2, 2: 0, 3: 1, 4: 9, 5: 7}}


def test_clover_of_phpunit_names_files_by_name() -> None:
    found = read(
        '<?xml version="1.0"?><coverage generated="1"><project timestamp="1"><file name="/a.php">'
        '<line num="3" type="stmt" count="0"/></file></project></coverage>'
    )
    assert lines_of(found) == {"/a.php": {3: 0}}


OPENCOVER = """<CoverageSession>{summary}<Modules><Module><Files><File uid="1" fullPath="C:\\a.cs"/></Files><Classes>
<Class><Summary numSequencePoints="99" visitedSequencePoints="99" numBranchPoints="99" visitedBranchPoints="99"/>
<Methods><Method><FileRef uid="1"/><SequencePoints>
<SequencePoint vc="2" sl="4" sc="1" el="4" ec="9" fileid="1"/>
<SequencePoint vc="0" sl="4" sc="10" el="4" ec="12" fileid="1"/>
<SequencePoint vc="0" sl="5" sc="1" el="5" ec="9"/></SequencePoints>
<BranchPoints><BranchPoint vc="1"/><BranchPoint vc="0"/></BranchPoints></Method></Methods></Class></Classes>
</Module></Modules></CoverageSession>"""


def test_opencover_takes_its_figures_from_the_summary_of_the_session() -> None:
    attributes = 'numSequencePoints="8" visitedSequencePoints="6" numBranchPoints="4" visitedBranchPoints="3"'
    found = read(OPENCOVER.format(summary=f"<Summary {attributes}/>"))

    assert (found.format, pairs(found)) == ("opencover", ((1, 2), (3, 4), (6, 8)))
    assert lines_of(found) == {"C:\\a.cs": {4: 2, 5: 0}}


def test_opencover_without_a_summary_counts_its_points() -> None:
    assert pairs(read(OPENCOVER.format(summary=""))) == ((1, 2), (1, 2), (1, 3))


SOURCE = (
    '<sourcefile name="A.java"><line nr="3" mi="0" ci="2" mb="1" cb="1"/><line nr="4" mi="3" ci="0" mb="0" cb="0"/>{}'
    "</sourcefile>"
)


def jacoco(inside: str) -> str:
    """A report of JaCoCo with its DOCTYPE, which is not fetched."""
    doctype = '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'
    return f'<?xml version="1.0"?>{doctype}<report name="r"><sessioninfo id="s" start="1" dump="2"/>{inside}</report>'


def counters(lines: tuple[int, int], branches: tuple[int, int] | None = None) -> str:
    """Of (covered, missed)."""
    text = f'<counter type="LINE" missed="{lines[1]}" covered="{lines[0]}"/>'
    return text + (f'<counter type="BRANCH" missed="{branches[1]}" covered="{branches[0]}"/>' if branches else "")


def test_jacoco_takes_the_counters_of_the_report() -> None:
    package = f'<package name="com/x">{SOURCE.format(counters((1, 1)))}</package>'
    found = read(jacoco(package + counters((6, 2), (1, 3))))

    assert (found.format, pairs(found)) == ("jacoco", ((6, 8), (1, 4), None))
    assert lines_of(found) == {"com/x/A.java": {3: 1, 4: 0}}


def test_jacoco_sums_what_is_below_where_the_report_has_no_counters() -> None:
    with_own = f'<package name="q"><class name="q/C">{counters((9, 9))}</class>{counters((3, 0), (2, 0))}</package>'
    only_classes = (
        f'<package name="c"><class name="c/C"><method name="m">{counters((7, 7))}</method>{counters((1, 0))}</class>'
    )
    found = read(
        jacoco(
            f'<group name="g"><package name="p">{SOURCE.format("")}</package>{with_own}{only_classes}</package></group>'
        )
    )

    assert pairs(found) == ((5, 6), (3, 4), None)


def test_jacoco_of_the_empty_report_has_nothing_to_cover() -> None:
    assert pairs(read(jacoco(""))) == ((0, 0), (0, 0), None)


@pytest.mark.parametrize(
    "text",
    [
        "<coverage/>",
        "<report><test/></report>",
        "<testsuites/>",
        "<project><coverage line-rate='1'/></project>",
        "<html><body>502</body></html>",
        "",
        "  \n",
    ],
)
def test_other_documents_are_no_coverage(text: str) -> None:
    assert read_or_none(text) is None


@pytest.mark.parametrize(("rate", "expected"), [("0.83", 0.83), ("1", 1.0), ("-1", None), ("nan", None), ("x", None)])
def test_cobertura_that_tells_no_lines_tells_its_rate(rate: str, expected: float | None) -> None:
    found = read(f'<coverage line-rate="{rate}" branch-rate="0"><packages/></coverage>')

    assert found.line_rate == expected
    assert found.lines == (Ratio(0, 0) if expected is None else None)


def test_sonar_tells_lines_and_branches() -> None:
    found = read(
        '<coverage version="1"><file path="src/a.cs"><lineToCover lineNumber="6" covered="true"/>'
        '<lineToCover lineNumber="7" covered="false"/>'
        '<lineToCover lineNumber="9" covered="true" branchesToCover="8" coveredBranches="7"/></file></coverage>'
    )

    assert (found.format, pairs(found)) == ("sonar", ((2, 3), (7, 8), None))
    assert lines_of(found) == {"src/a.cs": {6: 1, 7: 0, 9: 1}}
