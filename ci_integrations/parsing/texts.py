"""Texts from outside, made fit to be kept."""

from typing import Final

REPLACEMENT: Final = "\ufffd"
_UNSTORABLE: Final = {0: REPLACEMENT} | dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)


def storable(text: str) -> str:
    """The text with U+FFFD for NUL, which PostgreSQL refuses, and for lone surrogates, which UTF-8 cannot write."""
    return text if text.isprintable() else text.translate(_UNSTORABLE)
