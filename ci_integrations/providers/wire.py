"""The socket level of the transport: a deadline over a whole answer, and addresses that a server may not send us to.

A read timeout alone bounds nothing: a server that sends a byte a second never meets it. So each receive is given what
is left of the deadline, for headers and body, with and without TLS.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

# Ways into another network that Python's `is_global` lets through: NAT64 (RFC 6052, RFC 8215), site-local (RFC 3879),
# and addresses that hold one of IPv4 (RFC 4291).
_INWARD = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "::/96", "::ffff:0:0:0/96"))


class PrivateAddressError(NewConnectionError):
    """A link or a redirect led to an address that is not public. Nothing was connected."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`deadline` is a time.monotonic() value; with `public_only` only public addresses are connected to."""

    deadline: float
    public_only: bool


_bounds: ContextVar[Bounds | None] = ContextVar("bounds", default=None)


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Bound the requests sent inside the block; an answer keeps its deadline after the block has ended."""
    token = _bounds.set(bounds)
    try:
        yield
    finally:
        _bounds.reset(token)


def is_public(address: str) -> bool:
    """True for an address of the public internet; False for private, loopback, link-local and tunnelled ones."""
    ip = ip_address(address.partition("%")[0])
    if ip.version == 6:
        if any(ip in net for net in _INWARD) or ip.sixtofour is not None or ip.teredo is not None:
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast


class _DeadlineReader(io.RawIOBase):
    """The receiving side of a socket; each receive waits at most the read timeout and what the deadline leaves."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._timeout = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took longer than the deadline")
        self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        bounds = _bounds.get()
        if bounds is not None:
            raw: Any = self.fp
            self.fp = io.BufferedReader(_DeadlineReader(raw.detach(), sock, bounds.deadline))


class _Guarded(HTTPConnection):
    """Connects to the very address it has checked, so a second look-up cannot answer differently."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        bounds = _bounds.get()
        if bounds is None or not bounds.public_only:
            return super()._new_conn()
        name = self._dns_host
        self._dns_host = self._public_address(name)
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name

    def _public_address(self, name: str) -> str:
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, f"the name {name} cannot be resolved: {error}") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not all(is_public(address) for address in addresses):
            raise PrivateAddressError(self, f"{name} is not a public address")
        return addresses[0]


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLS


class BoundedAdapter(HTTPAdapter):
    """A requests adapter that keeps to `bounded` and repeats nothing."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use the guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
