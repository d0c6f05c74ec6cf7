"""Keeps secrets out of every text that leaves a provider."""

import base64
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

MASK = "***"
_SHORTEST = 4


class Secrets:
    """The secret values of one connection. It shows none of them itself."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values if len(value) >= _SHORTEST for form in _forms(value)}
        self._forms = sorted(forms, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Secrets({len(self._forms)} hidden)"

    def mask(self, text: str) -> str:
        """`text` with every secret, plain, percent-encoded or in base64, replaced by `***`."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def public_url(url: str) -> str:
    """A URL for people: without user, password, query and fragment, any of which may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _forms(value: str) -> set[str]:
    raw = value.encode()
    return {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        repr(value)[1:-1],
    }
