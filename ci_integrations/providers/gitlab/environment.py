"""A connection from environment variables: the configuration names them, and holds none of their values."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final

from ci_integrations.errors import ConfigError
from ci_integrations.providers.gitlab.settings import SIGNING_BYTES, SIGNING_PREFIX

TOKEN: Final = "GITLAB_TOKEN"  # noqa: S105  # the name of a variable
OAUTH_TOKEN: Final = "GITLAB_OAUTH_TOKEN"  # noqa: S105  # the name of a variable
# Key of the configuration -> variable.
OPTIONAL: Final = {
    "base_url": "GITLAB_URL",
    "ca_file": "GITLAB_CA_FILE",
    "group": "GITLAB_GROUP",
    "trigger_token": "GITLAB_TRIGGER_TOKEN",
    "webhook_secret": "GITLAB_WEBHOOK_SECRET",
    "signing_token": "GITLAB_SIGNING_TOKEN",
}


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that the variables give.

    Where none names how webhooks are verified, fresh secrets for them are in it: GitLab is told them when the webhook
    is set up. Raises ConfigError naming what is missing.
    """
    if environ.get(TOKEN):
        config = {"token": _variable(TOKEN)}
    elif environ.get(OAUTH_TOKEN):
        config = {"oauth_token": _variable(OAUTH_TOKEN)}
    else:
        raise ConfigError(f"set {TOKEN} (a personal, project or group token) or {OAUTH_TOKEN}", place="environment")
    config |= {option: _variable(name) for option, name in OPTIONAL.items() if environ.get(name)}
    if "webhook_secret" not in config and "signing_token" not in config:
        config |= fresh_secrets()
    return config


def fresh_secrets() -> dict[str, str]:
    """Secrets that verify webhooks: the old way's, and the new one's for servers that sign."""
    key = base64.b64encode(secrets.token_bytes(SIGNING_BYTES)).decode()
    return {"webhook_secret": secrets.token_urlsafe(32), "signing_token": f"{SIGNING_PREFIX}{key}"}


def _variable(name: str) -> str:
    return f"${{{name}}}"
