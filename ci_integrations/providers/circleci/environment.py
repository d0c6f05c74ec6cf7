"""A connection from environment variables: the configuration names them, and holds none of their values."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from ci_integrations.errors import ConfigError

TOKEN: Final = "CIRCLECI_TOKEN"  # noqa: S105  # the name of a variable
# The one that CircleCI's own command line reads in many a script.
OTHER_TOKEN: Final = "CIRCLE_TOKEN"  # noqa: S105  # the name of a variable
SECRET: Final = "CIRCLECI_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable
BASE_URL: Final = "CIRCLECI_URL"
CA_FILE: Final = "CIRCLECI_CA_FILE"
_SECRET_BYTES: Final = 32


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that the variables give. Where no secret for webhooks is set, one is made.

    Raises ConfigError naming what is missing.
    """
    token = next((name for name in (TOKEN, OTHER_TOKEN) if environ.get(name)), "")
    if not token:
        raise ConfigError(
            f"set {TOKEN} to a personal API token (https://app.circleci.com/settings/user/tokens)", place="environment"
        )
    config: dict[str, Any] = {"token": _variable(token)}
    for option, name in (("base_url", BASE_URL), ("ca_file", CA_FILE)):
        if environ.get(name):
            config[option] = _variable(name)
    config["webhook_secret"] = _variable(SECRET) if environ.get(SECRET) else secrets.token_hex(_SECRET_BYTES)
    return config


def _variable(name: str) -> str:
    return f"${{{name}}}"
