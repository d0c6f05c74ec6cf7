"""What of a connection's configuration must not be seen, wherever it appears."""

from typing import Any

import pytest

from ci_integrations.models import Connection
from ci_integrations.parsing.masking import Masker
from ci_integrations.wiring import secrets_of


def masker(config: dict[str, Any]) -> Masker:
    return Masker(secrets_of(Connection(provider="custom", name="ci", config=config)))


@pytest.mark.parametrize(
    "config",
    [
        {"endpoints": {"status": {"url": "/x", "headers": {"PRIVATE-TOKEN": "${X}"}}}},
        {"endpoints": {"status": {"url": "/x", "headers": {"Authorization": "Token ${X}"}}}},
        {"trigger_url": "https://ci.example.com/trigger?token=${X}"},
        {"endpoints": {"trigger": {"url": "/x", "body": {"params": ["a=${X}"]}}}},
        {"auth": {"type": "header", "name": "X-Key", "value": "canary-4711"}},
        {"auth": {"type": "header", "name": "Authorization", "value": "Token canary-4711"}},
        {"auth": {"type": "basic", "username": "ada", "password": "canary-4711"}},
        {"webhooks": {"type": "standard", "secret": "whsec_canary-4711"}},
        {"endpoints": {"status": {"url": "/x", "headers": {"PRIVATE-TOKEN": "canary-4711"}}}},
        {"endpoints": {"status": {"url": "/x", "headers": {"Authorization": "Token canary-4711"}}}},
        {"endpoints": {"status": {"details": [{"headers": {"PRIVATE-TOKEN": "canary-4711"}}]}}},
    ],
)
def test_a_secret_is_masked_wherever_it_appears(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "canary-4711")
    assert masker(config).text("the key canary-4711 was refused") == "the key *** was refused"


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"base_url": "${X}"}, "https://ci.example.com/builds"),
        ({"status_url": "https://${HOST}/{run_id}"}, "ci.example.com"),
        ({"endpoints": {"status": {"headers": {"Accept": "application/json"}}}}, "Accept: application/json"),
        ({"endpoints": {"status": {"headers": {"X-Debug": "true"}}}}, "it is true"),
        ({"endpoints": {"status": {"headers": {"X-Run": "run {run_id}"}}}}, "run {run_id}"),
        ({"endpoints": {"trigger": {"body": {"params": [{"name": "mode", "value": "nightly"}]}}}}, "nightly"),
        ({"auth": {"type": "header", "name": "X-Special-Key", "value": "${KEY}"}}, "X-Special-Key"),
    ],
)  # fmt: skip
def test_addresses_and_plain_words_stay(config: dict[str, Any], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "https://ci.example.com")
    monkeypatch.setenv("HOST", "ci.example.com")
    monkeypatch.setenv("KEY", "canary-4711")
    assert masker(config).text(text) == text
