"""A TCP server that answers connection by connection with a function, for what an HTTP server would not do."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]


class RawServer:
    """`requests` are the raw requests so far; connection n gets behaviour n, the last one repeats."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self.requests: list[bytes] = []
        self._behaviours = behaviours
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                self.requests.append(_whole_request(connection))
                self._behaviours[min(len(self.requests), len(self._behaviours)) - 1](connection)


def _whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Behaviour:
    """Answer and close. Underscores in header names stand for hyphens."""
    given = {"Content-Length": str(len(body)), "Content-Type": "application/json", "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items()) + "\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def reset(connection: socket.socket) -> None:
    """End the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(connection: socket.socket) -> None:
    """Say nothing until the other side has gone."""
    while connection.recv(1024):
        pass


def drip(data: bytes) -> Behaviour:
    """A byte every 50 ms."""

    def behave(connection: socket.socket) -> None:
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            time.sleep(0.05)

    return behave


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[RawServer]:
    """A server for the block."""
    server = RawServer(behaviours)
    try:
        yield server
    finally:
        server.close()
