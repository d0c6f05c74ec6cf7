"""From the `config:` mapping of a GitLab connection to checked settings; a wrong one is refused with its place."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ci_integrations.configfile import expand
from ci_integrations.errors import ConfigError
from ci_integrations.providers import options
from ci_integrations.providers.base import ConnectionConfig

GITLAB: Final = "https://gitlab.com"
SIGNING_PREFIX: Final = "whsec_"
SIGNING_BYTES: Final = 32
KEYS: Final = frozenset(
    {
        "base_url",
        "token",
        "oauth_token",
        "trigger_token",
        "webhook_secret",
        "signing_token",
        "group",
        "ca_file",
        "keep_base_url",
        "timeout",
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `config:`; one of `token` and `oauth_token` is set."""

    base_url: str = GITLAB
    token: str = field(default="", repr=False)
    oauth_token: str = field(default="", repr=False)
    trigger_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    signing_token: str = field(default="", repr=False)
    group: str = ""
    ca_file: str = ""
    keep_base_url: bool = True
    timeout: float = 15.0

    @property
    def is_public(self) -> bool:
        """Whether it is GitLab's own service, which leads to public addresses only."""
        return self.base_url == GITLAB

    @property
    def hears(self) -> bool:
        """Whether webhooks can be told from forged ones."""
        return bool(self.webhook_secret or self.signing_token)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen."""
        known = (self.token, self.oauth_token, self.trigger_token, self.webhook_secret, self.signing_token)
        return tuple(secret for secret in known if secret)


def load_settings(connection: ConnectionConfig) -> Settings:
    """Check a connection's configuration; variables are resolved here. Raises ConfigError naming the place."""
    place = f"{connection.place}.config"
    options.refuse_unknown(connection.config, KEYS, place)
    config = expand(connection.config, place)
    token, oauth_token = _header_text(config, "token", place), _header_text(config, "oauth_token", place)
    if bool(token) == bool(oauth_token):
        raise ConfigError("set one of `token` and `oauth_token`", place=place)
    return Settings(
        base_url=options.base_url(config, place, GITLAB, "https://HOST/gitlab").removesuffix("/api/v4"),
        token=token,
        oauth_token=oauth_token,
        trigger_token=options.text(config, "trigger_token", place),
        webhook_secret=options.text(config, "webhook_secret", place),
        signing_token=_signing_token(config, place),
        group=_group(config, place),
        ca_file=options.file(config, "ca_file", place),
        keep_base_url=options.flag(config, "keep_base_url", place, default=True),
        timeout=options.seconds(config, place),
    )


def _header_text(config: Mapping[str, Any], key: str, place: str) -> str:
    value = options.text(config, key, place)
    if not value.isascii() or not value.isprintable():
        raise ConfigError("expected printable ASCII on one line", place=f"{place}.{key}")
    return value


def _signing_token(config: Mapping[str, Any], place: str) -> str:
    token = options.text(config, "signing_token", place)
    if token and not _is_signing_token(token):
        raise ConfigError(
            f"expected `{SIGNING_PREFIX}` and {SIGNING_BYTES} bytes in base64, as GitLab shows it when it is made",
            place=f"{place}.signing_token",
        )
    return token


def _is_signing_token(token: str) -> bool:
    try:
        key = base64.b64decode(token.removeprefix(SIGNING_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return token.startswith(SIGNING_PREFIX) and len(key) == SIGNING_BYTES


def _group(config: Mapping[str, Any], place: str) -> str:
    value = config.get("group")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value}"
    return options.text(config, "group", place).strip("/")
