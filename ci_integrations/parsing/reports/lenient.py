"""A forgiving tokenizer for XML that breaks the rules: pure, linear, bounded, and it never expands an entity.

It leaves out what XML forbids (control characters, references to them), takes bare `&` and `<` as text, reads `<`
inside quoted attributes, closes elements that were not closed, passes over declarations, and goes on after the root.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from html.entities import html5
from typing import BinaryIO, Final

from ci_integrations.parsing import ReportError
from ci_integrations.parsing.reports.interface import LimitReached

CHUNK: Final = 262_144
MAX_TOKEN: Final = 2_097_152
MAX_DEPTH: Final = 100_000

_FORBIDDEN: Final = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if code not in (9, 10, 13)}
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]\w{0,30}));")
_START: Final = re.compile(r"<([A-Za-z_][\w.:-]{0,400})(?=[\s/>])")
_END: Final = re.compile(r"</([A-Za-z_][\w.:-]{0,400})\s*+>")
_ATTRIBUTE: Final = re.compile(r"\s++([A-Za-z_][\w.:-]{0,400})\s*+=\s*+")
_QUOTE_END: Final = {
    '"': re.compile(r'"(?=\s++[A-Za-z_][\w.:-]{0,400}\s*+=\s*+["\']|\s*+/?>|\s*+\?>)'),
    "'": re.compile(r"'(?=\s++[A-Za-z_][\w.:-]{0,400}\s*+=\s*+[\"']|\s*+/?>|\s*+\?>)"),
}
_TAG_END: Final = re.compile(r"\s*+(/?)>")
_PASSED_OVER: Final = (("<!--", "-->"), ("<?", "?>"))
_PREDEFINED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
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
    data = stream.read(CHUNK)
    decoder = codecs.getincrementaldecoder(_encoding(data))(errors="orchestrate-cp1252")
    room = max_bytes
    while data:
        yield decoder.decode(data[:room])
        if len(data) > room:
            raise LimitReached(f"longer than {max_bytes} bytes: the rest was not read")
        room -= len(data)
        data = stream.read(CHUNK)
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


class Tokenizer:
    """Feed it text; it calls `start(tag, attributes)`, `end(tag)` and `text(data)`. They may raise."""

    def __init__(
        self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
    ) -> None:
        self._start, self._end, self._text = start, end, text
        self._open: list[str] = []
        self._buffer = ""
        self._in_section = False
        self.complaint = ""
        self.is_cut = False

    @property
    def open_elements(self) -> int:
        """How many elements were not closed."""
        return len(self._open)

    def feed(self, data: str) -> None:
        """Some more of the document. Raises LimitReached for a token without end."""
        clean = data.translate(_FORBIDDEN)
        if len(clean) < len(data):
            self._complain("characters that XML forbids were left out")
        self._buffer += clean
        self._run(is_last=False)
        if len(self._buffer) > MAX_TOKEN:
            raise LimitReached(f"a tag or comment longer than {MAX_TOKEN} characters")

    def close(self) -> None:
        """The end of the file."""
        self._run(is_last=True)

    def _complain(self, text: str) -> None:
        self.complaint = self.complaint or text

    def _run(self, *, is_last: bool) -> None:
        buffer, position = self._buffer, 0
        while position < len(buffer):
            if self._in_section:
                after = self._section(buffer, position, is_last=is_last)
                if after == position:
                    break
                position = after
                continue
            if buffer[position] != "<":
                bracket = buffer.find("<", position)
                end = len(buffer) if bracket < 0 else bracket
                if bracket < 0 and not is_last:
                    ampersand = buffer.rfind("&", max(position, end - 40))
                    end = ampersand if ampersand >= 0 else end
                if end == position:
                    break
                self._text(self._resolved(buffer[position:end]))
                position = end
                continue
            after = self._markup(buffer, position, is_last=is_last)
            if after < 0:
                break
            position = after
        self._buffer = buffer[position:]
        if is_last and self._buffer:
            self.is_cut = True

    def _markup(self, buffer: str, position: int, *, is_last: bool) -> int:
        """Where the token that begins here ends; -1 where more is needed."""
        if buffer.startswith("<![CDATA[", position):
            return self._section(buffer, position + 9, is_last=is_last)
        for opening, closing in _PASSED_OVER:
            if buffer.startswith(opening, position):
                end = buffer.find(closing, position + len(opening))
                return end + len(closing) if end >= 0 else -1
        if not is_last and len(buffer) - position < 10 and "<![CDATA[".startswith(buffer[position:]):
            return -1
        if buffer.startswith("<!", position):
            return self._declaration(buffer, position)
        if match := _END.match(buffer, position):
            self._close(match[1])
            return match.end()
        if match := _START.match(buffer, position):
            return self._element(match[1], buffer, match.end())
        if len(buffer) - position < 500 and not is_last:
            return -1
        self._complain("a < that begins no tag was taken as text")
        self._text("<")
        return position + 1

    def _section(self, buffer: str, position: int, *, is_last: bool) -> int:
        """Inside CDATA: gives out what is there of it, and returns where it goes on."""
        end = buffer.find("]]>", position)
        self._in_section = end < 0
        if end >= 0:
            self._text(buffer[position:end])
            return end + 3
        keep = len(buffer) if is_last else max(position, len(buffer) - 2)
        self._text(buffer[position:keep])
        self.is_cut = self.is_cut or is_last
        return keep

    def _declaration(self, buffer: str, position: int) -> int:
        """A DOCTYPE, with its internal subset, is passed over: nothing that it declares is ever used."""
        end, subset = buffer.find(">", position), buffer.find("[", position)
        if 0 <= subset < end:
            close = buffer.find("]", subset)
            end = buffer.find(">", close) if close >= 0 else -1
        return end + 1 if end >= 0 else -1

    def _element(self, tag: str, buffer: str, position: int) -> int:
        attributes: dict[str, str] = {}
        while match := _ATTRIBUTE.match(buffer, position):
            begin = match.end()
            pattern = _QUOTE_END.get(buffer[begin : begin + 1])
            end = pattern.search(buffer, begin + 1) if pattern else None
            if end is None:
                return -1
            attributes.setdefault(match[1], self._resolved(buffer[begin + 1 : end.start()]))
            position = end.end()
        ending = _TAG_END.match(buffer, position)
        if ending is None:
            close = buffer.find(">", position)
            if close < 0:
                return -1
            self._complain(f"the tag <{tag[:80]}> is malformed")
            ending_at, is_empty = close + 1, buffer[close - 1] == "/"
        else:
            ending_at, is_empty = ending.end(), bool(ending[1])
        self._start(tag, attributes)
        if is_empty:
            self._end(tag)
        else:
            self._open.append(tag)
            if len(self._open) > MAX_DEPTH:
                raise ReportError(f"elements nested deeper than {MAX_DEPTH}")
        return ending_at

    def _close(self, tag: str) -> None:
        """An end tag closes what was left open inside; one that nothing opened is passed over."""
        if self._open and self._open[-1] == tag:
            self._open.pop()
            self._end(tag)
            return
        if tag not in self._open[-64:]:
            self._complain(f"</{tag[:80]}> closes nothing")
            return
        while self._open:
            last = self._open.pop()
            self._end(last)
            if last == tag:
                return
            self._complain(f"<{last[:80]}> was not closed")

    def _resolved(self, text: str) -> str:
        return _REFERENCE.sub(self._character, text) if "&" in text else text

    def _character(self, match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name:
            known = _PREDEFINED.get(name)
            if known is not None:
                return known
            known = html5.get(name + ";")
            self._complain(f"&{name}; is no entity of XML")
            return known if known is not None else match[0]
        code = int(decimal) if decimal else int(hexadecimal, 16)
        if code in _FORBIDDEN or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            self._complain("references to characters that XML forbids were left out")
            return ""
        return chr(code)
