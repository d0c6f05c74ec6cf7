"""XML pushed through a reader of coverage: strictly by expat, and where that fails once more by a forgiving tokenizer.

A DTD is never fetched, entities that the document declares are refused; bytes, tokens and names are bounded.
"""

from collections.abc import Callable
from typing import BinaryIO, Final, Protocol
from xml.parsers import expat

from ci_integrations.parsing import ReportError
from ci_integrations.parsing.coverage.model import Coverage
from ci_integrations.parsing.reports.lenient import Tokenizer, decoded

MAX_BYTES: Final = 512_000_000
_CHUNK: Final = 262_144
# expat 2.5 reads a start tag or comment anew with each chunk (CVE-2023-52425), and keeps every name it ever saw.
_MAX_TOKEN: Final = 2_097_152
_MAX_NAMES: Final = 100_000

Attributes = dict[str, str]


class XmlFormat(Protocol):
    """One format's reading of elements. May raise ReportError."""

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def coverage(self) -> Coverage:
        """What was read so far."""


class _Refused(ReportError):
    """The rest of the document is not read, not in any way."""


def read_xml(stream: BinaryIO, begin: Callable[[], XmlFormat], *, has_junk: bool) -> tuple[Coverage, str, bool, bool]:
    """A document, as (what was read, what is wrong with it, whether recovered, whether truncated).

    `has_junk` tells that text stands before the document.
    """
    error = "text before the document"
    if not has_junk:
        document = begin()
        try:
            _push(stream, document)
            return document.coverage(), "", False, False
        except _Refused as refused:
            return document.coverage(), str(refused), False, True
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


def _push(stream: BinaryIO, document: XmlFormat) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.EntityDeclHandler = _refuse
    fed = 0
    data = stream.read(_CHUNK).lstrip(b" \t\r\n")
    while data:
        fed += len(data)
        _feed(parser, data)
        if fed - parser.CurrentByteIndex > _MAX_TOKEN:
            raise _Refused(f"line {parser.CurrentLineNumber}: a tag or comment longer than {_MAX_TOKEN} bytes")
        if len(parser.intern) > _MAX_NAMES:
            raise _Refused(f"more than {_MAX_NAMES} different names of elements and attributes")
        if fed > MAX_BYTES:
            raise _Refused(f"longer than {MAX_BYTES} bytes: the rest was not read")
        data = stream.read(_CHUNK)
    _feed(parser, b"", is_last=True)


def _feed(parser: expat.XMLParserType, data: bytes, *, is_last: bool = False) -> None:
    try:
        parser.Parse(data, is_last)
    except expat.ExpatError as error:
        raise ReportError(f"line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError):  # from the decoder of a declared encoding
        raise ReportError("line 1: the declared encoding is not supported: write the report as UTF-8") from None


def _refuse(*_: object) -> None:
    raise _Refused("the document declares entities, which a coverage report does not need: refused")
