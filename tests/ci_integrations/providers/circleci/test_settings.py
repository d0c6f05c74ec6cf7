"""The configuration of a CircleCI connection, of a file and of the environment."""

from pathlib import Path
from typing import Any

import pytest

from ci_integrations.errors import ConfigError
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.circleci import CircleCIProvider
from ci_integrations.providers.circleci.settings import Settings, load_settings
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.registry import config_from_environment


def load(**config: Any) -> Settings:
    return load_settings(ConnectionConfig("circleci", config, "orchestrate.yaml: ci"))


def test_a_token_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLECI_TOKEN", "CCIPAT_1")
    found = load(token="${CIRCLECI_TOKEN}")
    assert (found.token, found.base_url, found.is_public) == ("CCIPAT_1", "https://circleci.com", True)


def test_a_server_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-")
    found = load(
        token="t",
        base_url="https://ci.example.com/",
        ca_file=f"{tmp_path / 'ca.pem'}",
        trusted=["https://files.ci.example.com"],
        definition="nightly",
        correlation_parameter="orchestrate_id",
        timeout=5,
    )
    assert (found.base_url, found.is_public) == ("https://ci.example.com", False)
    assert (found.trusted, found.definition, found.timeout) == (("https://files.ci.example.com",), "nightly", 5.0)


@pytest.mark.parametrize(
    ("config", "place", "words"),
    [
        ({}, "config.token", "is missing; expected a personal API token"),
        ({"tokn": "t"}, "config.tokn", "unknown key; known here: base_url, ca_file,"),
        ({"token": ""}, "config.token", "expected a text"),
        ({"token": 5}, "config.token", "expected a text"),
        ({"token": "${NOT_SET_ANYWHERE}"}, "config.token", "NOT_SET_ANYWHERE is not set"),
        ({"token": "t", "base_url": "circleci.com"}, "config.base_url", "expected an address"),
        ({"token": "t", "ca_file": "/nowhere.pem"}, "config.ca_file", "no file"),
        ({"token": "t", "timeout": 0}, "config.timeout", "at most 120"),
        ({"token": "t", "trusted": "https://x"}, "config.trusted", "expected a list"),
        ({"token": "t", "trusted": ["x"]}, "config.trusted", "expected a list"),
        ({"token": "t", "definition": 5}, "config.definition", "expected a text"),
    ],
)
def test_a_wrong_configuration_names_place_and_mend(config: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load(**config)
    assert f"{caught.value}".startswith(f"orchestrate.yaml: ci.{place}:")


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(load(token="token-of-ours", webhook_secret="hook-secret"))
    assert "token-of-ours" not in shown
    assert "hook-secret" not in shown


def test_what_is_secret_is_masked_everywhere() -> None:
    config = {"token": "token-of-ours", "webhook_secret": "hook-secret", "definition": "nightly"}
    assert secret_values(config, "here") == {"token-of-ours", "hook-secret"}


@pytest.mark.parametrize("name", ["CIRCLECI_TOKEN", "CIRCLE_TOKEN"])
def test_a_connection_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: "t", "CIRCLECI_URL": "https://ci.example.com", "CIRCLECI_WEBHOOK_SECRET": "hook-secret"}
    config = config_from_environment("circleci", given)
    assert config == {
        "token": f"${{{name}}}",
        "base_url": "${CIRCLECI_URL}",
        "webhook_secret": "${CIRCLECI_WEBHOOK_SECRET}",
    }
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    assert load(**config).base_url == "https://ci.example.com"


def test_a_secret_for_webhooks_is_made_where_none_is_given() -> None:
    made = [config_from_environment("circleci", {"CIRCLECI_TOKEN": "t"})["webhook_secret"] for _ in range(2)]
    assert made[0] != made[1]
    assert all(len(one) == 64 for one in made)


def test_an_environment_without_a_token() -> None:
    with pytest.raises(ConfigError, match="set CIRCLECI_TOKEN"):
        CircleCIProvider.from_environment({"CIRCLECI_URL": "https://ci.example.com"})
