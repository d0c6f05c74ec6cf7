"""From the `config:` mapping of a GitHub connection to checked settings; a wrong one is refused with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ci_integrations.configfile import expand
from ci_integrations.errors import ConfigError
from ci_integrations.providers import options
from ci_integrations.providers.base import ConnectionConfig

GITHUB: Final = "https://api.github.com"
# https://docs.github.com/en/rest/about-the-rest-api/api-versions
VERSIONS: Final = ("2022-11-28", "2026-03-10")
KEYS: Final = frozenset(
    {"base_url", "token", "app", "webhook_secret", "api_version", "ca_file", "correlation_input", "timeout"}
)
_APP_KEYS: Final = frozenset({"id", "private_key", "private_key_file", "slug"})


@dataclass(frozen=True, slots=True)
class AppSettings:
    """A GitHub App: its id, its private key (PEM), and the name in its URL where that is known."""

    id: str
    private_key: str = field(repr=False)
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `config:`; one of `token` and `app` is set."""

    base_url: str = GITHUB
    token: str = field(default="", repr=False)
    app: AppSettings | None = None
    webhook_secret: str = field(default="", repr=False)
    api_version: str = VERSIONS[0]
    ca_file: str = ""
    correlation_input: str = ""
    timeout: float = 15.0

    @property
    def is_public(self) -> bool:
        """Whether it is GitHub's own service, which leads to public addresses only."""
        return self.base_url == GITHUB


def load_settings(connection: ConnectionConfig) -> Settings:
    """Check a connection's configuration; variables are resolved here. Raises ConfigError naming the place."""
    place = f"{connection.place}.config"
    options.refuse_unknown(connection.config, KEYS, place)
    config = expand(connection.config, place)
    token, app = options.text(config, "token", place), _app(config.get("app"), f"{place}.app")
    if bool(token) == bool(app):
        raise ConfigError("set one of `token` and `app`", place=place)
    return Settings(
        base_url=options.base_url(config, place, GITHUB, "https://HOST/api/v3"),
        token=token,
        app=app,
        webhook_secret=options.text(config, "webhook_secret", place),
        api_version=_version(config, place),
        ca_file=options.file(config, "ca_file", place),
        correlation_input=options.text(config, "correlation_input", place),
        timeout=options.seconds(config, place),
    )


def _version(config: Mapping[str, Any], place: str) -> str:
    version = options.text(config, "api_version", place) or VERSIONS[0]
    if version not in VERSIONS:
        raise ConfigError(f"expected one of {', '.join(VERSIONS)}, in quotes", place=f"{place}.api_version")
    return version


def _app(value: Any, place: str) -> AppSettings | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ConfigError("expected a mapping with `id` and `private_key`", place=place)
    options.refuse_unknown(value, _APP_KEYS, place)
    number = value.get("id")
    app_id = str(number) if isinstance(number, int) else options.text(value, "id", place)
    if not app_id:
        raise ConfigError("is missing; expected the App's id or client id", place=f"{place}.id")
    return AppSettings(id=app_id, private_key=_private_key(value, place), slug=options.text(value, "slug", place))


def _private_key(value: Mapping[str, Any], place: str) -> str:
    named, key = options.file(value, "private_key_file", place), "private_key"
    if named:
        key = "private_key_file"
        pem = _read(named, f"{place}.{key}")
    else:
        # In files of variables a PEM stands on one line, with \n written out.
        pem = options.text(value, key, place).replace("\\n", "\n")
    if not _is_rsa_key(pem):
        raise ConfigError(
            "is not a private key in PEM form; download one at the App's settings page", place=f"{place}.{key}"
        )
    return pem


@lru_cache(maxsize=32)
def _is_rsa_key(pem: str) -> bool:
    """Kept in memory, since a provider is built for each task and checking a key takes a while."""
    try:
        return isinstance(load_pem_private_key(pem.encode(), password=None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _read(path: str, place: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file {path} cannot be read: {type(error).__name__}", place=place) from error
