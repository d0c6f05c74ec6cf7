"""From the `config:` mapping of a CircleCI connection to checked settings; a wrong one is refused with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ci_integrations.configfile import expand
from ci_integrations.errors import ConfigError
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.options import base_url, file, refuse_unknown, seconds, text
from ci_integrations.providers.transport import origin

CIRCLECI: Final = "https://circleci.com"
KEYS: Final = frozenset(
    {
        "token",
        "base_url",
        "webhook_secret",
        "correlation_parameter",
        "definition",
        "ca_file",
        "timeout",
        "trusted",
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `config:`.

    `correlation_parameter` is a pipeline parameter, declared in the project's configuration, that is given our own id
    of a request; `definition` is the name or id of the pipeline definition to run; `trusted` are addresses to download
    from although they are not public.
    """

    token: str = field(repr=False)
    base_url: str = CIRCLECI
    webhook_secret: str = field(default="", repr=False)
    correlation_parameter: str = ""
    definition: str = ""
    ca_file: str = ""
    timeout: float = 15.0
    trusted: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether it is CircleCI's own service."""
        return self.base_url == CIRCLECI


def load_settings(connection: ConnectionConfig) -> Settings:
    """Check a connection's configuration; variables are resolved here. Raises ConfigError naming the place."""
    place = f"{connection.place}.config"
    refuse_unknown(connection.config, KEYS, place)
    config = expand(connection.config, place)
    token = text(config, "token", place)
    if not token:
        raise ConfigError(
            "is missing; expected a personal API token, such as ${CIRCLECI_TOKEN}", place=f"{place}.token"
        )
    return Settings(
        token=token,
        base_url=base_url(config, place, CIRCLECI, "https://HOST"),
        webhook_secret=text(config, "webhook_secret", place),
        correlation_parameter=text(config, "correlation_parameter", place),
        definition=text(config, "definition", place),
        ca_file=file(config, "ca_file", place),
        timeout=seconds(config, place),
        trusted=_trusted(config, place),
    )


def _trusted(config: Mapping[str, Any], place: str) -> tuple[str, ...]:
    value = config.get("trusted")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) and origin(one) for one in value):
        raise ConfigError("expected a list of http or https URLs", place=f"{place}.trusted")
    return tuple(value)
