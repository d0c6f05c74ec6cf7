"""Installations, deliveries that failed, permissions; and how an App comes to be."""

from datetime import UTC, datetime, timedelta

import pytest

from ci_integrations.domain import InstallationState
from ci_integrations.errors import ConfigError, Invalid, NotFound, NotSupported
from ci_integrations.providers.base import Installer
from ci_integrations.providers.github import manifest
from ci_integrations.providers.github.permissions import EVENTS, FOR_TOKENS, PERMISSIONS
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.github import NAME, REPO, provider_for, token_config


@pytest.fixture
def installer(github: FakeGitHub, shop: FakeRepo) -> Installer:
    found = provider_for(github).installer
    assert found is not None
    return found


def token_installer(server: FakeGitHub) -> Installer:
    found = provider_for(server, token_config(server)).installer
    assert found is not None
    return found


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=3)


def test_who_installed_the_app_for_what(github: FakeGitHub, installer: Installer) -> None:
    other = github.install("other", [])
    other.state = "suspended"
    states = {one.account: one.state for one in installer.list_installations()}
    assert states == {"acme": InstallationState.ACTIVE, "other": InstallationState.SUSPENDED}
    first = next(iter(github.installations))
    (repository,) = installer.list_repositories(f"{first}")
    assert (repository.external_id, repository.default_branch) == (NAME, "main")


def test_a_plain_token_hears_of_nothing(github: FakeGitHub, shop: FakeRepo) -> None:
    installer = token_installer(github)
    assert (list(installer.list_installations()), list(installer.failed_deliveries(since=long_ago()))) == ([], [])
    assert github.requests == []


def test_deliveries_that_never_arrived_are_sent_again(github: FakeGitHub, shop: FakeRepo, installer: Installer) -> None:
    for _ in range(4):
        github.add_run(shop)
    answers = iter([500, 202, 500, 500])
    github.pump(lambda hook: next(answers))
    failed = installer.failed_deliveries(since=long_ago())
    assert [one.tries for one in failed] == [1, 1, 1]
    installer.redeliver(failed[0])
    installer.redeliver(failed[1])
    answers = iter([202, 500])
    assert github.pump(lambda hook: next(answers)) == 2
    # What came through since is told by whoever received it.
    again = {one.delivery_id: one.tries for one in installer.failed_deliveries(since=long_ago())}
    assert again == {failed[0].delivery_id: 1, failed[1].delivery_id: 2, failed[2].delivery_id: 1}


def test_the_past_is_not_read_to_its_beginning(github: FakeGitHub, shop: FakeRepo, installer: Installer) -> None:
    for _ in range(250):
        github.add_run(shop)
    github.pump(lambda hook: 500)
    for one in github.deliveries[150:]:
        one["delivered_at"] = "2020-01-01T00:00:00Z"
    assert len(installer.failed_deliveries(since=long_ago())) == 150
    assert github.count("GET", "/deliveries") == 2


def test_permissions_and_events_of_an_app(github: FakeGitHub, installer: Installer) -> None:
    assert all(check.granted for check in installer.check_access(REPO))
    assert len(installer.check_access()) == len(PERMISSIONS) + len(EVENTS)
    assert github.app is not None
    github.app.permissions |= {"checks": "read"}
    github.app.permissions.pop("actions")
    github.app.events.remove("workflow_run")
    wrong = {check.name: (check.needed, check.found) for check in installer.check_access(REPO) if not check.granted}
    assert wrong == {"checks": ("write", "read"), "actions": ("write", ""), "event workflow_run": ("subscribed", "")}


def test_what_a_token_may_is_tried_as_far_as_it_goes(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("GET", "/actions/runs$", status=403, message="Resource not accessible by personal access token")
    checks = {check.name: check.granted for check in token_installer(github).check_access(REPO)}
    assert set(checks) == set(FOR_TOKENS)
    assert (checks["contents"], checks["actions"], checks["pull_requests"]) == (True, False, None)
    with pytest.raises(NotSupported):
        token_installer(github).check_access()


def test_a_manifest_asks_for_what_is_needed() -> None:
    made = manifest.manifest(
        name="Orchestrate", url="https://ci.example.com", webhook_url="https://ci.example.com/webhooks/github/key",
        redirect_url="https://ci.example.com/connect/github/created", setup_url="https://ci.example.com/connect/",
    )  # fmt: skip
    assert made["hook_attributes"] == {"url": "https://ci.example.com/webhooks/github/key", "active": True}
    assert made["default_permissions"]["checks"] == "write"
    assert "workflow_run" in made["default_events"]
    assert made["public"] is False


@pytest.mark.parametrize(
    ("web", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://github.example.com", "https://github.example.com/api/v3"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/api/v3"),
    ],
)
def test_addresses(web: str, api: str) -> None:
    assert manifest.base_url_of(manifest.web_url(f"{web}/")) == api
    assert manifest.form_action(web, organization="acme", state="s t") == (
        f"{web}/organizations/acme/settings/apps/new?state=s+t"
    )
    assert manifest.form_action(web, organization="", state="s") == f"{web}/settings/apps/new?state=s"


@pytest.mark.parametrize(
    "web", ["github.com", "http://github.com", "https://a/b", "https://u:p@a", "ftp://a", "https://"]
)
def test_other_addresses_are_refused(web: str) -> None:
    with pytest.raises(ConfigError, match=r"https://github\.com"):
        manifest.web_url(web)


@pytest.mark.parametrize("web", ["https://GitHub.com", "https://github.com:443/", "https://www.github.com", ""])
def test_githubs_own_address_in_any_form(web: str) -> None:
    assert manifest.web_url(web) == "https://github.com"


@pytest.mark.parametrize("web", ["https://[::1", "https://a;script-src *", "https://a b"])
def test_what_is_no_host_is_refused(web: str) -> None:
    with pytest.raises(ConfigError):
        manifest.web_url(web)


def test_an_organization_is_a_name() -> None:
    with pytest.raises(ConfigError, match="organization"):
        manifest.form_action("https://github.com", organization="../x", state="s")


def test_a_code_is_exchanged_once(github: FakeGitHub) -> None:
    github.manifests["abc"] = {
        "id": 5, "slug": "orchestrate", "name": "Orchestrate", "pem": "PEM", "webhook_secret": "s3cret",
        "html_url": "https://github.example/apps/orchestrate",
    }  # fmt: skip
    made = manifest.convert_code(github.base_url, "abc")
    assert (made.id, made.slug, made.private_key, made.webhook_secret) == ("5", "orchestrate", "PEM", "s3cret")
    assert manifest.installation_url(made) == "https://github.example/apps/orchestrate/installations/new"
    assert "s3cret" not in repr(made)
    assert "authorization" not in github.requests[-1].headers
    with pytest.raises(NotFound):
        manifest.convert_code(github.base_url, "abc")


@pytest.mark.parametrize("code", ["", "a/b", "x" * 101, "a b"])
def test_what_is_no_code_is_not_sent(github: FakeGitHub, code: str) -> None:
    with pytest.raises(Invalid):
        manifest.convert_code(github.base_url, code)
    assert github.requests == []
