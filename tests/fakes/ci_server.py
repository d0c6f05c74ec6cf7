"""A small stateful CI server on loopback, for tests.

    with FakeCI() as server:
        server.script("unit", [Outcome("red", junit=REPORT), Outcome("green")])
        server.fail_next("502_after", on="trigger")
        config = server.config()          # the `config:` mapping of a custom connection to this server
        ...
        assert len(server.triggers) == 1  # what really happened, whatever the answers said

Its shape differs from Buildbot's on purpose: ids at `builds[0].id`, states in words of its own, PATCH to cancel, a 404
without a body. Runs move on when they are looked at: each read of a run's state takes it one step further along the
`states` of its outcome, so no test waits. Other processes reach it by `server.url`.

Words of this server: waiting, building, green, red, broken, overtime, aborted, skipped.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import ThreadingHTTPServer
from typing import Any, Literal, Self

from tests.fakes.ci_handler import Handler

Kind = Literal[
    "502_before", "502_after", "reset", "reset_before", "hang", "hang_before", "html_200", "429", "truncated", "404"
]
Operation = Literal["trigger", "retry", "cancel", "status", "runs", "jobs", "log", "files", "file", "any"]

TERMINAL = frozenset({"green", "red", "broken", "overtime", "aborted", "skipped"})
STATES = {"green": "success", "red": "failure", "broken": "error", "overtime": "timed_out"}


@dataclass(frozen=True)
class Job:
    """What one job of a run does. `state` is its last state."""

    name: str = "unit"
    state: str = "green"
    log: str = "collected 1 item\n"
    junit: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """What one run, or one attempt of a run, does.

    `state` is its last state, `states` those it shows before, one for each time its state is read. Without `jobs`
    there is one job, `unit`, with the given `log` and `junit` (a report file among the artifacts). With `holds` it does
    not end by itself: `finish` or a cancel ends it.
    """

    state: str = "green"
    states: tuple[str, ...] = ("building",)
    log: str = "collected 1 item\n"
    junit: bytes | None = None
    jobs: tuple[Job, ...] = ()
    holds: bool = False

    def all_jobs(self) -> tuple[Job, ...]:
        """The jobs, one at least."""
        return self.jobs or (Job(state=self.state, log=self.log, junit=self.junit),)


@dataclass
class Attempt:
    """One attempt of a build."""

    outcome: Outcome
    number: int
    reads: int = 0
    ended: str = ""

    @property
    def state(self) -> str:
        """The present state in the server's words."""
        if self.ended:
            return self.ended
        if self.reads < len(self.outcome.states):
            return self.outcome.states[self.reads]
        if self.outcome.holds:
            return self.outcome.states[-1] if self.outcome.states else "building"
        return self.outcome.state

    @property
    def state_is_terminal(self) -> bool:
        """Nothing more happens to this attempt."""
        return self.state in TERMINAL


@dataclass
class Build:
    """One run of this server."""

    id: str
    workflow: str
    branch: str
    commit: str
    inputs: dict[str, str]
    intent: str
    number: int
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]


@dataclass(frozen=True)
class TriggerRecord:
    """A trigger that was done."""

    run_id: str
    workflow: str
    branch: str
    commit: str
    inputs: dict[str, str]
    intent: str


@dataclass(frozen=True)
class RetryRecord:
    """A retry that was done: of `run_id`, giving `new_run_id` at `attempt`."""

    run_id: str
    scope: str
    intent: str
    new_run_id: str
    attempt: int


@dataclass
class Fault:
    """What goes wrong `times` more times with an operation."""

    kind: Kind
    on: Operation
    times: int
    retry_after: str


@dataclass(frozen=True)
class Hook:
    """What is called at one request of an operation, before or after it is done."""

    on: Operation
    when: Literal["before", "after"]
    call: Callable[[int], None]


