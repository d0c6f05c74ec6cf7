"""The fake's two listeners: the API, and the storage of outputs and artifacts."""

import ssl
import time
from pathlib import Path
from typing import Final, Self

from tests.fakes import tls
from tests.fakes.circleci import routing
from tests.fakes.circleci.access import Access
from tests.fakes.circleci.starting import Starting
from tests.fakes.http import Reply, Seen, listen

CREDENTIALS: Final = ("circle-token", "authorization")


class FakeCircleCI(Starting, Access):
    """A CircleCI on loopback. Use as a context manager; `root` is a directory for its files.

    `requests` are those that came to the API, in order; `ledger` holds every write that was carried out. `outbox` are
    the webhooks that were not handed over yet: see `pump`. `served` counts the bytes of output by job, execution, step
    and stream. Switches: `has_v3`; `serves_ranges`; `past_end`, the status that a range which begins at the end is
    answered with; `page_size`; `cancel_delay`, how long canceling takes; `refuses_late_cancels`; `skips` in words,
    why no pipeline is run; `artifacts_at_home`, whether artifacts are asked for at the API's own host, with a token;
    `budget`, how many requests are left before 429, None without end; `retry_as_date`.
    """

    def __init__(self, root: Path, *, has_tls: bool = False, has_v3: bool = True) -> None:
        Starting.__init__(self)
        Access.__init__(self)
        self.has_v3 = has_v3
        self.context: ssl.SSLContext | None = None
        self.ca_file: Path | None = None
        if has_tls:
            self.context, self.ca_file = tls.server_context(root)
        self.ledger: list[tuple[str, str]] = []
        self.served: dict[tuple[str, int, int, str], int] = {}
        self.files: dict[str, bytes] = {}
        self.file_requests: list[Seen] = []
        self.serves_ranges = True
        self.past_end = 416
        self.page_size = 20
        self.refuses_late_cancels = False
        self.skips = ""
        self.artifacts_at_home = False
        self._counted: dict[str, tuple[str, int, int, str]] = {}

    def __enter__(self) -> Self:
        self._api = listen(lambda seen: self.respond(seen, self._truth), tls=self.context)
        self._storage = listen(self._serve_file, tls=self.context)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for server in (self._api, self._storage):
            server.shutdown()
            server.server_close()

    @property
    def base_url(self) -> str:
        """The address of the API, without a path."""
        return f"{self._scheme}://127.0.0.1:{self._api.server_address[1]}"

    @property
    def storage_url(self) -> str:
        """The address of the storage, which answers 403 where credentials come along."""
        return f"{self._scheme}://127.0.0.1:{self._storage.server_address[1]}"

    @property
    def _scheme(self) -> str:
        return "https" if self.context else "http"

    def store(self, name: str, data: bytes, *, counted: tuple[str, int, int, str] | None = None) -> str:
        """Put a file into the storage; gives an address that is good for whoever has it.

        Where `counted` is given, the bytes of downloads are added to `served` there.
        """
        key = f"/{len(self.files) + 1}/{name}"
        self.files[key] = data
        if counted is not None:
            self._counted[key] = counted
        return f"{self.storage_url}{key}?X-Amz-Signature=secret"

    def _truth(self, seen: Seen) -> Reply:
        token = self.token_of(seen)
        seen.identity = token.login if token else ""
        with self.lock:
            limits = self.limited(self.now())
            reply = routing.dispatch(self, seen, token)
        return Reply(reply.status, reply.content, {**limits, **reply.headers}, raw=reply.raw)

    def _serve_file(self, seen: Seen) -> Reply | None:
        self.file_requests.append(seen)
        if "circle-token" in seen.query or any(name in seen.headers for name in CREDENTIALS):
            return Reply(403, raw=b"<Error>AccessDenied</Error>")
        fault = self.due(seen)
        if fault is not None and not fault.truncate:
            time.sleep(fault.hang)
            return None if fault.drop else Reply(fault.status, headers=dict(fault.headers), raw=fault.raw or b"")
        data = self.files.get(seen.path)
        if data is None:
            return Reply(404, raw=b"<Error>NoSuchKey</Error>")
        if key := self._counted.get(seen.path):
            self.served[key] = self.served.get(key, 0) + len(data)
        return Reply(200, raw=data, headers={"X-Truncate": "1"} if fault is not None else {})
