"""Requests and answers of the fake servers, their faults, and the listener that they stand behind."""

import json
import re
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Seen:
    """A request that came in; header names in lower case. `identity` is who asked, `status` what was answered.

    `raw_path` is what was asked for with its query, escapes and all.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    identity: str = ""
    status: int = 0
    raw_path: str = ""

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body) if self.body else {}


@dataclass
class Reply:
    """An answer: JSON, or bytes as they are."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def body(self) -> bytes:
        """What is sent."""
        if self.raw is not None:
            return self.raw
        return b"" if self.content is None else json.dumps(self.content).encode()


class Refused(Exception):
    """An error answer; headers are given with `_` for `-`."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.reply = Reply(
            status, {"message": message}, {key.replace("_", "-"): value for key, value in headers.items()}
        )


@dataclass
class Fault:
    """What happens to the next requests that fit, instead of the answer or, `after_effect`, after the work was done.

    `truncate` sends half of the real answer's body, `hang` waits that many seconds first, `drop` closes the connection.
    """

    method: str
    path: re.Pattern[str]
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "fault"
    after_effect: bool = False
    truncate: bool = False
    hang: float = 0.0
    drop: bool = False
    raw: bytes | None = None
    times: int = 1

    def fits(self, seen: Seen) -> bool:
        """Whether it is meant."""
        return self.times > 0 and self.method == seen.method and self.path.search(seen.path) is not None


Route = Callable[..., Reply]


class _Listener(ThreadingHTTPServer):
    """A listener that says nothing of clients which refuse its certificate or hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Complain of anything else."""
        if not isinstance(sys.exception(), ssl.SSLError | ConnectionError):
            super().handle_error(request, client_address)


def listen(answer: Callable[[Seen], Reply | None], *, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    """A server on loopback whose requests `answer` answers; None closes the connection without a word.

    The header `X-Truncate` of a reply is not sent: half of the body is, and then nothing. `tls` makes it one of https.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two small writes: they need not wait for each other.
        disable_nagle_algorithm = True

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self._body(headers)
            seen = Seen(
                self.command,
                unquote(parts.path),
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers,
                body,
                raw_path=self.path,
            )
            reply = answer(seen)
            if reply is None:
                self.close_connection = True
                return
            data = reply.body
            cut = reply.headers.pop("X-Truncate", "")
            self.send_response(reply.status)
            reply.headers.setdefault("Content-Type", "application/json; charset=utf-8")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", f"{len(data)}")
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = self.close_connection or bool(cut)

        def _body(self, headers: dict[str, str]) -> bytes:
            if headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(headers.get("content-length", "0")))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _respond  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            """Say nothing."""

    server = _Listener(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
