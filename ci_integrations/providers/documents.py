"""Reading a server's JSON without trusting it: the value of a key in its type, or Invalid with the key's name."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ci_integrations.errors import BadWebhook, Invalid

Document = Mapping[str, Any]


def document(value: Any, what: str) -> Document:
    """A JSON object. Raises Invalid for anything else; `what` names it."""
    if not isinstance(value, Mapping):
        raise Invalid(f"the server's {what} is no object")
    return value


def webhook_payload(body: bytes) -> Document:
    """The payload of a webhook. Raises BadWebhook where it is no JSON object."""
    try:
        return document(json.loads(body.decode()), "webhook")
    except (ValueError, RecursionError, Invalid):
        raise BadWebhook("the webhook's body is not a JSON object in UTF-8") from None


def part(value: Document, key: str) -> Document:
    """The object under a key; an empty one where there is none."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def items(value: Document, key: str) -> list[Any]:
    """The list under a key; an empty one where there is none."""
    found = value.get(key)
    return found if isinstance(found, list) else []


def text(value: Document, key: str) -> str:
    """The text under a key, "" for null and none. Raises Invalid for another type."""
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Invalid(f"the server's `{key}` is no text but {type(found).__name__}")
    return found


def identity(value: Document, key: str = "id") -> str:
    """The number under a key, as text. Raises Invalid where there is none."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise Invalid(f"the server's `{key}` is no number: {str(found)[:40]!r}")
    return str(found)


def number(value: Document, key: str) -> float | None:
    """The number under a key, also where it is written as text; None where there is none that can be used."""
    found = value.get(key)
    try:
        read = float(found) if isinstance(found, int | float | str) and not isinstance(found, bool) else None
    except (ValueError, OverflowError):
        return None
    return read if read is not None and isfinite(read) else None


def count(value: Document, key: str, *, default: int = 0) -> int:
    """The number under a key, `default` where there is none that can be used."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else default


def moment(value: Document, key: str) -> datetime | None:
    """The time under a key: ISO 8601, as GitLab's webhooks write it ("2016-08-12 15:23:28 UTC") or seconds since 1970.

    None for null, none, and what is no time.
    """
    found = value.get(key)
    try:
        if isinstance(found, str):
            read = datetime.fromisoformat(found.removesuffix(" UTC"))
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        if isinstance(found, int) and not isinstance(found, bool):
            return datetime.fromtimestamp(found, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
