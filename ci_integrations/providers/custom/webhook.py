"""Doorbells of a custom server: verified on the raw bytes, named, and read for the run they speak of."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from standardwebhooks import Webhook, WebhookVerificationError

from ci_integrations.domain import Delivery, News, RepoRef, RunRef
from ci_integrations.errors import BadWebhook
from ci_integrations.providers.custom.auth import HmacWebhooks, StandardWebhooks, TokenWebhooks
from ci_integrations.providers.custom.convert import identity, text

WebhookSettings = StandardWebhooks | HmacWebhooks | TokenWebhooks


def authenticate(config: WebhookSettings, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, where its signature or token is good and its body is a JSON object. Raises BadWebhook.

    Header names are given in lower case. Without an id of its own, a delivery is named by the SHA-256 of its body.
    """
    if not body:
        raise BadWebhook("the webhook's body is empty")
    if isinstance(config, StandardWebhooks):
        _verify_standard(config, headers, body)
    elif isinstance(config, HmacWebhooks):
        _verify_hmac(config, headers, body)
    else:
        _verify_token(config, headers)
    document = _parse(body)
    event = text(config.event.find(document), 100) or text(config.state.find(document), 100)
    return Delivery(delivery_id=_delivery_id(config, headers, document, body), event=event, body=body)


def read(config: WebhookSettings, delivery: Delivery, repositories: tuple[str, ...]) -> News:
    """The run that a delivery speaks of; nothing where it names no run, or a repository that is not ours."""
    document = _parse(delivery.body)
    run_id = identity(config.run_id.find(document))
    repository = repositories[0]
    if config.repository is not None:
        repository = identity(config.repository.find(document)) or ""
    if run_id is None:
        return News(ignored="it names no run")
    if repository not in repositories:
        return News(ignored=f"the repository {repository[:200] or '(none)'} is not followed")
    return News(runs=(RunRef(RepoRef(repository), run_id),))


def _verify_standard(config: StandardWebhooks, headers: Mapping[str, str], body: bytes) -> None:
    try:
        Webhook(config.secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError):
        raise BadWebhook("the webhook's signature, or its age, is wrong") from None


def _verify_hmac(config: HmacWebhooks, headers: Mapping[str, str], body: bytes) -> None:
    digest = hmac.new(config.secret.encode(), body, hashlib.sha256).digest()
    shown = digest.hex() if config.encoding == "hex" else base64.b64encode(digest).decode()
    _compare(config.header, headers, config.prefix + shown)


def _verify_token(config: TokenWebhooks, headers: Mapping[str, str]) -> None:
    _compare(config.header, headers, config.token)


def _compare(header: str, headers: Mapping[str, str], expected: str) -> None:
    """In constant time and on bytes: compare_digest refuses texts beyond ASCII."""
    given = headers.get(header.lower(), "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        raise BadWebhook(f"the webhook's header {header} is missing or wrong")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadWebhook("the webhook's body is not JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise BadWebhook("the webhook's body is not a JSON object")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _delivery_id(config: WebhookSettings, headers: Mapping[str, str], document: dict[str, Any], body: bytes) -> str:
    given: Any = None
    if config.id is not None:
        given = config.id.find(document)
    elif config.id_header is not None:
        given = headers.get(config.id_header.lower())
    if given is None or given == "":
        return hashlib.sha256(body).hexdigest()
    named = identity(given)
    if named is None:
        raise BadWebhook("the webhook's id is not a printable text of at most 200 characters")
    return named
