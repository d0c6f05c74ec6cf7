"""What is packed comes back as it was."""

import pytest

from ci_integrations.packing import Passes, pack_json, unpack_json


def test_passes_come_back_by_case_with_their_durations() -> None:
    packed = Passes([(7, 0.25), (3, None), (2**40, 1.0), (7, 0.0001)]).pack()
    passes = Passes.unpack(packed)
    assert list(passes) == [(3, None), (7, 0.25), (7, 0.0001), (2**40, 1.0)]
    assert (passes.of(7), passes.of(3), passes.of(4), len(passes)) == ([0.25, 0.0001], [None], [], 4)


def test_nothing_can_be_packed() -> None:
    assert list(Passes.unpack(Passes().pack())) == []


@pytest.mark.parametrize(("seconds", "kept"), [(-1.0, None), (1e9, 429496.7294), (float("1e-9"), 0.0)])
def test_durations_that_cannot_be_are_kept_as_near_as_may_be(seconds: float, kept: float | None) -> None:
    assert Passes.unpack(Passes([(1, seconds)]).pack()).of(1) == [kept]


def test_twenty_thousand_passes_take_a_few_bytes_each() -> None:
    assert len(Passes((case, 0.0113 * (case % 97)) for case in range(100_000, 120_000)).pack()) < 60_000


def test_figures_of_files_come_back() -> None:
    assert unpack_json(pack_json({"src/ä.py": [1, 2, None]})) == {"src/ä.py": [1, 2, None]}
