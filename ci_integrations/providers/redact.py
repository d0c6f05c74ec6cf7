"""Addresses that people may see."""

from urllib.parse import urlsplit, urlunsplit

from ci_integrations.parsing.masking import MASK

__all__ = ["MASK", "public_url"]


def public_url(url: str) -> str:
    """A URL for people: without user, password, query and fragment, any of which may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
