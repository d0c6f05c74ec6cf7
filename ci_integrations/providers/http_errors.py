"""What an HTTP status means to us: the one place that turns answers into errors."""

import re
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
    RangeEnded,
    RateLimited,
    Unauthenticated,
    Unavailable,
)

TEXT_LIMIT = 200
# Nobody is made to wait longer, in seconds: a clock that is wrong, or an absurd date, must not stop work for days.
LONGEST_RETRY_AFTER = 3600.0
# What is less counts seconds from now, it is no time of today: this was in 2001.
EARLIEST_TIME = 1e9
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
SECONDARY_WAIT = 60.0
_SECONDARY = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)


def status_error(status: int, headers: Mapping[str, str], text: str, *, where: str, write: bool) -> ProviderError:
    """The error for an answer of 400 and above.

    `headers` must ignore case; `text` is a short, masked piece of the body; `where` is method and URL without secrets.
    """
    message = f"{where} answered {status}{': ' + text if text else ''}"
    if status == 429 or (status == 403 and _is_rate_limit(headers, text)):
        asked = retry_after(headers)
        if asked is None and _SECONDARY.search(text):
            asked = SECONDARY_WAIT
        return RateLimited(f"{message}; too many requests", retry_after=asked)
    if status in {401, 403}:
        kind = Unauthenticated if status == 401 else AuthFailed
        return kind(f"{message}; check the credentials of this connection and what they may do{_needed(headers)}")
    if status in {404, 410}:
        return NotFound(message)
    if status == 409:
        return Conflict(message)
    if status == 416:
        return RangeEnded(message)
    if status >= 500 or status == 408:
        return Unavailable(message, retry_after=retry_after(headers), effect_unknown=write)
    return Invalid(message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server asked, from `Retry-After` (seconds or a date) or a rate limit's reset time.

    An hour at most; None where nothing that can be read was asked.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    asked = headers.get("Retry-After", "").strip()
    if asked:
        return _bounded(float(asked)) if _is_number(asked) else _until_date(asked)
    # GitHub and CircleCI begin these names with X-, GitLab does not.
    for prefix in ("X-RateLimit", "RateLimit"):
        reset = headers.get(f"{prefix}-Reset", "").strip()
        if headers.get(f"{prefix}-Remaining", "").strip() == "0" and _is_number(reset):
            # GitHub and GitLab tell the time, in seconds since 1970, CircleCI how many seconds are left.
            return _bounded(float(reset) - (time.time() if float(reset) > EARLIEST_TIME else 0))
    return None


def short_text(body: bytes) -> str:
    """The beginning of an error's body on one line, without control characters."""
    text = body[:4096].decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        return "(a web page)"
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)


def _until_date(asked: str) -> float | None:
    try:
        moment = parsedate_to_datetime(asked)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _bounded(aware.timestamp() - time.time())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 100


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)


def _is_rate_limit(headers: Mapping[str, str], text: str) -> bool:
    has_none_left = headers.get("X-RateLimit-Remaining", "").strip() == "0"
    return "Retry-After" in headers or has_none_left or _SECONDARY.search(text) is not None


def _needed(headers: Mapping[str, str]) -> str:
    """What GitHub says would have been enough."""
    needed = headers.get("X-Accepted-GitHub-Permissions", "").strip()
    return f" (needed: {needed[:TEXT_LIMIT]})" if needed else ""
