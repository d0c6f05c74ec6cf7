"""Clusters for a module's stories, a CI server and a stage for each."""

from collections.abc import Generator, Iterator

import pytest
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.fakes.ci_server import FakeCI
from tests.stories.clusters import Clusters
from tests.stories.stage import Stage, connect_to


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the workers said."""
    report = yield
    clusters = getattr(item, "funcargs", {}).get("clusters")
    if isinstance(clusters, Clusters) and report.failed:
        report.sections.append(("end of the workers' log", clusters.log_tail()))
    return report


@pytest.fixture(scope="module")
def clusters(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clusters]:
    """Running clusters. After the last story they are stopped, and nothing may be left of them."""
    with Clusters(tmp_path_factory.mktemp("clusters")) as running:
        running.start_all()
        yield running
        running.stop()
        assert running.left_behind() == []


@pytest.fixture
def ci() -> Iterator[FakeCI]:
    """A CI server."""
    with FakeCI() as server:
        yield server


@pytest.fixture
def stage(transactional_db: None, clusters: Clusters, ci: FakeCI, settings: Settings) -> Stage:
    """A repository without code on that server, and clusters that work for it."""
    settings.MEDIA_ROOT = clusters.storage
    clusters.forget()
    return Stage(clusters, ci, connect_to(ci))
