"""The corpus run holds what was reached."""

from pathlib import Path

import pytest

from benchmarks.corpus import __main__ as corpus
from benchmarks.corpus import places
from benchmarks.corpus.table import Expected, below_floor, rows

FIGURES = Path(corpus.__file__).with_name("figures.toml")


def test_a_figure_below_its_floor_or_missing_is_told() -> None:
    expected = {"a.exact": Expected("a", 1.0, 0.9), "b.exact": Expected("b", 1.0, 0.9), "c.exact": Expected("c", 1.0)}

    assert below_floor({"a.exact": 0.9}, expected) == ["b.exact is missing, its floor is 0.9"]
    assert below_floor({"a.exact": 0.89, "b.exact": 1.0}, expected) == ["a.exact is 0.89, its floor is 0.9"]


def test_each_figure_stands_beside_its_target_and_the_baselines() -> None:
    figures = {"a.exact": 0.5, "a.exact.n": 7, "a.seconds": 3.0}
    header, exact, seconds = rows(figures, {"a.exact": Expected("a", 0.9, 0.4)}, [{"a.exact": 0.1}, {"a.exact": 0.2}])

    assert header.split() == ["figure", "value", "target", "floor", "tail", "50", "tail", "200", "files"]
    assert exact.split() == ["a.exact", "0.5", "0.9", "0.4", "0.1", "0.2", "7", "MISSED"]
    assert seconds.split() == ["a.seconds", "3"]


def test_places_are_scored_over_all_logs() -> None:
    labelled: places.Places = {("a.c", 1), ("a.c", 2)}
    assert places.f1([(labelled, labelled)]) == 1.0
    assert places.f1([(labelled, {("a.c", 1)}), (set(), {("b.c", 3)})]) == 0.5
    assert places.f1([(labelled, set())]) == 0.0


def test_no_floor_is_above_its_target() -> None:
    expected = corpus.read_expected(FIGURES)

    assert expected["logchunks.hit50"] == Expected("logs", 0.87, expected["logchunks.hit50"].floor)
    assert all(one.floor is None or one.target is None or one.floor <= one.target for one in expected.values())


def test_without_a_corpus_it_says_why_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("CORPUS", raising=False)
    assert corpus.main([]) == 0
    monkeypatch.setenv("CORPUS", str(tmp_path))
    assert corpus.main([]) == 0

    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["skipped", "skipped"]
