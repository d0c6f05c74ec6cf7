"""Reports that are broken, cut or hostile: the good part is kept, and the reason is told."""

import io
import time
import tracemalloc

import pytest

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage import Coverage, FileCoverage, Ratio, merged, read_coverage
from ci_integrations.parsing.coverage.model import LineHits
from ci_integrations.parsing.coverage.tally import MAX_LINES, MAX_PATH, Tally
from tests.ci_integrations.parsing.coverage.samples import (
    as_json,
    cobertura,
    cobertura_lines,
    lines_of,
    pairs,
    read,
    read_or_none,
)

GOOD = cobertura(
    ("a.py", cobertura_lines('number="1" hits="1"', 'number="2" hits="0"')),
    ("b.py", cobertura_lines('number="1" hits="1"')),
)


def test_a_report_that_is_cut_keeps_what_came_before() -> None:
    found = read(GOOD[: GOOD.index('filename="b.py"')])

    assert pairs(found)[0] == (1, 2)
    assert found.truncated
    assert "line 1: not well-formed XML" in found.error


def test_a_report_that_breaks_the_rules_is_read_once_more_and_flagged() -> None:
    found = read(GOOD.replace("<lines>", "</methods><lines>").replace("a.py", "a&b\x01.py"))

    assert pairs(found)[0] == (2, 3)
    assert found.recovered
    assert not found.truncated
    assert "not well-formed XML" in found.error


def test_console_output_before_the_document_is_passed_over() -> None:
    found = read("Downloading...\n" + GOOD)

    assert pairs(found)[0] == (2, 3)
    assert found.recovered
    assert found.error == "text before the document"


