"""The generated reports are what they seem, and reading them takes no memory that grows with them."""

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.reports.generation import KINDS, write_report
from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.files import read_file
from ci_integrations.parsing.reports import ReportReader

COVERAGE = ("lcov", "cobertura", "jacoco")
SIZE = 4_000_000
HELD = 3_000_000


def test_a_report_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report("junit", tmp_path / name, 100_000)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert 100_000 <= (tmp_path / "a").stat().st_size < 120_000


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in COVERAGE])
def test_results_are_read_as_they_come(kind: str, tmp_path: Path) -> None:
    write_report(kind, tmp_path / kind, SIZE)
    tests = failures = 0
    tracemalloc.start()
    with (tmp_path / kind).open("rb") as stream:
        (piece,) = read_file(stream)
        assert isinstance(piece.content, ReportReader)
        for test in piece.content:
            tests += 1
            failures += test.outcome.is_failed
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (piece.content.reading.format, piece.content.reading.error) == (kind, "")
    assert tests > 3_000
    assert failures == tests // 50
    assert peak < HELD


@pytest.mark.parametrize("kind", COVERAGE)
def test_lines_are_held_in_a_fraction_of_their_report(kind: str, tmp_path: Path) -> None:
    write_report(kind, tmp_path / kind, SIZE)
    tracemalloc.start()
    with (tmp_path / kind).open("rb") as stream:
        (piece,) = read_file(stream)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert isinstance(piece.content, Coverage)
    assert (piece.content.format, piece.content.error) == (kind, "")
    assert len(piece.content.files) > 200
    assert held < SIZE * 1.2
