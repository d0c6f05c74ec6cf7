"""Take known secrets out of text before anything is stored or shown.

A secret is also found percent-encoded, JSON-escaped, in base64 (at any of the three alignments, so inside
`Basic base64(user:token)` as well) and with terminal escape sequences inside it.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from ci_integrations.parsing.ansi import strip_escapes
from ci_integrations.parsing.logfile import split_lines

MASK: Final = "***"
MIN_SECRET: Final = 4
MAX_LINE: Final = 1_000_000
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")
_LINE_CUT: Final = b" [... line cut ...]"


class Masker:
    """Replaces every form of the given secrets by `***`. Secrets under four characters would mask half of any text and
    are left out. The lines of a secret of several lines are secrets too. The repr shows no secret.
    """

    def __init__(self, secrets: Iterable[str], *, beside: "Masker | None" = None) -> None:
        """`beside` is one whose secrets are masked too."""
        forms = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
        forms |= set(beside._forms) if beside else set()  # noqa: SLF001  # of the same class
        self._forms: tuple[str, ...] = tuple(
            sorted((form for form in forms if len(form.strip()) >= MIN_SECRET), key=len, reverse=True)
        )
        # What stays back of a line that is cut: the beginning of a secret may stand there, with colours inside.
        self._margin = 4_096 + 4 * max(map(len, self._forms), default=0)

    def __repr__(self) -> str:
        return f"<Masker of {len(self._forms)} forms>"

    @property
    def has_secrets(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._forms)

    def text(self, text: str) -> str:
        """The text with `***` for each secret. Where a secret is broken up by escape sequences, those are lost too."""
        if not self._forms:
            return text
        masked = self._masked(text)
        if "\x1b" in masked or "\x9b" in masked:
            plain = strip_escapes(masked)
            if any(form in plain for form in self._forms):
                return self._masked(plain)
        return masked

    def mask_stream(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Masked lines, each with its LF (the last as it came), from chunks of any size; bytes that are no UTF-8 stay.

        A line over 1,000,000 bytes is cut there and says so, so memory is bounded.
        """
        for line in split_lines(chunks, max_line=MAX_LINE + self._margin):
            yield self._line(line)

    def _line(self, line: bytes) -> bytes:
        end = b"\n" if line.endswith(b"\n") else b""
        masked = self.text(line.decode(errors="surrogateescape")).encode(errors="surrogateescape")
        if len(line) - len(end) < MAX_LINE + self._margin:
            return masked
        return masked.removesuffix(b"\n")[: -self._margin][:MAX_LINE] + _LINE_CUT + end

    def _masked(self, text: str) -> str:
        spans = [span for form in self._forms if form in text for span in _occurrences(form, text)]
        if not spans:
            return text
        kept, end = [], 0
        for start, stop in sorted(spans):
            if start >= end:
                kept += [text[end:start], MASK]
            end = max(end, stop)
        return "".join([*kept, text[end:]])


def _occurrences(form: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _parts(secret: str) -> set[str]:
    return {secret, secret.strip(), *(line.strip() for line in secret.splitlines())}


def _forms(part: str) -> set[str]:
    percent = {quote(part, safe=""), quote(part), quote_plus(part)}
    lower = {_PERCENT.sub(lambda match: match[0].lower(), form) for form in percent}
    escaped = {json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
    return {part} | percent | lower | escaped | _base64_forms(part.encode(errors="surrogateescape"))


def _base64_forms(data: bytes) -> set[str]:
    """Base64 of the data at each of the three places it may begin at within a group, without neighbours' bits."""
    forms = {base64.b64encode(data).decode()}
    for shift in range(3):
        whole = (shift + len(data)) * 8 // 6
        forms.add(base64.b64encode(bytes(shift) + data).decode()[-(-shift * 8 // 6) : whole])
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}
