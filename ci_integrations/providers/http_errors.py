"""What an HTTP status means to us: the one place that turns answers into errors."""

import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from ci_integrations.errors import (
    AuthFailed,
    Conflict,
    Invalid,
    NotFound,
    ProviderError,
    RateLimited,
    Unavailable,
)

TEXT_LIMIT = 200


def status_error(status: int, headers: Mapping[str, str], text: str, *, where: str, write: bool) -> ProviderError:
    """The error for an answer of 400 and above.

    `headers` must ignore case; `text` is a short, masked piece of the body; `where` is method and URL without secrets.
    """
    message = f"{where} answered {status}{': ' + text if text else ''}"
    if status == 429 or (status == 403 and _is_rate_limit(headers)):
        return RateLimited(f"{message}; too many requests", retry_after=retry_after(headers))
    if status in {401, 403}:
        return AuthFailed(f"{message}; check the credentials of this connection and what they may do")
    if status in {404, 410}:
        return NotFound(message)
    if status == 409:
        return Conflict(message)
    if status >= 500 or status == 408:
        return Unavailable(message, retry_after=retry_after(headers), effect_unknown=write)
    return Invalid(message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server asked, from `Retry-After` (seconds or a date) or a rate limit's reset time.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    asked = headers.get("Retry-After", "").strip()
    if asked:
        return _seconds(asked)
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if headers.get("X-RateLimit-Remaining", "").strip() == "0" and reset.isdecimal() and len(reset) < 12:
        return max(0.0, int(reset) - time.time())
    return None


def short_text(body: bytes) -> str:
    """The beginning of an error's body on one line, without control characters."""
    text = body[:4096].decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        return "(a web page)"
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)


def _seconds(asked: str) -> float | None:
    if asked.isdecimal() and len(asked) < 10:
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - time.time())


def _is_rate_limit(headers: Mapping[str, str]) -> bool:
    return "Retry-After" in headers or headers.get("X-RateLimit-Remaining", "").strip() == "0"
