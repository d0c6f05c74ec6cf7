"""GitLab's webhooks: verified on the raw bytes, and named.

https://docs.gitlab.com/user/project/integrations/webhooks/
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from ci_integrations.domain import Delivery
from ci_integrations.errors import BadWebhook, Invalid
from ci_integrations.providers.documents import Document, text, webhook_payload
from ci_integrations.providers.gitlab.settings import Settings

SIGNATURE: Final = "webhook-signature"
TOKEN: Final = "x-gitlab-token"  # noqa: S105  # the name of a header
# The first that is there: GitLab's own name for a delivery, the same when it is sent again.
SIGNED_ID: Final = "webhook-id"
UUID: Final = "x-gitlab-event-uuid"
IDS: Final = ("idempotency-key", SIGNED_ID, UUID)
LONGEST_ID: Final = 200
_KIND: Final = re.compile(r"[a-z_]{1,60}")


def authenticate(settings: Settings, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, where its signature, or without one its token, is good. Header names are given in lower case.

    `event` is GitLab's `object_kind`, or `event_name` where there is none. Raises BadWebhook.
    """
    if SIGNATURE in headers:
        _verify_signature(settings, headers, body)
    else:
        _verify_token(settings, headers)
    return Delivery(delivery_id=_delivery_id(headers, body), event=_event(webhook_payload(body)), body=body)


def kind_of(payload: Document) -> str:
    """What a payload is about, "" where it does not say."""
    return text(payload, "object_kind") or text(payload, "event_name")


def _verify_signature(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    if not settings.signing_token:
        raise BadWebhook("the webhook is signed, but this connection has no `signing_token` to check it with")
    try:
        Webhook(settings.signing_token).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError):
        raise BadWebhook("the webhook's signature, or its age, is wrong") from None


def _verify_token(settings: Settings, headers: Mapping[str, str]) -> None:
    """In constant time and on bytes: compare_digest refuses texts beyond ASCII."""
    if not settings.webhook_secret:
        raise BadWebhook("the webhook is not signed: give it the connection's `signing_token` at GitLab")
    given = headers.get(TOKEN, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, settings.webhook_secret.encode()):
        raise BadWebhook("the webhook's X-Gitlab-Token is missing or wrong")


def _delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    for name in (SIGNED_ID,) if SIGNATURE in headers else IDS:
        given = headers.get(name, "")
        if 0 < len(given) <= LONGEST_ID and given.isprintable():
            # The hooks that follow from a call may all have the UUID that the caller gave.
            return f"{given[: LONGEST_ID - 33]}:{digest[:32]}" if name == UUID else given
    return digest


def _event(payload: Document) -> str:
    try:
        kind = kind_of(payload)
    except Invalid:
        return ""
    return kind if _KIND.fullmatch(kind) else ""