class FakeCI:
    """The server and its ledger. Start it with `with`; it listens on a free port of 127.0.0.1.

    `retries` says whether a retry makes a new run ("run") or the next attempt of the same one ("attempt").
    Without `logs` the server has no log route, and its configuration none.
    """

    def __init__(
        self, *, logs: bool = True, retries: Literal["run", "attempt"] = "attempt", token: str = "fake-ci-token-4711"
    ) -> None:
        self.token = token
        self.webhook_token = "fake-bell-token-0815"
        self.has_logs = logs
        self.retries_as = retries
        self.triggers: list[TriggerRecord] = []
        self.retries: list[RetryRecord] = []
        self.cancels: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.heads: dict[str, str] = {}
        self.only_answer: tuple[int, dict[str, str]] | None = None
        self.builds: dict[str, Build] = {}
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._scripts: list[tuple[str, str, list[Outcome]]] = []
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.fake = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(5)

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:40123."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, workflow: str, outcomes: Sequence[Outcome], *, branch: str = "*") -> None:
        """What the next runs and attempts of a workflow do, one after another; the last one repeats.

        `workflow` and `branch` are shell patterns; the newest script that fits is used. Without any, runs are green.
        """
        with self.lock:
            self._scripts.insert(0, (workflow, branch, list(outcomes)))

    def fail_next(self, kind: Kind, *, on: Operation = "any", times: int = 1, retry_after: str = "1") -> None:
        """Let the next `times` requests of an operation go wrong.

        Done, but not answered rightly: 502_after, reset, hang, truncated. Not done: 502_before, reset_before,
        hang_before, html_200 (a page of a proxy), 429 (with Retry-After), 404.
        """
        with self.lock:
            self._faults.append(Fault(kind, on, times, retry_after))

    def answer_all(self, status: int, headers: dict[str, str]) -> None:
        """Answer every request from now on like this, with a plain text."""
        self.only_answer = status, headers

    def on_request(
        self, on: Operation, call: Callable[[int], None], *, when: Literal["before", "after"] = "before"
    ) -> None:
        """Call `call` once, at the next request of an operation, with the client's port; then cut the connection.

        With "before" the request is not done, with "after" it is: its answer is lost either way.
        """
        with self.lock:
            self._hooks.append(Hook(on, when, call))

    def finish(self, run_id: str, state: str = "green") -> None:
        """End a run now."""
        with self.lock:
            self.builds[run_id].last.ended = state

    def start_outside(self, workflow: str, *, branch: str = "main", commit: str = "") -> str:
        """Start a run as a push would, past the API; gives its id. It is not in `triggers`."""
        with self.lock:
            return self.add_build(workflow, branch, commit, {}, "").id

    def webhook(self, run_id: str) -> tuple[dict[str, str], bytes]:
        """The headers and body that this server would post now about a run; the same for the same state."""
        with self.lock:
            build = self.builds[run_id]
            state = build.last.state
            event = f"{run_id}.{build.last.number}.{state}"
            body = {"delivery": event, "event": "build.changed", "build": {"id": run_id, "state": state}}
        headers = {"Content-Type": "application/json", "X-Bell-Token": self.webhook_token}
        return headers, json.dumps(body).encode()

    def config(self, *, token: str | None = None, webhook_token: str | None = None) -> dict[str, Any]:
        """The `config:` mapping of a custom connection to this server; the tokens may be given as `${VAR}`."""
        run_id = "builds[0].id"
        retry = {
            "url": "/api/v1/builds/{run_id}/again",
            "body": {"jobs": "all", "tag": "{intent}"},
            **({"run_id": run_id, "find": self._find()} if self.retries_as == "run" else {}),
        }
        endpoints: dict[str, Any] = {
            "trigger": {
                "url": "/api/v1/builds",
                "body": {
                    "pipeline": "{workflow}",
                    "branch": "{branch}",
                    "commit": "{commit}",
                    "params": "{inputs}",
                    "tag": "{intent}",
                },
                "run_id": run_id,
                "find": self._find(),
            },
            "status": {
                "url": "/api/v1/builds/{run_id}",
                "root": "builds[0]",
                "fields": {
                    "workflow": "pipeline",
                    "created": "queued_ms",
                    "finished": "ended",
                    "url": "web",
                    "attempt": "attempt",
                },
            },
            "runs": {"url": "/api/v1/builds?limit=100", "items": "builds"},
            "jobs": {"url": "/api/v1/builds/{run_id}/jobs?attempt={attempt}", "fields": {"name": "title"}},
            "artifacts": {
                "for_each": "job",
                "url": "/api/v1/jobs/{job_id}/files",
                "items": "files",
                "fields": {"name": "path", "size": "bytes"},
                "download": "/api/v1/files/{artifact_id}",
            },
            "cancel": {"url": "/api/v1/builds/{run_id}", "method": "PATCH", "body": {"action": "abort"}},
            "retry": {
                "all": retry,
                "failed": {**retry, "body": {"jobs": "failed", "tag": "{intent}"}},
                "job": {**retry, "body": {"jobs": "{job_id}", "tag": "{intent}"}},
            },
        }
        if self.has_logs:
            endpoints["logs"] = {"url": "/api/v1/jobs/{job_id}/log", "live": True}
        return {
            "base_url": self.url,
            "auth": {"type": "bearer", "token": token or self.token},
            "timeout": 2,
            "endpoints": endpoints,
            "states": dict(STATES),
            "webhooks": {
                "type": "token",
                "header": "X-Bell-Token",
                "token": webhook_token or self.webhook_token,
                "id": "delivery",
                "run_id": "build.id",
            },
        }

    def add_build(self, workflow: str, branch: str, commit: str, inputs: dict[str, str], intent: str) -> Build:
        """Make a build and its first attempt (the lock is held)."""
        number = len(self.builds) + 1
        commit = commit or self.heads.get(branch) or hashlib.sha1(branch.encode(), usedforsecurity=False).hexdigest()
        build = Build(f"b-{number}", workflow, branch, commit, inputs, intent, number)
        build.attempts.append(Attempt(self._next_outcome(build), 1))
        self.builds[build.id] = build
        return build

    def accept(self, wish: dict[str, Any]) -> Build:
        """Do a trigger (the lock is held)."""
        params = wish.get("params") or {}
        build = self.add_build(wish["pipeline"], wish.get("branch", ""), wish.get("commit", ""), params, wish["tag"])
        self.triggers.append(
            TriggerRecord(build.id, build.workflow, build.branch, build.commit, build.inputs, build.intent)
        )
        return build

    def repeat(self, build: Build, scope: str, intent: str) -> Build:
        """Repeat a build as `retries` says (the lock is held)."""
        if self.retries_as == "run":
            repeated = self.add_build(build.workflow, build.branch, build.commit, build.inputs, intent)
        else:
            repeated = build
            build.attempts.append(Attempt(self._next_outcome(build), len(build.attempts) + 1))
        self.retries.append(RetryRecord(build.id, scope, intent, repeated.id, repeated.last.number))
        return repeated

    def take_fault(self, operation: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self.lock:
            for fault in self._faults:
                if fault.times > 0 and fault.on in {operation, "any"}:
                    fault.times -= 1
                    return fault
        return None

    def take_hook(self, operation: str) -> Hook | None:
        """What is to be called at this request, if anything."""
        with self.lock:
            for hook in self._hooks:
                if hook.on in {operation, "any"}:
                    self._hooks.remove(hook)
                    return hook
        return None

    def _next_outcome(self, build: Build) -> Outcome:
        for workflow, branch, outcomes in self._scripts:
            if fnmatchcase(build.workflow, workflow) and fnmatchcase(build.branch, branch) and outcomes:
                return outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        return Outcome()

    def _find(self) -> dict[str, str]:
        return {"url": "/api/v1/builds?tag={intent}", "run_id": "builds[0].id"}
