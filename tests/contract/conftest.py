"""The contract runs over every provider that is installed; what one cannot do is not asked of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_integrations.domain import Capability
from tests.contract.bench import Bench
from tests.contract.benches import BENCHES


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A server of one provider's kind."""
    with BENCHES[request.param].open(tmp_path) as made:
        yield made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a provider's declared capabilities make pointless: `needs` names one it must have, `lacks` not."""
    kept = [item for item in items if _fits(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _fits(item: pytest.Item) -> bool:
    params = getattr(item, "callspec", None)
    name = params.params.get("bench") if params else None
    if not isinstance(name, str):
        return True
    can = BENCHES[name].can
    return all(_named(mark) in can for mark in item.iter_markers("needs")) and not any(
        _named(mark) in can for mark in item.iter_markers("lacks")
    )


def _named(mark: pytest.Mark) -> Capability:
    (capability,) = mark.args
    assert isinstance(capability, Capability)
    return capability
