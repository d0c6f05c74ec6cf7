"""Coverage in XML: read strictly by expat, and where that fails once more by a forgiving tokenizer."""

from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

from ci_integrations.parsing import LimitReached, ReportError
from ci_integrations.parsing.coverage.model import Coverage
from ci_integrations.parsing.xmldecoding import decoded
from ci_integrations.parsing.xmlstrict import Attributes, StrictXml
from ci_integrations.parsing.xmltokens import Tokenizer

MAX_BYTES: Final = 512_000_000


class XmlFormat(Protocol):
    """One format's reading of elements. May raise ReportError."""

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def coverage(self) -> Coverage:
        """What was read so far."""


def read_xml(stream: BinaryIO, begin: Callable[[], XmlFormat], *, has_junk: bool) -> tuple[Coverage, str, bool, bool]:
    """A document, as (what was read, what is wrong with it, whether recovered, whether truncated).

    `has_junk` tells that text stands before the document.
    """
    error = "text before the document"
    if not has_junk:
        document, strict = begin(), StrictXml(stream, MAX_BYTES)
        strict.listen(document.start, document.end)
        try:
            for _ in strict:
                pass
            return document.coverage(), "", False, False
        except LimitReached as limit:
            return document.coverage(), str(limit), False, True
        except ReportError as fault:
            error = str(fault)
    stream.seek(0)
    document = begin()
    tokens = Tokenizer(document.start, document.end, _ignore)
    try:
        for piece in decoded(stream, MAX_BYTES):
            tokens.feed(piece)
        tokens.close()
    except ReportError:
        return document.coverage(), error, True, True
    return document.coverage(), error, True, bool(tokens.open_elements) or tokens.is_cut


def _ignore(_: str) -> None:
    """Character data says nothing in these formats."""
