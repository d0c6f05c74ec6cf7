"""What a file is, by how it begins. Its name is never looked at."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar

from ci_integrations.parsing.jsontext import closed, decoded

HEAD: Final = 65_536
_WIDE: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_PROLOGUE: Final = re.compile(
    r"(?:\s++|<\?[^>]{0,4000}?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*+(?:\[.*?\]\s*+)?>)*+<([A-Za-z_][\w.:-]{0,200})",
    re.DOTALL,
)
# A document whose first value is long tells what it is only after it.
_LONG_HEAD: Final = 2_000_000
Found = TypeVar("Found")
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file as text, and whether the file is no longer than that."""

    text: str
    is_whole: bool

    @property
    def lines(self) -> list[str]:
        """The whole lines of it, without colours."""
        lines = _ESCAPES.sub("", self.text).splitlines()
        return lines if self.is_whole else lines[:-1]


def head_of(stream: BinaryIO) -> Head:
    """The first 64 KiB; the stream is at its beginning afterwards."""
    stream.seek(0)
    data = stream.read(HEAD + 1)
    stream.seek(0)
    return Head(text_of(data[:HEAD]), len(data) <= HEAD)


def text_of(data: bytes) -> str:
    """The beginning of a file as text, by its byte order mark, else as UTF-8."""
    wide = next((name for mark, name in _WIDE.items() if data.startswith(mark)), "")
    text = data.decode(wide or "utf-8", errors="ignore" if wide else "replace")
    return text.removeprefix("\ufeff")


def root_of(text: str) -> tuple[str, int] | None:
    """The root element's tag, without prefix, and where its name ends; None where no XML begins here."""
    match = _PROLOGUE.match(text)
    return (match[1].rpartition(":")[2], match.end()) if match else None


def document_format(stream: BinaryIO, head: Head, known: Callable[[Any], Found | None]) -> Found | None:
    """What `known` says of a JSON document: of what is complete of its beginning, as much as is needed to tell."""
    found = known(_beginning(head.text))
    if found is None and not head.is_whole:
        stream.seek(0)
        found = known(_beginning(text_of(stream.read(_LONG_HEAD))))
    return found


def _beginning(text: str) -> Any:
    for part in (text, closed(text)):
        try:
            return decoded(part)
        except (ValueError, RecursionError):
            continue
    return None


def first_document(text: str) -> Any:
    """The first JSON document of a text; None where none is complete."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text.lstrip()[:HEAD])
    except (ValueError, RecursionError):
        return None
    return value


def json_lines(head: Head) -> list[dict[str, Any]]:
    """The lines that are JSON objects, of the first hundred that are not blank; [] where most are not."""
    lines = [line for line in head.lines if line.strip()][:100]
    found = [value for line in lines if line.startswith("{") and isinstance(value := first_document(line), dict)]
    return found if len(found) * 2 >= len(lines) else []
