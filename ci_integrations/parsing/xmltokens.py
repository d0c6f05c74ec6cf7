"""A forgiving tokenizer for XML that breaks the rules: pure, linear, bounded, and it never expands an entity.

It leaves out what XML forbids (control characters, references to them), takes bare `&` and `<` as text, reads `<`
inside quoted attributes, closes elements that were not closed, passes over declarations, and goes on after the root.
"""

import re
from collections.abc import Callable
from html.entities import html5
from typing import Final

from ci_integrations.parsing import LimitReached, ReportError

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
