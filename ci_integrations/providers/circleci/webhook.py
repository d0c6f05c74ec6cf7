"""CircleCI's webhooks: verified on the raw bytes, and read for what they say.

https://circleci.com/docs/webhooks/#validate-webhooks
https://circleci.com/docs/webhooks-reference/
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from ci_integrations.domain import Delivery, News, RepoRef, RunRef
from ci_integrations.errors import BadWebhook, Invalid
from ci_integrations.providers.circleci.convert import name_of
from ci_integrations.providers.circleci.slugs import as_configured, segments
from ci_integrations.providers.documents import Document, part, text, webhook_payload

WORKFLOW: Final = "workflow-completed"
JOB: Final = "job-completed"
PING: Final = "ping"
_LONGEST_ID: Final = 200
_LONGEST_EVENT: Final = 60


def authenticate(secret: str, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, where its signature is good and its body names it. Header names are given in lower case.

    Of the signatures in the header only `v1` counts: others are not known. Raises BadWebhook.
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = [value for version, value in _signatures(headers.get("circleci-signature", "")) if version == "v1"]
    if not any(hmac.compare_digest(one.encode("utf-8", "surrogatepass"), expected.encode()) for one in given):
        raise BadWebhook("the webhook's circleci-signature is missing or wrong")
    payload = webhook_payload(body)
    delivery_id, event = _text(payload, "id"), _text(payload, "type")
    if not (0 < len(event) <= _LONGEST_EVENT and event.isascii() and event.isprintable()):
        raise BadWebhook("the webhook's `type` is missing or unusable")
    if not delivery_id and event == PING:
        delivery_id = hashlib.sha256(body).hexdigest()
    if not (0 < len(delivery_id) <= _LONGEST_ID and delivery_id.isprintable()):
        raise BadWebhook("the webhook's `id` is missing or unusable")
    return Delivery(delivery_id=delivery_id, event=event, body=body)


def read(delivery: Delivery, repositories: Iterable[str]) -> News:
    """What a delivery says; `ignored` gives the reason where nothing follows from it. Raises BadWebhook.

    `repositories` are the slugs of the configuration, one of which it is about, in another spelling maybe. Of a
    pipeline only its id is taken: a workflow that ended tells nothing of the others.
    """
    if delivery.event not in {WORKFLOW, JOB}:
        return News(ignored=f"the event {delivery.event} is not used")
    payload = webhook_payload(delivery.body)
    try:
        slug = text(part(payload, "project"), "slug")
        segments(slug)
        ref = RunRef(RepoRef(as_configured(slug, repositories)), name_of(part(payload, "pipeline")))
    except Invalid as error:
        raise BadWebhook(f"the webhook {delivery.event} cannot be read: {error}") from error
    return News(runs=(ref,)) if delivery.event == WORKFLOW else News(stirred=(ref,))


def _signatures(header: str) -> list[tuple[str, str]]:
    pairs = (one.strip().partition("=") for one in header.split(","))
    return [(version, value) for version, _, value in pairs]


def _text(payload: Document, key: str) -> str:
    try:
        return text(payload, key)
    except Invalid as error:
        raise BadWebhook(f"the webhook cannot be named: {error}") from None
