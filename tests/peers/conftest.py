"""Real servers on loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from orchestrate_site.demo.buildbot import Buildbot
from orchestrate_site.demo.ports import free_port
from orchestrate_site.demo.sample import Sample, make_sample

WEBHOOK_TOKEN = "token-of-the-tests"


@dataclass(frozen=True)
class Push:
    """One request that reached the listener."""

    headers: dict[str, str]
    body: Any


class Listener:
    """An HTTP server that keeps what is posted to it."""

    def __init__(self) -> None:
        self.pushes: Queue[Push] = Queue()
        pushes = self.pushes

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                pushes.put(Push(dict(self.headers), json.loads(body)))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep standard error quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample repository."""
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Where the CI server sends its webhooks."""
    server = Listener()
    yield server
    server.close()


@pytest.fixture(scope="module")
def buildbot(sample: Sample, listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildbot]:
    """A running Buildbot that builds the sample repository."""
    directory = tmp_path_factory.mktemp("buildbot")
    server = Buildbot(directory, free_port(), sample.remote, webhook_url=listener.url, webhook_token=WEBHOOK_TOKEN)
    with server:
        yield server
