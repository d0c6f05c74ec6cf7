"""The configuration of a GitHub connection."""

from pathlib import Path
from typing import Any

import pytest

from ci_integrations.errors import ConfigError
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.github.settings import Settings, load_settings
from tests.fakes.github.app import key_pair

PEM = key_pair()[0]


def load(**config: Any) -> Settings:
    return load_settings(ConnectionConfig("github", config, "orchestrate.yaml: ci"))


def test_a_token_is_enough() -> None:
    found = load(token="t")
    assert (found.base_url, found.api_version, found.is_public) == ("https://api.github.com", "2022-11-28", True)


def test_an_app_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ID", "12")
    monkeypatch.setenv("APP_KEY", PEM.replace("\n", "\\n"))
    found = load(app={"id": "${APP_ID}", "private_key": "${APP_KEY}"}, base_url="https://ghe.example.com/api/v3/")
    assert found.app is not None
    assert (found.app.id, found.app.private_key) == ("12", PEM)
    assert (found.base_url, found.is_public) == ("https://ghe.example.com/api/v3", False)


def test_a_key_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    found = load(app={"id": 12, "private_key_file": f"{tmp_path / 'key.pem'}"})
    assert found.app is not None
    assert (found.app.id, found.app.private_key) == ("12", PEM)


@pytest.mark.parametrize(
    ("config", "place", "words"),
    [
        ({}, "config", "one of `token` and `app`"),
        ({"token": "t", "app": {"id": "1", "private_key": PEM}}, "config", "one of `token` and `app`"),
        ({"tokn": "t"}, "config.tokn", "unknown key; known here: api_version, app,"),
        ({"token": ""}, "config.token", "expected a text"),
        ({"token": 5}, "config.token", "expected a text"),
        ({"token": "${NOT_SET_ANYWHERE}"}, "config.token", "NOT_SET_ANYWHERE is not set"),
        ({"token": "t", "base_url": "github.com"}, "config.base_url", "expected an address"),
        ({"token": "t", "base_url": "https://x/?a=1"}, "config.base_url", "expected an address"),
        ({"token": "t", "api_version": "2020-01-01"}, "config.api_version", "2022-11-28"),
        ({"token": "t", "ca_file": "/nowhere.pem"}, "config.ca_file", "no file"),
        ({"token": "t", "timeout": 0}, "config.timeout", "at most 120"),
        ({"token": "t", "timeout": "5"}, "config.timeout", "seconds"),
        ({"app": []}, "config.app", "expected a mapping"),
        ({"app": {"private_key": PEM}}, "config.app.id", "is missing"),
        ({"app": {"id": "1"}}, "config.app.private_key", "PEM"),
        ({"app": {"id": "1", "private_key": PEM[:200]}}, "config.app.private_key", "PEM"),
        ({"app": {"id": "1", "private_key_file": "/nowhere.pem"}}, "config.app.private_key_file", "no file"),
        ({"app": {"id": "1", "secret": "x"}}, "config.app.secret", "unknown key"),
    ],
)
def test_a_wrong_configuration_names_place_and_mend(config: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load(**config)
    assert f"{caught.value}".startswith(f"orchestrate.yaml: ci.{place}:")
    assert PEM[100:200] not in f"{caught.value}"


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(load(app={"id": "1", "private_key": PEM}, webhook_secret="hook-secret"))
    assert "PRIVATE" not in shown
    assert "hook-secret" not in shown


def test_what_is_secret_is_masked_everywhere() -> None:
    config = {
        "app": {"id": "4711", "private_key": PEM},
        "webhook_secret": "hook-secret",
        "base_url": "https://ghe.example",
    }
    assert secret_values(config, "here") == {PEM, "hook-secret"}
    assert secret_values({"token": "abcdef"}, "here") == {"abcdef"}
