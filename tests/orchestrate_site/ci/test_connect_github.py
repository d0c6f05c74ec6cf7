"""`orchestrate ci connect github`: from environment variables, checked."""

import pytest

from ci_integrations.models import Connection, Repository
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.fakes.github.app import key_pair
from tests.github import NAME, TOKEN, github, shop
from tests.orchestrate_site.ci.harness import ci

__all__ = ["github", "shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.base_url)
    return monkeypatch


@pytest.fixture
def as_app(github: FakeGitHub, environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    assert github.app is not None
    environment.setenv("GITHUB_APP_ID", f"{github.app.id}")
    environment.setenv("GITHUB_APP_PRIVATE_KEY", key_pair()[0])
    environment.setenv("GITHUB_WEBHOOK_SECRET", "hook-secret-of-tests")
    return environment


def test_an_app_brings_its_repositories(as_app: pytest.MonkeyPatch, shop: FakeRepo) -> None:
    result = ci("connect", "github")
    assert result.code == 0, result.err
    row = Connection.objects.get()
    assert row.config["app"] == {"id": "${GITHUB_APP_ID}", "private_key": "${GITHUB_APP_PRIVATE_KEY}"}
    assert row.config["webhook_secret"] == "${GITHUB_WEBHOOK_SECRET}"
    assert [(one.name, one.is_active) for one in Repository.objects.all()] == [(NAME, True)]
    assert f"/webhooks/github/{row.key}" in result.out
    assert "actions: write - granted - " in result.out
    assert "event workflow_run: subscribed - granted - follow runs" in result.out
    assert "PRIVATE KEY" not in result.out + result.err
    again = ci("connect", "github")
    assert (again.code, Repository.objects.filter(is_active=True).count()) == (0, 1)


def test_what_is_missing_is_named_and_no_success(
    as_app: pytest.MonkeyPatch, github: FakeGitHub, shop: FakeRepo
) -> None:
    assert github.app is not None
    github.app.permissions["contents"] = "read"
    result = ci("connect", "github", "--json")
    assert (result.code, result.error["code"]) == (3, "auth_failed")
    assert Connection.objects.exists()
    told = ci("connect", "github")
    assert "contents: write - MISSING - clone the code, compare commits, push fix branches" in told.out


def test_a_token_names_its_repositories(environment: pytest.MonkeyPatch, shop: FakeRepo) -> None:
    environment.setenv("GITHUB_TOKEN", TOKEN)
    result = ci("connect", "github", "--repo", NAME, "--name", "mine")
    assert result.code == 0, result.err
    assert Connection.objects.get().config["token"] == "${GITHUB_TOKEN}"
    assert "checks" not in result.out.partition("webhook")[2]
    assert TOKEN not in result.out
    refused = ci("connect", "github")
    assert refused.code == 7
    assert "owner/name" in refused.err


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "set GITHUB_TOKEN, or GITHUB_APP_ID with"),
        ({"GITHUB_APP_ID": "5"}, "neither GITHUB_APP_PRIVATE_KEY nor"),
        ({"GITHUB_APP_ID": "5", "GITHUB_APP_PRIVATE_KEY": "x"}, "GITHUB_WEBHOOK_SECRET is not"),
        ({"GITHUB_APP_ID": "5", "GITHUB_APP_PRIVATE_KEY": "x", "GITHUB_WEBHOOK_SECRET": "s"}, "PEM"),
    ],
)
def test_what_the_environment_lacks_is_named(
    environment: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    result = ci("connect", "github")
    assert (result.code, Connection.objects.count()) == (7, 0)
    assert words in result.err


def test_one_of_provider_and_file(environment: pytest.MonkeyPatch) -> None:
    assert ci("connect").code == 2
    assert ci("connect", "github", "-f", "x.yaml").code == 2
    refused = ci("connect", "custom")
    assert refused.code == 7
    assert "-f FILE" in refused.err
