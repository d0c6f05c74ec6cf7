"""Custom connections for tests."""

from typing import Any

from ci_integrations.domain import RepoRef
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.custom import CustomProvider

REPO = RepoRef("sample")
PLACE = "orchestrate.yaml: ci"
MINIMAL: dict[str, Any] = {
    "trigger_url": "https://ci.example.com/api/trigger",
    "status_url": "https://ci.example.com/api/status/{run_id}",
}


def connect(config: dict[str, Any], *repositories: str) -> CustomProvider:
    """A provider for `config`, with the repository `sample` unless others are named."""
    return CustomProvider(ConnectionConfig("ci", config, PLACE, repositories or ("sample",)))
