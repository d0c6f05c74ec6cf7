"""The connect page: a GitHub App from a manifest, and what a connection is allowed."""

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from ci_integrations.configfile import ConnectionSpec, RepositorySpec
from ci_integrations.models import Connection, Repository
from ci_integrations.providers.github import manifest
from ci_integrations.services.connections import connect
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.fakes.github.app import key_pair
from tests.fakes.gitlab import FakeGitLab
from tests.github import NAME, config_of, github, shop
from tests.gitlab import USER as GITLAB_USER
from tests.gitlab import config_of as gitlab_config
from tests.gitlab import gitlab

__all__ = ["github", "gitlab", "shop"]


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.ORCHESTRATE_URL = "https://ci.example.com"


def browser(name: str) -> Client:
    user = User.objects.create_user(name, password="x")
    user.user_permissions.add(Permission.objects.get(codename="change_connection"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db: None) -> Client:
    """A browser of somebody who may change connections."""
    return browser("grace")


def begin(client: Client, host: str, name: str = "Orchestrate") -> tuple[str, dict[str, object], str]:
    """Gives where the form goes, the manifest in it, and the state."""
    answer = client.post("/connect/github/", {"name": name, "host": host, "organization": "acme"})
    text = answer.content.decode()
    assert answer.status_code == 200, text
    action = html.unescape(
        re.findall(r'<form method="post" action="([^"]+)">\s*<input type="hidden" name="manifest"', text)[0]
    )
    value = html.unescape(re.findall(r'name="manifest" value="([^"]+)"', text)[0])
    assert f"form-action 'self' {host};" in answer.headers["Content-Security-Policy"]
    return action, json.loads(value), parse_qs(urlsplit(action).query)["state"][0]


def made_at(server: FakeGitHub, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody confirmed at GitHub. The fake has no /api/v3: its own address stands for it."""
    monkeypatch.setattr(manifest, "base_url_of", lambda web: web)
    server.manifests[code] = {
        "id": 5,
        "slug": "orchestrate",
        "name": "Orchestrate",
        "pem": key_pair()[0],
        "webhook_secret": "s3cret-of-the-hook",
        "html_url": "https://github.example/apps/orchestrate",
    }


def test_an_app_is_made_stored_and_installed(
    admin: Client, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, wish, state = begin(admin, github.base_url)
    assert action.startswith(f"{github.base_url}/organizations/acme/settings/apps/new?state=")
    assert wish["redirect_url"] == "https://ci.example.com/connect/github/created"
    made_at(github, "code1", monkeypatch)
    answer = admin.get("/connect/github/created", {"code": "code1", "state": state})
    assert answer.headers["Location"] == "https://github.example/apps/orchestrate/installations/new"
    row = Connection.objects.get()
    assert wish["hook_attributes"] == {"url": f"https://ci.example.com/webhooks/github/{row.key}", "active": True}
    assert row.config["app"] == {"id": "5", "slug": "orchestrate", "private_key": key_pair()[0]}
    assert row.config["webhook_secret"] == "s3cret-of-the-hook"
    page = admin.get("/connect/").content.decode()
    assert row.key in page
    assert "s3cret" not in page
    assert "PRIVATE KEY" not in page


def test_a_state_is_good_once_for_an_hour_and_for_who_began(
    admin: Client, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, state = begin(admin, github.base_url)
    made_at(github, "code1", monkeypatch)

    def try_with(client: Client, state: str) -> str:
        answer = client.get("/connect/github/created", {"code": "code1", "state": state}, follow=True)
        return answer.content.decode()

    assert "did not begin here" in try_with(admin, f"{state}x")
    assert "did not begin here" in try_with(admin, "")
    assert "somebody else" in try_with(browser("eve"), state)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        late = browser("grace2")
        _, _, other = begin(late, github.base_url)
    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        late.force_login(User.objects.get(username="grace2"))
        assert "more than an hour" in try_with(late, other)
    assert not Connection.objects.exists()
    assert github.requests == [], "no code was spent"
    try_with(admin, state)
    assert "stored already" in try_with(admin, state)
    assert Connection.objects.count() == 1


def test_a_code_that_github_does_not_know_stores_nothing(
    admin: Client, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, state = begin(admin, github.base_url)
    made_at(github, "code1", monkeypatch)
    page = admin.get("/connect/github/created", {"code": "other", "state": state}, follow=True).content.decode()
    assert "was not stored" in page
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("host", "http://github.com", "https://github.example.com"),
        ("organization", "../x", "organization"),
        ("name", "", "This field is required"),
    ],
)
def test_a_wrong_wish_is_refused_with_the_mend(admin: Client, field: str, value: str, words: str) -> None:
    wish = {"name": "Orchestrate", "host": "https://github.com", "organization": ""} | {field: value}
    answer = admin.post("/connect/github/", wish)
    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.parametrize("path", ["/connect/", "/connect/github/created", "/connect/github/installed"])
def test_only_who_may_change_connections(page: Client, path: str) -> None:
    assert page.get(path).status_code == 403
    assert Client().get(path).status_code == 302
    assert page.post("/connect/github/", {}).status_code == 403
    assert page.post("/connect/1/check").status_code == 403
    assert "Connections" not in page.get("/").content.decode()


def test_what_a_connection_is_allowed_is_shown(admin: Client, github: FakeGitHub, shop: FakeRepo) -> None:
    row = Connection.objects.create(provider="github", name="acme", config=config_of(github), place="test")
    assert github.app is not None
    github.app.permissions["checks"] = "read"
    page = admin.post(f"/connect/{row.pk}/check").content.decode()
    assert "<strong>no</strong> (read)" in page
    assert "event workflow_run" in page
    assert Repository.objects.get().name == NAME, "the installations were read too"
    assert admin.post("/connect/999/check").status_code == 404


def test_trouble_with_the_check_is_told(admin: Client, github: FakeGitHub, shop: FakeRepo, tmp_path: Path) -> None:
    row = Connection.objects.create(provider="github", name="acme", config=config_of(github), place="test")
    github.fail_next("GET", "/app$", status=401, message="A JSON web token could not be decoded")
    page = admin.post(f"/connect/{row.pk}/check").content.decode()
    assert "could not be decoded" in page


def test_the_admin_shows_no_secret_of_an_app(github: FakeGitHub, admin_client: Client) -> None:
    row = Connection.objects.create(provider="github", name="acme", config=config_of(github), place="test")
    page = admin_client.get(f"/admin/ci_integrations/connection/{row.pk}/change/").content.decode()
    assert github.base_url in page
    assert "PRIVATE KEY" not in page
    assert "hook-secret-of-tests" not in page


def test_webhooks_are_set_up_where_the_server_lets_them(admin: Client, gitlab: FakeGitLab, db: None) -> None:
    project = gitlab.add_project("acme/site")
    project.members[GITLAB_USER] = 40
    spec = ConnectionSpec(
        "code", "gitlab", gitlab_config(gitlab), (RepositorySpec("acme/site", "acme/site"),), "orchestrate.yaml: ci"
    )
    row = connect(spec)
    assert f"/connect/{row.pk}/webhooks" in admin.get("/connect/").content.decode()
    answer = admin.post(f"/connect/{row.pk}/webhooks").content.decode()
    (hook,) = project.hooks
    assert hook.url == f"https://ci.example.com/webhooks/gitlab/{row.key}"
    assert "set up" in answer
    project.members[GITLAB_USER] = 30
    assert "<strong>no</strong>" in admin.post(f"/connect/{row.pk}/webhooks").content.decode()


def test_a_server_that_takes_no_webhooks_is_offered_none(admin: Client, github: FakeGitHub, shop: FakeRepo) -> None:
    row = Connection.objects.create(provider="github", name="acme", config=config_of(github), place="test")
    assert f"/connect/{row.pk}/webhooks" not in admin.get("/connect/").content.decode()
