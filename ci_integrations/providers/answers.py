"""Answers of a server: read to their end within a bound, or as a stream; and what it means where they stay away."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from ci_integrations.errors import Invalid, ProviderError, Unavailable
from ci_integrations.providers.wire import PrivateAddressError

PIECE = 64 * 1024
SKIPPED_AT_ONCE = 1024 * 1024
PARTIAL = 206
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 2xx, read to its end. Header names ignore case; `where` is method and URL without secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    where: str

    def json(self) -> Any:
        """The body as JSON; None for an empty one. Raises Invalid where it is something else, such as a web page."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("Content-Type", "an unnamed type").partition(";")[0]
            raise Invalid(f"{self.where} answered {self.status} with {kind} that is not JSON") from None


class Download(io.BufferedReader):
    """A body as it arrives. `partial` says that the server kept to a Range header (206), `unchanged` that there is none
    because nothing changed since the answer that If-None-Match names (304).
    """

    status: int = 200
    headers: Mapping[str, str] = {}

    @property
    def partial(self) -> bool:
        """Whether it is the part that was asked for."""
        return self.status == PARTIAL

    @property
    def unchanged(self) -> bool:
        """Whether nothing changed."""
        return self.status == NOT_MODIFIED

    def skip(self, size: int) -> None:
        """Read past so many bytes, or to the end."""
        while size > 0 and (passed := self.read(min(size, SKIPPED_AT_ONCE))):
            size -= len(passed)


class Body(io.RawIOBase):
    """The decoded bytes of a response; at most `limit` of them, then Invalid. A cut or late body raises Unavailable."""

    def __init__(self, response: requests.Response, where: str, *, limit: int, write: bool) -> None:
        self._response = response
        self._where = where
        self._limit = limit
        self._write = write
        self._read = 0

    def readable(self) -> bool:
        """A body is read only."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what has arrived; 0 at the end."""
        try:
            piece = self._response.raw.read(len(buffer), decode_content=True)
        except (HTTPError, OSError) as error:
            raise lost(error, self._where, write=self._write) from None
        self._read += len(piece)
        if self._read > self._limit:
            raise Invalid(f"{self._where} answered more than {self._limit} bytes", effect_unknown=self._write)
        buffer[: len(piece)] = piece
        return len(piece)


def read_body(response: requests.Response, where: str, *, limit: int, write: bool) -> bytes:
    """The whole body. Raises as `Body` does."""
    with Download(Body(response, where, limit=limit, write=write), PIECE) as stream:
        return stream.read()


def read_beginning(response: requests.Response, size: int) -> bytes:
    """Up to `size` bytes of a body, as far as they arrive; for the text of an error."""
    try:
        return bytes(response.raw.read(size, decode_content=True))
    except (HTTPError, OSError):
        return b""


def lost(error: Exception, where: str, *, write: bool) -> ProviderError:
    """The error for a request that got no whole answer. The texts of the libraries hold URLs, so none is repeated."""
    reason = error.args[0] if error.args else None
    reason = reason.reason if isinstance(reason, MaxRetryError) else reason
    if isinstance(reason, PrivateAddressError):
        return Invalid(f"{where}: leads to an address that is not public; if it is right, list it as trusted")
    if isinstance(reason, NameResolutionError):
        return Unavailable(f"{where}: the host name cannot be resolved")
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return Unavailable(f"{where}: cannot connect; is the server up, and the address right?")
    if isinstance(reason, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return Invalid(f"{where}: the server's certificate is not trusted; name its authority's file")
    if isinstance(error, ValueError):
        return Invalid(f"{where}: not a request that can be sent ({type(error).__name__})")
    late = isinstance(error, requests.Timeout | TimeoutError) or "timed out" in str(error)
    what = "no whole answer in time" if late else "the connection broke before the answer was whole"
    return Unavailable(f"{where}: {what}", effect_unknown=write)
