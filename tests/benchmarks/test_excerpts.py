"""What the weights of excerpts are fitted with: the likelihood of spans, and the way down."""

import math

import pytest

from benchmarks.excerpts.__main__ import main, table
from benchmarks.excerpts.descent import minimum
from benchmarks.excerpts.model import ROLES, Gold, Log, likelihood
from ci_integrations.parsing.logs.marks import NAMES

MARKS = 10
LOG = Log(
    group="one/one",
    marks=[bytes(of) for of in ((1, 0), (3, 1), (5, 0), (1, 2), (9, 3), (129, 0))],
    pieces=[range(4), range(4, 6)],
    golds=[Gold(range(1, 2), range(2, 3)), Gold(range(4, 5), range(4, 6))],
    weight=2.0,
)
WEIGHTS = [(place * 7 % 11 - 5) / 10 for place in range(MARKS * len(ROLES))]


def test_the_likelihood_is_the_share_of_the_right_spans() -> None:
    value, _ = likelihood([LOG], [0.0] * len(WEIGHTS), MARKS)

    spans = 4 + 3 + 2 + 1 + 2 + 1
    assert value == pytest.approx(2.0 * math.log(3 / spans))


@pytest.mark.parametrize("place", range(0, len(WEIGHTS), 3))
def test_the_gradient_is_how_the_likelihood_grows(place: int) -> None:
    step = 1e-5
    more, less = WEIGHTS[:], WEIGHTS[:]
    more[place] += step
    less[place] -= step

    _, gradient = likelihood([LOG], WEIGHTS, MARKS)

    grown = likelihood([LOG], more, MARKS)[0] - likelihood([LOG], less, MARKS)[0]
    assert gradient[place] == pytest.approx(grown / (2 * step), abs=1e-6)


def test_the_way_down_ends_at_the_minimum() -> None:
    def bowl(at: list[float]) -> tuple[float, list[float]]:
        slopes = [(place + 1) * (of - place) for place, of in enumerate(at)]
        return sum(slope * (of - place) / 2 for place, (of, slope) in enumerate(zip(at, slopes, strict=True))), slopes

    assert minimum(bowl, [9.0] * 5, steps=50, tolerance=0.0) == pytest.approx([0, 1, 2, 3, 4], abs=1e-6)


def test_the_table_names_the_marks_that_count() -> None:
    weights = [0.0] * len(NAMES) * len(ROLES)
    weights[1], weights[2 * len(NAMES) + 1], weights[2] = 0.25, -1.0, 0.01

    source = table(weights)

    assert source.splitlines()[1:-1] == [f'    "{NAMES[1]}": Weight(25, 0, -100, 0, 0),']


def test_without_the_corpus_nothing_is_fitted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CORPUS", raising=False)

    assert main([]) == 0
    assert "skipped" in capsys.readouterr().out
