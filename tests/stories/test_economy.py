"""What following costs, counted at GitHub over a simulated hour: a part of the account that `make bench` plays."""

from pathlib import Path

import pytest

from tests.economy import simulate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("webhooks", "most"), [(True, 4.5), (False, 8.5)])
def test_requests_per_run_followed(tmp_path: Path, storage: Path, webhooks: bool, most: float) -> None:
    count = simulate(tmp_path / "github", runs=40, repositories=2, webhooks=webhooks)
    assert count.charged_per_run <= most
    assert count.per_run < count.naive_per_run / 4
