"""The routes and faults of the fake CI server."""

import json
import re
import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.fakes.ci_server import Attempt, Build, FakeCI, Fault

EPOCH_MS = 1_790_000_000_000
_BUILD = re.compile(r"/api/v1/builds/([^/]+)(/again|/jobs)?")
_JOB = re.compile(r"/api/v1/jobs/([^/]+)/(log|files)")
_FILE = re.compile(r"/api/v1/files/([^/]+)")
_DONE_FIRST = {"502_after", "reset", "hang", "truncated"}


class Answered(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, document: Any = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = b"" if document is None else json.dumps(document).encode()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> "FakeCI":
        """The server's state."""
        found: FakeCI = self.server.fake  # type: ignore[attr-defined]
        return found

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a read."""
        self._handle()

    def do_POST(self) -> None:
        """Answer a trigger or a retry."""
        self._handle()

    def do_PATCH(self) -> None:
        """Answer a cancel."""
        self._handle()

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self.fake.lock:
            self.fake.requests.append((self.command, self.path))
        if self.fake.only_answer is not None:
            status, headers = self.fake.only_answer
            self._send(status, b"slow down", "text/plain", headers)
            return
        asked = operation(self.command, parts.path)
        hook = self.fake.take_hook(asked)
        if hook is not None:
            if hook.when == "after":
                self._respond(parts.path, query, json.loads(raw or b"null"))
            hook.call(self.client_address[1])
            self.close_connection = True
            self._reset()
            return
        fault = self.fake.take_fault(asked)
        if fault is not None and fault.kind not in _DONE_FIRST:
            self._break(fault, b"")
            return
        status, body, kind = self._respond(parts.path, query, json.loads(raw or b"null"))
        if fault is not None:
            self._break(fault, body)
            return
        self._send(status, body, kind)

    def _respond(self, path: str, query: dict[str, str], document: Any) -> tuple[int, bytes, str]:
        if self.headers.get("Authorization") != f"Bearer {self.fake.token}":
            return 401, b'{"message": "who are you?"}', "application/json"
        try:
            with self.fake.lock:
                found = self._route(path, query, document)
        except Answered as answered:
            return answered.status, answered.body, "application/json"
        if isinstance(found, bytes):
            return self._ranged(found)
        return 200, json.dumps(found).encode(), "application/json"

    def _route(self, path: str, query: dict[str, str], document: Any) -> Any:
        if path == "/api/v1/builds":
            return self._trigger(document) if self.command == "POST" else self._list(query)
        if match := _BUILD.fullmatch(path):
            return self._one_build(self._build(match.group(1)), match.group(2), query, document)
        if match := _JOB.fullmatch(path):
            return self._one_job(match.group(1), match.group(2))
        if match := _FILE.fullmatch(path):
            return self._file(match.group(1))
        raise Answered(404)

    def _trigger(self, wish: Any) -> Any:
        if not wish.get("pipeline"):
            raise Answered(422, {"message": "pipeline is missing"})
        raise Answered(201, {"builds": [shown(self.fake.accept(wish))]})

    def _list(self, query: dict[str, str]) -> Any:
        builds = [build for build in self.fake.builds.values() if query.get("tag") in {None, build.intent}]
        newest_first = sorted(builds, key=lambda build: -build.number)
        return {"builds": [shown(build) for build in newest_first[: int(query.get("limit", 100))]]}

    def _one_build(self, build: "Build", part: str | None, query: dict[str, str], document: Any) -> Any:
        if part == "/jobs":
            number = int(query.get("attempt", build.last.number))
            if not 1 <= number <= len(build.attempts):
                raise Answered(404)
            return {"jobs": jobs_shown(build, build.attempts[number - 1])}
        if part == "/again":
            return self._again(build, document)
        if self.command == "PATCH":
            return self._abort(build)
        answer = {"builds": [shown(build)]}
        build.last.reads += 1
        return answer

    def _again(self, build: "Build", wish: Any) -> Any:
        if not build.last.state_is_terminal:
            raise Answered(409, {"message": "the build has not ended"})
        raise Answered(201, {"builds": [shown(self.fake.repeat(build, str(wish["jobs"]), wish.get("tag", "")))]})

    def _abort(self, build: "Build") -> Any:
        if build.last.state_is_terminal:
            raise Answered(409, {"message": "the build has ended"})
        build.last.ended = "aborted"
        self.fake.cancels.append(build.id)
        return {"builds": [shown(build)]}

    def _one_job(self, job_id: str, part: str) -> Any:
        build_id, number, name = job_id.split(".", 2)
        job = next((one for one in self._attempt(build_id, number).outcome.all_jobs() if one.name == name), None)
        if job is None or (part == "log" and not self.fake.has_logs):
            raise Answered(404)
        if part == "log":
            return job.log.encode()
        if job.junit is None:
            return {"files": []}
        return {"files": [{"id": job_id, "path": "junit.xml", "bytes": len(job.junit)}]}

    def _file(self, file_id: str) -> bytes:
        if file_id.count(".") < 2:
            raise Answered(404)
        build_id, number, name = file_id.split(".", 2)
        for job in self._attempt(build_id, number).outcome.all_jobs():
            if job.name == name and job.junit is not None:
                return job.junit
        raise Answered(404)

    def _build(self, build_id: str) -> "Build":
        if build_id not in self.fake.builds:
            raise Answered(404)
        return self.fake.builds[build_id]

    def _attempt(self, build_id: str, number: str) -> "Attempt":
        return self._build(build_id).attempts[int(number) - 1]

    def _ranged(self, data: bytes) -> tuple[int, bytes, str]:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None:
            return 200, data, "text/plain"
        start = int(match.group(1))
        return (206, data[start:], "text/plain") if start < len(data) else (416, b"", "text/plain")

    def _break(self, fault: "Fault", body: bytes) -> None:
        self.close_connection = True
        if fault.kind.startswith("502"):
            self._send(502, b"<html><h1>Bad Gateway</h1></html>", "text/html")
        elif fault.kind == "html_200":
            self._send(200, b"<html><body>Please log in</body></html>", "text/html")
        elif fault.kind == "429":
            self._send(429, b'{"message": "slow down"}', "application/json", {"Retry-After": fault.retry_after})
        elif fault.kind == "404":
            self._send(404, b"", "text/plain")
        elif fault.kind == "truncated":
            self._send(200, body[: len(body) // 2], "application/json", {"Content-Length": str(len(body) + 10)})
        elif fault.kind.startswith("hang"):
            self.fake.stopping.wait(60)
        else:
            self._reset()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        all_headers = {"Content-Type": kind, "Content-Length": str(len(body))} | (headers or {})
        try:
            self.send_response(status)
            for name, value in all_headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def operation(method: str, path: str) -> str:
    """The name of what a request asks for, as `FakeCI.fail_next` knows it."""
    if method == "PATCH":
        return "cancel"
    if path == "/api/v1/builds":
        return "trigger" if method == "POST" else "runs"
    last = path.rpartition("/")[2]
    if path.startswith("/api/v1/files/"):
        return "file"
    return {"again": "retry", "jobs": "jobs", "log": "log", "files": "files"}.get(last, "status")


def shown(build: "Build") -> dict[str, Any]:
    """A build as this server shows it."""
    ended = build.last.state_is_terminal
    return {
        "id": build.id,
        "pipeline": build.workflow,
        "branch": build.branch,
        "commit": build.commit,
        "state": build.last.state,
        "attempt": build.last.number,
        "queued_ms": EPOCH_MS + build.number * 1000,
        "started": "2026-09-21T13:33:20Z",
        "ended": "2026-09-21T13:34:20+00:00" if ended else None,
        "web": f"http://ci.example/builds/{build.number}",
    }


def jobs_shown(build: "Build", attempt: "Attempt") -> list[dict[str, Any]]:
    """The jobs of an attempt; each has the run's state until the run has ended."""
    ended = attempt.state_is_terminal
    return [
        {
            "id": f"{build.id}.{attempt.number}.{job.name}",
            "title": job.name,
            "state": attempt.ended or (job.state if ended else attempt.state),
            "started": "2026-09-21T13:33:21Z",
            "ended": None,
        }
        for job in attempt.outcome.all_jobs()
    ]