def test_a_log_that_only_speaks_of_such_a_document_is_none() -> None:
    assert read_or_none('cat out.xml\n<coverage line-rate="1">\nsee above\n') is None


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE coverage [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    found = read(cobertura(("&b;", cobertura_lines('number="1" hits="1"')), before=bomb))

    assert "the entity a, which is not expanded" in found.error
    assert (found.recovered, [file.path for file in found.files]) == (True, ["&b;"])


def test_names_that_never_end_are_bounded() -> None:
    found = read(f'<coverage line-rate="1"><packages {"x" * 3_000_000}="1"/></coverage>')

    assert "a tag or comment longer than" in found.error
    assert found.truncated


@pytest.mark.parametrize("number", ["", "x", "1" * 6_000, "nan", "inf", "-"])
def test_numbers_that_are_none_are_passed_over(number: str) -> None:
    found = read(cobertura(("a.py", cobertura_lines(f'number="{number}" hits="1"', f'number="2" hits="{number}"'))))

    assert lines_of(found) == {"a.py": {2: 0}}


FILE = {"statementMap": {"0": {"start": {"line": 1}}}, "s": {"0": 1}}


def test_json_that_is_cut_keeps_what_came_before() -> None:
    found = read(as_json({"a.js": FILE, "b.js": FILE})[:-2])

    assert (pairs(found)[0], found.truncated) == ((2, 2), True)
    assert found.error.startswith("not well-formed JSON: ")


def test_a_piece_that_is_too_deep_is_left_out_and_told() -> None:
    deep = "[" * 200_000 + "]" * 200_000
    found = read(as_json({"a.js": FILE})[:-1] + f', "b.js": {deep}, "c.js": {as_json(FILE)}}}')

    assert (pairs(found)[0], found.truncated) == ((2, 2), True)
    assert found.error == "b.js was left out: nested too deeply"


def test_values_of_other_types_break_nothing() -> None:
    document = {"a.js": {"statementMap": {"0": 7}, "s": {"0": "x", "1": None}, "b": {"0": 3}, "branchMap": []}}

    assert pairs(read(as_json(document))) == ((0, 0), (0, 0), (0, 2))


def test_blocks_that_span_many_lines_take_bounded_time() -> None:
    begin = time.process_time()
    blocks = "".join(f"a.go:1.{number},99999.9 1 1\n" for number in range(10_000))
    found = read(f"mode: set\n{blocks}")

    assert (found.truncated, "lines in all" in found.error) == (True, True)
    assert found.statements is not None
    assert found.statements.covered > 100
    assert time.process_time() - begin < 10


def test_a_file_has_no_more_lines_than_a_file_has() -> None:
    records = "".join(f"DA:{number},1\n" for number in range(1, MAX_LINES + 10))
    found = read(f"TN:\nSF:a.c\n{records}end_of_record\nSF:b.c\nDA:1,1\nend_of_record\n")

    assert (pairs(found)[0], found.truncated) == ((MAX_LINES, MAX_LINES), True)


def test_no_more_pieces_are_held_than_may_be() -> None:
    tally = Tally(max_pieces=3)
    for name in ("a", "b"):
        tally.file(name).block("1", 1, 1)
        tally.file(name).branch(1, 1, 2)
    with pytest.raises(LimitReached, match="more than 3 blocks"):
        tally.file("c")


def test_a_file_that_is_told_of_in_turns_counts_its_pieces_once() -> None:
    tally = Tally(max_pieces=8)
    for line in range(1, 5):
        for name in ("a", "b"):
            tally.file(name).block(f"{line}", 1, 1)

    assert [len(file.blocks) for file in tally.files()] == [4, 4]
    tally.file("a").branch(1, 1, 2)
    with pytest.raises(LimitReached, match="more than 8 blocks"):
        tally.file("b")


def test_files_whose_long_paths_begin_alike_stay_apart() -> None:
    begin = "d" * MAX_PATH
    found = read(cobertura(*((f"{begin}/{name}.py", cobertura_lines('number="1" hits="1"')) for name in "aba")))

    assert pairs(found)[0] == (2, 2)
    assert {len(file.path) for file in found.files} == {MAX_PATH}


def test_folders_of_any_length_take_linear_time() -> None:
    begin = time.process_time()
    name = "d" * 4_000_000
    files = ",".join(f'"f{number}": {{"coverage": [1]}}' for number in range(2_000))
    covdir = read(f'{{"children": {{"x": {{"coverage": [-1]}}, "{name}": {{"children": {{{files}}}}}}}}}')
    totals = '<totals><lines executable="1" executed="1"/></totals>'
    inside = "".join(f'<file name="{number}">{totals}</file>' for number in range(2_000))
    folder = f'<directory name="{name[:1_500_000]}">{inside}</directory>'
    phpunit = read(
        f'<phpunit xmlns="https://schema.phpunit.de/coverage/1.0"><project source="/src">{folder}</project></phpunit>'
    )

    assert (pairs(covdir)[0], pairs(phpunit)[0]) == ((2_000, 2_000), (2_000, 2_000))
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("begin", "file"),
    [
        ('<Root TotalStatements="1">', '<File Index="{0}" Name="{0}{1}"/>'),
        ('<results><module blocks_covered="1">', '<source_file id="{0}" path="{0}{1}"/>'),
        ("<CoverageSession>", '<File uid="{0}" fullPath="{0}{1}"/>'),
    ],
)
def test_paths_that_are_kept_are_cut(begin: str, file: str) -> None:
    text = (begin + "".join(file.format(number, "y" * 1_000_000) for number in range(20))).encode()
    tracemalloc.start()
    read_coverage(io.BytesIO(text))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 12_000_000


def test_more_hits_than_a_number_of_64_bits_holds_are_many_hits() -> None:
    found = read(f"mode: count\na.go:1.1,2.2 3 {'9' * 20}\nb.go:1.1,1.2 1 0\n")

    assert pairs(found)[2] == (3, 4)


def test_parts_that_tell_too_many_lines_of_a_file_together_are_merged_all_the_same() -> None:
    half = MAX_LINES // 2 + 1
    parts = [FileCoverage("a.c", LineHits(dict.fromkeys(range(at, at + half), 1))) for at in (0, half)]
    found = merged([Coverage("lcov", Ratio(half, half), files=(part,)) for part in parts])

    assert found.lines == Ratio(2 * half, 2 * half)
