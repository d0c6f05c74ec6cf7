"""The text of a JSON document, read on as values are taken from it: no more than one value is held."""

import codecs
import json
import re
from typing import Any, BinaryIO, Final

from ci_integrations.parsing import ReportError

MAX_VALUE: Final = 16_000_000
_CHUNK: Final = 262_144
_MAX_CLOSED: Final = 900
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_SCALAR: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^,\]}\s]++', re.DOTALL)
CLOSERS: Final = {"{": "}", "[": "]"}
# How much of a token can stand at the end of a piece: `fals`, `-Infinit`, `"\ud83d\ude0`.
_MAX_CUT: Final = 16


class BrokenJson(ReportError):
    """The rest of the document cannot be read."""


class CutJson(BrokenJson):
    """The document ends within a value, of which `value` could be closed (else None)."""

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class UnfitValue(ReportError):
    """A value that is not read: too long, too deep, a number of thousands of digits. It can be passed over."""


def decoded(text: str) -> Any:
    """One JSON value and nothing else; the numbers that JSON does not know are null. Raises ValueError and
    RecursionError.
    """
    return json.loads(text, parse_constant=_no_number)


def closed(text: str) -> str:
    """The document up to its last complete object or list, with what is open around it closed."""
    stack: list[str] = []
    end, around = 0, ""
    for match in _STRUCTURE.finditer(text):
        sign = match[0]
        if sign in CLOSERS:
            stack.append(CLOSERS[sign])
            if len(stack) > _MAX_CLOSED:
                break
        elif stack and sign == stack[-1]:
            stack.pop()
            end, around = match.end(), "".join(reversed(stack))
        elif sign in "]}":
            break
    return text[:end] + around


def _no_number(name: str) -> None:
    """NaN and the infinities, which JSON does not know."""


_DECODE: Final = json.JSONDecoder(parse_constant=_no_number).raw_decode


class JsonText:
    """The document of a seekable stream, from its beginning."""

    def __init__(self, stream: BinaryIO, *, max_bytes: int) -> None:
        stream.seek(0)
        is_wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
        stream.seek(0)
        self._stream = stream
        self._max_bytes = self._room = max_bytes
        self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")(errors="replace")
        self._text, self._at, self._is_end = "", 0, False

    def take(self) -> None:
        """Past the character that `sign` told of."""
        self._at += 1

    def value(self) -> Any:
        """The next value. Raises UnfitValue, CutJson and BrokenJson."""
        while True:
            try:
                value, end = _DECODE(self._text, self._at)
            except json.JSONDecodeError as error:
                size = len(self._text)
                is_open = error.msg.startswith("Unterminated")
                if not is_open and error.pos < size - (0 if self._is_end else _MAX_CUT):
                    raise BrokenJson(f"not well-formed JSON: {error.msg}") from None
                if self._is_end:
                    raise CutJson("not well-formed JSON: it ends early", self._closed()) from None
            except RecursionError:
                raise UnfitValue("nested too deeply") from None
            except ValueError:
                raise UnfitValue("a number too long") from None
            else:
                if end < len(self._text) or self._is_end:
                    self._at = end
                    return value
            if len(self._text) - self._at > MAX_VALUE:
                raise UnfitValue(f"longer than {MAX_VALUE} characters")
            self._more()

    def _closed(self) -> Any:
        try:
            return decoded(closed(self._text[self._at :]))
        except (ValueError, RecursionError):
            return None

    def skip(self) -> None:
        """Past the next value, without making it. Raises BrokenJson."""
        depth = 0
        while True:
            pattern = _STRUCTURE if depth or self.sign() in CLOSERS else _SCALAR
            for match in pattern.finditer(self._text, self._at):
                self._at = match.end()
                sign = match[0]
                depth += (sign in CLOSERS) - (sign in ("]", "}"))
                if not depth:
                    return
            if depth:
                quote = self._text.find('"', self._at)
                self._at = len(self._text) if quote < 0 else quote
            if len(self._text) - self._at > 2 * MAX_VALUE:
                raise BrokenJson(f"a text longer than {2 * MAX_VALUE} characters: the rest was not read")
            if not self._more():
                raise CutJson("not well-formed JSON: it ends early")

    def expect(self, wanted: str) -> None:
        """The next character must be this one; it is taken. Raises BrokenJson."""
        sign = self.sign()
        if sign != wanted:
            raise BrokenJson(f"not well-formed JSON: {f'no {wanted!r} where one belongs' if sign else 'it ends early'}")
        self._at += 1

    def sign(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, more at once the longer the value is; whether there was more."""
        if self._is_end:
            return False
        rest = self._text[self._at :]
        data = self._stream.read(min(max(_CHUNK, len(rest)), self._room + 1))
        if len(data) > self._room:
            raise BrokenJson(f"longer than {self._max_bytes} bytes: the rest was not read")
        self._room -= len(data)
        self._is_end = not data
        self._text, self._at = rest + self._decoder.decode(data, final=not data), 0
        return True
