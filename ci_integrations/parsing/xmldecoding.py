"""The text of an XML file that may not be what it declares."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from ci_integrations.parsing import LimitReached

_CHUNK: Final = 262_144
_OTHERS: Final = re.compile(
    r"iso-8859-\d{1,2}|windows-125\d|cp\d{3,4}|koi8-[ru]|shift[_-]jis|euc-(?:jp|kr)|gbk|gb2312|gb18030|big5"
)
_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}encoding\s{0,20}=\s{0,20}[\"']([A-Za-z0-9._-]{1,40})[\"']")
_WIDE: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def _from_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("orchestrate-cp1252", _from_windows)


def decoded(stream: BinaryIO, max_bytes: int) -> Iterator[str]:
    """The text of a file, in pieces: by byte order mark, declaration, else as UTF-8; a byte that does not fit is taken
    as Windows-1252. Raises LimitReached after `max_bytes`.
    """
    data = stream.read(_CHUNK)
    decoder = codecs.getincrementaldecoder(_encoding(data))(errors="orchestrate-cp1252")
    room = max_bytes
    while data:
        yield decoder.decode(data[:room])
        if len(data) > room:
            raise LimitReached(f"longer than {max_bytes} bytes: the rest was not read")
        room -= len(data)
        data = stream.read(_CHUNK)
    try:
        rest = decoder.decode(b"", final=True)
    except UnicodeDecodeError:  # half a character of UTF-16
        rest = ""
    yield rest


def _encoding(head: bytes) -> str:
    wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), "")
    if wide:
        return wide
    match = _DECLARED.search(head[:1_000])
    name = match[1].decode("ascii").lower() if match else ""
    if name.replace("_", "-") in ("iso-8859-1", "latin-1", "latin1"):
        return "cp1252"  # what is meant by it: https://encoding.spec.whatwg.org/#names-and-labels
    return name if _OTHERS.fullmatch(name) and _is_known(name) else "utf-8-sig"


def _is_known(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
