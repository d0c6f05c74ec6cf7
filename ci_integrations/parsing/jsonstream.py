"""JSON documents read piece by piece: the containers that a plan opens are walked through, their members given as they
come. Memory does not grow with the document, only with the largest piece.

What is not JSON, or breaks off, ends the reading with an error; all pieces before it were given, and of one that breaks
off what can be closed of it.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any, BinaryIO, Final

from ci_integrations.parsing import ReportError

MAX_VALUE: Final = 16_000_000
MEMBER: Final = "[]"
_CHUNK: Final = 262_144
_MAX_OPEN: Final = 1_000
_MAX_CLOSED: Final = 900
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_SCALAR: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^,\]}\s]++', re.DOTALL)
_CLOSERS: Final = {"{": "}", "[": "]"}
# How much of a token can stand at the end of a piece: `fals`, `-Infinit`, `"\ud83d\ude0`.
_MAX_CUT: Final = 16

Path = tuple[str, ...]
Part = tuple[Path, Any]


class Step(Enum):
    """What to do with an object or a list; any other value is taken."""

    OPEN = auto()
    TAKE = auto()
    SKIP = auto()


Plan = Callable[[Path], Step]


class BrokenJson(ReportError):
    """The rest of the document cannot be read."""


class _Cut(BrokenJson):
    """The document ends within a value, of which `value` could be closed (else None)."""

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class _Unfit(ReportError):
    """A value that is not read: too long, too deep, a number of thousands of digits. It can be passed over."""


def plan(opened: set[Path], taken: set[Path]) -> Plan:
    """Objects and lists at these paths are opened and taken, those at others passed over."""
    return lambda path: Step.OPEN if path in opened else Step.TAKE if path in taken else Step.SKIP


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
        if sign in _CLOSERS:
            stack.append(_CLOSERS[sign])
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


class JsonStream:
    """Iterates over one document of a seekable stream: (path, value) of each value that `step` takes; a member of a
    list has MEMBER as the last part of its path. Raises BrokenJson. `skipped` says why a value was left out.
    """

    def __init__(self, stream: BinaryIO, step: Plan, *, max_bytes: int) -> None:
        stream.seek(0)
        is_wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
        stream.seek(0)
        self._stream = stream
        self._step = step
        self._max_bytes = self._room = max_bytes
        self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")(errors="replace")
        self._text, self._at, self._is_end = "", 0, False
        self.skipped = ""

    def __iter__(self) -> Iterator[Part]:
        opened: list[tuple[Path, str]] = []
        path: Path | None = ()
        while path is not None:
            sign = self._sign()
            step = self._step(path) if sign in _CLOSERS else Step.TAKE
            if step is Step.OPEN:
                self._at += 1
                opened.append((path, _CLOSERS[sign]))
                if len(opened) > _MAX_OPEN:
                    raise BrokenJson("nested too deeply")
            elif step is Step.TAKE:
                yield from self._taken(path)
            else:
                self._skip()
            path = self._next(opened, is_first=step is Step.OPEN)
        if self._sign():
            raise BrokenJson("not well-formed JSON: more after its end")

    def _next(self, opened: list[tuple[Path, str]], *, is_first: bool) -> Path | None:
        """The path of the next value; None at the end of the document. Closes what ends here."""
        while opened:
            path, closer = opened[-1]
            if self._sign() == closer:
                self._at += 1
                opened.pop()
                is_first = False
                continue
            if not is_first:
                self._expect(",")
            if closer == "]":
                return (*path, MEMBER)
            self._sign()
            key = self._value()
            self._expect(":")
            return (*path, f"{key}")
        return None

    def _taken(self, path: Path) -> Iterator[Part]:
        try:
            value = self._value()
        except _Cut as cut:
            if cut.value is not None:
                yield path, cut.value
            raise
        except _Unfit as unfit:
            self.skipped = self.skipped or f"{'.'.join(path)[:200]} was left out: {unfit}"
            self._skip()
            return
        yield path, value

    def _value(self) -> Any:
        while True:
            try:
                value, end = _DECODE(self._text, self._at)
            except json.JSONDecodeError as error:
                size = len(self._text)
                is_open = error.msg.startswith("Unterminated")
                if not is_open and error.pos < size - (0 if self._is_end else _MAX_CUT):
                    raise BrokenJson(f"not well-formed JSON: {error.msg}") from None
                if self._is_end:
                    raise _Cut("not well-formed JSON: it ends early", self._closed()) from None
            except RecursionError:
                raise _Unfit("nested too deeply") from None
            except ValueError:
                raise _Unfit("a number too long") from None
            else:
                if end < len(self._text) or self._is_end:
                    self._at = end
                    return value
            if len(self._text) - self._at > MAX_VALUE:
                raise _Unfit(f"longer than {MAX_VALUE} characters")
            self._more()

    def _closed(self) -> Any:
        try:
            return decoded(closed(self._text[self._at :]))
        except (ValueError, RecursionError):
            return None

    def _skip(self) -> None:
        """Past a value, without making it."""
        depth = 0
        while True:
            pattern = _STRUCTURE if depth or self._sign() in _CLOSERS else _SCALAR
            for match in pattern.finditer(self._text, self._at):
                self._at = match.end()
                sign = match[0]
                depth += (sign in _CLOSERS) - (sign in ("]", "}"))
                if not depth:
                    return
            if depth:
                quote = self._text.find('"', self._at)
                self._at = len(self._text) if quote < 0 else quote
            if len(self._text) - self._at > 2 * MAX_VALUE:
                raise BrokenJson(f"a text longer than {2 * MAX_VALUE} characters: the rest was not read")
            if not self._more():
                raise _Cut("not well-formed JSON: it ends early")

    def _expect(self, wanted: str) -> None:
        sign = self._sign()
        if sign != wanted:
            raise BrokenJson(f"not well-formed JSON: {f'no {wanted!r} where one belongs' if sign else 'it ends early'}")
        self._at += 1

    def _sign(self) -> str:
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
