"""A file as the lines of a log, and what is none."""

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

MAX_LINE: Final = 65_536
_CHUNK: Final = 262_144
# So many texts of one line, within `MAX_LINE` bytes, are lines themselves.
_MANY: Final = 100
_MARKUP: Final = re.compile(r"<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.:-]{0,200}[\s/>])", re.IGNORECASE)
_JSON: Final = re.compile(r"\{\s*+[\"}]|\[\s*+[\[{\"\]]|[\[{]\s*+\Z")
_WORDS: Final = re.compile(r'"@?(?:message|msg|log|line|text|output|event|level|severity)"\s*+:\s*+"', re.IGNORECASE)
_NO_TEXT: Final = re.compile("[\ufffd\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def log_blocks(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log, many at a time, as texts in which they are joined by LF; decoded as UTF-8 with replacement.

    Of a line longer than that there are the first `MAX_LINE` bytes. A CR is part of its line, unless the log begins
    with very many of them and no LF at all: then each ends a line.
    """
    begun = b""
    data = stream.read(MAX_LINE)
    ends_with_cr = len(data) == MAX_LINE and b"\n" not in data and data.count(b"\r") >= _MANY
    while data:
        if ends_with_cr:
            data = data.replace(b"\r", b"\n")
        ended, newline, rest = data.rpartition(b"\n")
        if newline:
            # No other line of so little data can be too long.
            first, newline, others = (begun + ended).partition(b"\n")
            yield (first[:MAX_LINE] + newline + others).decode(errors="replace")
            begun = rest
        else:
            begun = (begun + rest)[:MAX_LINE]
        data = stream.read(MAX_LINE)
    if begun:
        yield begun.decode(errors="replace")


def log_lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log, one by one; see `log_blocks`."""
    for block in log_blocks(stream):
        yield from block.split("\n")


def why_no_log(stream: BinaryIO, head: bytes) -> str:
    """Why a file that is no known report is no log either; "" for a log."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        return "the file is empty"
    text = head.decode(errors="replace").removeprefix("\ufeff").lstrip()
    if len(_NO_TEXT.findall(text)) * 5 > len(text):
        return "a binary file"
    if _MARKUP.match(text) and _ends_with(stream, b">"):
        return "an XML or HTML document, but no test report or coverage of a known format"
    if _JSON.match(text) and not _is_json_lines(text):
        return _json_reason(stream)
    return ""


def _ends_with(stream: BinaryIO, mark: bytes) -> bool:
    size = stream.seek(0, 2)
    stream.seek(max(size - 256, 0))
    end = stream.read().rstrip()
    stream.seek(0)
    return end.endswith(mark)


def _is_json_lines(text: str) -> bool:
    """A log of one JSON object a line, each of which says something to people."""
    first, _, rest = text.partition("\n")
    return bool(rest.strip()) and _WORDS.search(first) is not None and _parsed(first) is None


def _json_reason(stream: BinaryIO) -> str:
    data = stream.read(_CHUNK + 1)
    stream.seek(0)
    found = "" if len(data) > _CHUNK else _parsed(data)
    reason = f": {found}" if isinstance(found, str) and found else ""
    return f"a JSON document, but no test report or coverage of a known format{reason}"


def _parsed(data: str | bytes) -> str | None:
    """What is wrong with a JSON document; None where nothing is."""
    try:
        json.loads(data)
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return str(error)[:200]
    return None
