"""How a connection shows who it is, and how it knows who rings."""

import base64
from typing import Annotated, Literal

from pydantic import Field, field_validator
from requests import PreparedRequest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from ci_integrations.providers.custom.fields import Expression, Path, Strict
from ci_integrations.providers.custom.schema import HeaderName, Secret
from ci_integrations.providers.transport import Auth


def _one_line(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("expected printable ASCII on one line; is there a line break at its end?")
    return value


class Bearer(Strict):
    """`Authorization: Bearer <token>`."""

    type: Literal["bearer"]
    token: Secret

    _check = field_validator("token")(_one_line)

    def auth(self) -> Auth | None:
        """What adds the credentials to a request."""
        return _header("Authorization", f"Bearer {self.token}")


class Basic(Strict):
    """`Authorization: Basic`, in UTF-8."""

    type: Literal["basic"]
    username: str
    password: Secret

    def auth(self) -> Auth | None:
        """What adds the credentials to a request."""
        return _header("Authorization", f"Basic {self._pair()}")

    def _pair(self) -> str:
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class Header(Strict):
    """A header of the server's own."""

    type: Literal["header"]
    name: HeaderName
    value: Secret

    _check = field_validator("value")(_one_line)

    def auth(self) -> Auth | None:
        """What adds the credentials to a request."""
        return _header(self.name, self.value)


class Query(Strict):
    """A parameter in the query of the URL."""

    type: Literal["query"]
    name: Annotated[str, Field(min_length=1)]
    value: Secret

    def auth(self) -> Auth | None:
        """What adds the credentials to a request."""

        def add(request: PreparedRequest) -> None:
            request.prepare_url(request.url, {self.name: self.value})

        return add


class NoAuth(Strict):
    """A server that asks for nothing."""

    type: Literal["none"] = "none"

    def auth(self) -> Auth | None:
        """Nothing is added."""
        return None


AuthConfig = Annotated[Bearer | Basic | Header | Query | NoAuth, Field(discriminator="type")]


class _Doorbell(Strict):
    run_id: Path
    id: Path | None = None
    id_header: HeaderName | None = None
    event: Path = Expression("event || type || action")
    state: Path = Expression("state || status")
    repository: Path | None = None


class StandardWebhooks(_Doorbell):
    """Signed as https://www.standardwebhooks.com says; not older than five minutes."""

    type: Literal["standard"]
    secret: Secret
    id_header: HeaderName | None = "webhook-id"

    @field_validator("secret")
    @classmethod
    def _key(cls, value: str) -> str:
        try:
            Webhook(value)
        except (ValueError, EmptyWebhookSecretError):
            raise ValueError("expected a key in base64, with or without `whsec_` before it") from None
        return value


class HmacWebhooks(_Doorbell):
    """A header that holds the HMAC-SHA256 of the body."""

    type: Literal["hmac"]
    header: HeaderName
    secret: Secret
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"


class TokenWebhooks(_Doorbell):
    """A header that holds a fixed token: proves who rings, not what was said."""

    type: Literal["token"]
    header: HeaderName
    token: Secret


WebhookConfig = Annotated[StandardWebhooks | HmacWebhooks | TokenWebhooks, Field(discriminator="type")]


def _header(name: str, value: str) -> Auth:
    def add(request: PreparedRequest) -> None:
        request.headers[name] = value

    return add
