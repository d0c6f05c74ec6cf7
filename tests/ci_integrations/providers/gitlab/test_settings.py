"""The configuration of a GitLab connection, from a file and from the environment."""

import base64
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import Capability
from ci_integrations.errors import ConfigError, NotSupported
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.gitlab import GitLabProvider
from ci_integrations.providers.gitlab.settings import Settings, load_settings
from ci_integrations.providers.registry import config_from_environment

SIGNING = "whsec_" + base64.b64encode(b"k" * 32).decode()
HEARING = Capability.WEBHOOKS | Capability.HEARS_STARTS | Capability.INSTALLS_WEBHOOKS


def load(**config: Any) -> Settings:
    return load_settings(ConnectionConfig("gitlab", config, "orchestrate.yaml: ci"))


def provider(**config: Any) -> GitLabProvider:
    return GitLabProvider(ConnectionConfig("gitlab", config, "orchestrate.yaml: ci"))


def test_a_token_is_enough() -> None:
    found = load(token="t")
    assert (found.base_url, found.is_public, found.hears, found.keep_base_url) == (
        "https://gitlab.com",
        True,
        False,
        True,
    )


def test_everything_may_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "o-1")
    (tmp_path / "ca.pem").write_text("x")
    found = load(
        oauth_token="${TOKEN}",
        base_url="https://git.example.com/gitlab/",
        trigger_token="tt",
        webhook_secret="hush",
        signing_token=SIGNING,
        group="/acme/tools/",
        ca_file=f"{tmp_path / 'ca.pem'}",
        keep_base_url=False,
        timeout=3,
    )
    assert (found.base_url, found.oauth_token, found.group) == ("https://git.example.com/gitlab", "o-1", "acme/tools")
    assert (found.is_public, found.hears, found.timeout, found.keep_base_url) == (False, True, 3.0, False)
    assert set(found.secrets) == {"o-1", "tt", "hush", SIGNING}


def test_the_address_of_the_api_is_that_of_the_server() -> None:
    assert load(token="t", base_url="https://git.example.com/api/v4").base_url == "https://git.example.com"
    assert load(token="t", group=42).group == "42"


@pytest.mark.parametrize(
    ("config", "place", "words"),
    [
        ({}, "config", "one of `token` and `oauth_token`"),
        ({"token": "a", "oauth_token": "b"}, "config", "one of `token` and `oauth_token`"),
        ({"token": 5}, "config.token", "a text"),
        ({"token": "a\nb"}, "config.token", "one line"),
        ({"token": "tökén"}, "config.token", "ASCII"),
        ({"token": "${NOT_SET}"}, "config.token", "NOT_SET"),
        ({"token": "t", "tokn": "t"}, "config.tokn", "unknown key"),
        ({"token": "t", "base_url": "gitlab.com"}, "config.base_url", "an address"),
        ({"token": "t", "base_url": "https://u:p@gitlab.com"}, "config.base_url", "an address"),
        ({"token": "t", "base_url": "https://gitlab.com/?a=b"}, "config.base_url", "an address"),
        ({"token": "t", "signing_token": "abc"}, "config.signing_token", "whsec_"),
        ({"token": "t", "signing_token": SIGNING[6:]}, "config.signing_token", "whsec_"),
        ({"token": "t", "signing_token": "whsec_AAAA"}, "config.signing_token", "32 bytes"),
        ({"token": "t", "signing_token": "whsec_!"}, "config.signing_token", "32 bytes"),
        ({"token": "t", "ca_file": "/nowhere"}, "config.ca_file", "no file"),
        ({"token": "t", "keep_base_url": "yes"}, "config.keep_base_url", "true or false"),
        ({"token": "t", "timeout": 0}, "config.timeout", "seconds"),
        ({"token": "t", "timeout": True}, "config.timeout", "seconds"),
        ({"token": "t", "group": True}, "config.group", "a text"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(config: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load(**config)
    assert caught.value.place == f"orchestrate.yaml: ci.{place}"


def test_no_secret_is_ever_shown() -> None:
    config = {
        "token": "t-secret-1",
        "trigger_token": "t-secret-2",
        "webhook_secret": "t-secret-3",
        "signing_token": SIGNING,
    }
    shown = repr(load(**config))
    assert "t-secret" not in shown
    assert SIGNING not in shown
    assert secret_values(config, "here") == {*config.values(), SIGNING.removeprefix("whsec_")}
    assert "o-secret" in secret_values({"oauth_token": "o-secret"}, "here")


def test_what_a_connection_can_do() -> None:
    plain = provider(token="t")
    assert not plain.capabilities & (
        HEARING | Capability.INSTALLATIONS | Capability.RETRY_ALL | Capability.FORCE_CANCEL
    )
    assert Capability.RESUMES | Capability.LIVE_LOG | Capability.APPROVE | Capability.VARIABLES in plain.capabilities
    for config in ({"webhook_secret": "x"}, {"signing_token": SIGNING}):
        assert HEARING in provider(token="t", **config).capabilities
    assert Capability.INSTALLATIONS in provider(token="t", group="acme").capabilities
    with pytest.raises(NotSupported):
        plain.authenticate_webhook({}, b"{}")


def test_the_environment_gives_a_connection_that_hears() -> None:
    config = config_from_environment("gitlab", {"GITLAB_TOKEN": "t", "GITLAB_URL": "https://git.example.com"})
    assert (config["token"], config["base_url"]) == ("${GITLAB_TOKEN}", "${GITLAB_URL}")
    again = config_from_environment("gitlab", {"GITLAB_TOKEN": "t"})
    assert config["webhook_secret"] != again["webhook_secret"]
    assert load(token="t", signing_token=again["signing_token"], webhook_secret=again["webhook_secret"]).hears


def test_the_environment_names_everything() -> None:
    names = {
        "GITLAB_OAUTH_TOKEN": "oauth_token",
        "GITLAB_CA_FILE": "ca_file",
        "GITLAB_GROUP": "group",
        "GITLAB_TRIGGER_TOKEN": "trigger_token",
        "GITLAB_SIGNING_TOKEN": "signing_token",
    }
    config = config_from_environment("gitlab", dict.fromkeys(names, "x"))
    assert config == {option: f"${{{name}}}" for name, option in names.items()}


def test_without_a_token_the_environment_gives_nothing() -> None:
    with pytest.raises(ConfigError, match="GITLAB_TOKEN"):
        config_from_environment("gitlab", {"GITLAB_URL": "https://git.example.com"})
