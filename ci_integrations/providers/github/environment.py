"""A connection from environment variables: the configuration names them, and holds none of their values."""

from collections.abc import Mapping
from typing import Any, Final

from ci_integrations.errors import ConfigError

TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105  # the name of a variable
APP_ID: Final = "GITHUB_APP_ID"
KEY: Final = "GITHUB_APP_PRIVATE_KEY"
KEY_FILE: Final = "GITHUB_APP_PRIVATE_KEY_FILE"
SECRET: Final = "GITHUB_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable
BASE_URL: Final = "GITHUB_API_URL"


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that the variables give: an App where GITHUB_APP_ID is set, else a plain token.

    Raises ConfigError naming what is missing.
    """
    config: dict[str, Any] = {}
    if environ.get(APP_ID):
        key = next((name for name in (KEY, KEY_FILE) if environ.get(name)), "")
        if not key:
            raise ConfigError(f"{APP_ID} is set, but neither {KEY} nor {KEY_FILE} is", place="environment")
        if not environ.get(SECRET):
            raise ConfigError(
                f"{APP_ID} is set, but {SECRET} is not: webhooks could not be trusted", place="environment"
            )
        option = "private_key" if key == KEY else "private_key_file"
        config["app"] = {"id": _variable(APP_ID), option: _variable(key)}
    elif environ.get(TOKEN):
        config["token"] = _variable(TOKEN)
    else:
        raise ConfigError(
            f"set {TOKEN}, or {APP_ID} with {KEY} (or {KEY_FILE}) and {SECRET}; or create an App on the connect page",
            place="environment",
        )
    for option, name in (("webhook_secret", SECRET), ("base_url", BASE_URL)):
        if environ.get(name):
            config[option] = _variable(name)
    return config


def _variable(name: str) -> str:
    return f"${{{name}}}"
