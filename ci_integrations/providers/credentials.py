"""What of a configuration is a secret: the one definition, for logs and results as for errors."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ci_integrations.configfile import expand
from ci_integrations.providers.transport import origin

Keys = tuple[str, ...]

_NAMES: Final = frozenset(
    {
        "api_key",
        "oauth_token",
        "password",
        "private_key",
        "secret",
        "signing_token",
        "token",
        "trigger_token",
        "webhook_secret",
    }
)
_PLAIN_HEADERS: Final = re.compile(r"accept(-.+)?|content-type|user-agent|x-requested-with|.+-version", re.IGNORECASE)
# Shorter ones are words such as `true`, which would be masked in every log.
_SHORTEST_HEADER: Final = 8
_ADDRESS: Final = re.compile(r"https?://[^/?#@]+(?=[/?#]|$)")
_WITH_SCHEME: Final = re.compile(r"[A-Za-z-]+ +(\S+)")


def secret_values(config: Mapping[str, Any], place: str) -> frozenset[str]:
    """The values of a configuration that must not be seen; `place` names it in errors.

    They are: what each `${VAR}` stands for; texts under a name such as `token` or `password` and `auth.value`; texts in
    `headers` but for those that say nothing, such as `Accept`; of `Token abc` and `whsec_abc` also `abc` alone.
    An address is none, and neither is a variable that names the server in one. Raises ConfigError where a variable is
    not set.
    """
    found = (value for keys, at, text in _texts(config, place, ()) for value in _secrets(keys, at, text))
    return frozenset(part for value in found for part in _parts(value))


def _texts(value: Any, place: str, keys: Keys) -> Iterator[tuple[Keys, str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{place}.{key}", (*keys, str(key).lower()))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{index}]", keys)
    elif isinstance(value, str):
        yield keys, place, value


def _secrets(keys: Keys, place: str, text: str) -> set[str]:
    from_environment: set[str] = set()
    address = _ADDRESS.match(text)
    expand(text[address.end() :] if address else text, place, seen=from_environment)
    found = {value for value in from_environment if not _is_address(value)}
    if "${" not in text and _is_secret(keys, text):
        found.add(text)
    return found


def _is_secret(keys: Keys, text: str) -> bool:
    if keys[-2:-1] == ("headers",):
        return len(text) >= _SHORTEST_HEADER and "{" not in text and not _PLAIN_HEADERS.fullmatch(keys[-1])
    return keys[-1] in _NAMES or keys[-2:] == ("auth", "value")


def _is_address(value: str) -> bool:
    return bool(origin(value)) and not urlsplit(value).query


def _parts(value: str) -> set[str]:
    scheme = _WITH_SCHEME.fullmatch(value)
    return {value, value.removeprefix("whsec_"), scheme.group(1) if scheme else value}
