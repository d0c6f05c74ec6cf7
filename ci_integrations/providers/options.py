"""Reading the `config:` mapping of a connection, its variables resolved: a value in its type, or an error's place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ci_integrations.errors import ConfigError
from ci_integrations.providers.transport import origin

LONGEST_TIMEOUT: Final = 120


def text(config: Mapping[str, Any], key: str, place: str) -> str:
    """The text under a key, "" where there is none. Raises ConfigError for anything else and for an empty one."""
    value = config.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise ConfigError("expected a text, in quotes; leave the key out where there is none", place=f"{place}.{key}")
    return value.strip()


def file(config: Mapping[str, Any], key: str, place: str) -> str:
    """The path of a file that exists, "" where there is none. Raises ConfigError for one that does not."""
    path = text(config, key, place)
    if path and not Path(path).is_file():
        raise ConfigError(f"there is no file {path}", place=f"{place}.{key}")
    return path


def flag(config: Mapping[str, Any], key: str, place: str, *, default: bool) -> bool:
    """`true` or `false`. Raises ConfigError for anything else."""
    value = config.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ConfigError("expected true or false", place=f"{place}.{key}")
    return value


def seconds(config: Mapping[str, Any], place: str, *, default: float = 15.0) -> float:
    """The `timeout`, in seconds. Raises ConfigError for one that is none, or longer than two minutes."""
    value = config.get("timeout", default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_TIMEOUT:
        raise ConfigError(f"expected seconds, at most {LONGEST_TIMEOUT}", place=f"{place}.timeout")
    return float(value)


def base_url(config: Mapping[str, Any], place: str, default: str, example: str) -> str:
    """The `base_url` without a slash at its end. Raises ConfigError for one that is no plain http(s) address.

    `example` is what such an address may look like elsewhere than at the `default`.
    """
    url = text(config, "base_url", place) or default
    if not origin(url) or "?" in url or "#" in url:
        raise ConfigError(
            f"expected an address such as {default} or {example}, without query", place=f"{place}.base_url"
        )
    return url.rstrip("/")


def refuse_unknown(config: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    """Raises ConfigError for the first key that is not known."""
    for key in config:
        if key not in known:
            raise ConfigError(f"unknown key; known here: {', '.join(sorted(known))}", place=f"{place}.{key}")
