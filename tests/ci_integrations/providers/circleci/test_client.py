"""What is sent where, and how: addresses, certificates, redirects, pages, and the library of v1.1."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import RepoRef
from ci_integrations.errors import Invalid, NotSupported
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.circleci.client import Client, hosts_of, path_of, project_path
from ci_integrations.providers.circleci.sdk import LegacyApi
from ci_integrations.providers.circleci.settings import Settings, load_settings
from ci_integrations.providers.circleci.slugs import legacy_segments
from tests.circleci import REPO, TOKEN, config_of, provider_for
from tests.fakes.circleci import FakeCircleCI, FakeProject


def test_the_slashes_of_a_slug_stand_and_its_parts_are_encoded() -> None:
    assert project_path(REPO, "pipeline") == "/project/gh/acme/shop/pipeline"
    assert project_path(RepoRef("bb/a c/s%h?p#"), 7, "tests") == "/project/bb/a%20c/s%25h%3Fp%23/7/tests"
    assert legacy_segments("gh/a c/shop") == ("github", "a%20c", "shop")
    assert legacy_segments("circleci/AbC/DeF") == ("circleci", "AbC", "DeF")


@pytest.mark.parametrize("slug", ["acme/shop", "gh/acme/", "gh//shop", "gh/acme/shop/x", "gh/../shop", ""])
def test_what_is_no_slug(slug: str) -> None:
    with pytest.raises(Invalid, match="no project slug"):
        project_path(RepoRef(slug))


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_part_that_would_lead_elsewhere(part: str) -> None:
    with pytest.raises(Invalid):
        path_of("pipeline", part)


def test_pages_are_bounded_and_what_is_left_out_is_logged(
    circleci: FakeCircleCI, shop: FakeProject, caplog: pytest.LogCaptureFixture
) -> None:
    circleci.page_size = 1
    for _ in range(12):
        circleci.add_pipeline(shop)
    client = Client(load_settings(ConnectionConfig("circleci", config_of(circleci), "here")))
    assert len(list(client.listed(project_path(REPO, "pipeline"), limit=4))) == 4
    assert len(circleci.requests) == 4
    assert "/project/gh/acme/shop/pipeline has more than 4 pages" in caplog.text
    caplog.clear()
    assert len(list(client.listed(project_path(REPO, "pipeline")))) == 12
    assert not caplog.text


def test_a_page_that_is_none(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("GET", "/pipeline$", status=200, raw=b'{"items": {}}')
    with pytest.raises(Invalid, match="no list of items"):
        list(provider_for(circleci).list_runs(REPO))


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    with FakeCircleCI(tmp_path / "circleci", has_tls=True) as server:
        server.add_token(TOKEN, "ada")
        server.add_project("gh/acme/shop")
        with pytest.raises(Invalid, match="certificate is not trusted"):
            list(provider_for(server).list_runs(REPO))
        assert list(provider_for(server, ca_file=f"{server.ca_file}").list_runs(REPO)) == []


def test_the_token_goes_to_circlecis_own_hosts_only() -> None:
    cloud, own = Settings(token="t"), Settings(token="t", base_url="https://ci.example.com")
    assert hosts_of(cloud) == ["https://circleci.com", "https://output.circle-artifacts.com"]
    assert hosts_of(own) == ["https://ci.example.com"]


def test_a_redirect_elsewhere_gets_no_token(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("GET", "/pipeline$", status=302, headers={"Location": f"{circleci.storage_url}/x"})
    circleci.files["/x"] = b'{"items": [], "next_page_token": null}'
    assert list(provider_for(circleci).list_runs(REPO)) == []
    (seen,) = circleci.file_requests
    assert "circle-token" not in seen.headers


def test_the_library_of_v1_1_reads_only_and_knows_no_token() -> None:
    asked: list[str] = []

    def ask(endpoint: str) -> Any:
        asked.append(endpoint)
        return {"steps": []}

    api: Any = LegacyApi(ask)
    assert api.get_build_info("acme", "shop", 7, vcs_type="github") == {"steps": []}
    assert asked == ["project/github/acme/shop/7"]
    assert (api.token, api.url) == ("", "")
    writes: list[Callable[[], object]] = [
        lambda: api.retry_build("acme", "shop", 7),
        lambda: api.add_envvar("acme", "shop", "A", "b"),
        lambda: api.download_artifact("https://elsewhere.example.com/x"),
    ]
    for write in writes:
        with pytest.raises(NotSupported):
            write()
    assert len(asked) == 1
