"""The fake's two listeners (API with git; the storage that redirects lead to), its state, and what tests do to it."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import jwt

from tests.fakes import git_http
from tests.fakes.faulty import Faulty, failed
from tests.fakes.git_files import commit_files, make_bare
from tests.fakes.github import routes, workflows
from tests.fakes.github.state import FakeAttempt, FakeJob, FakePull, FakeRepo, FakeRun, Hook, new_id, user
from tests.fakes.http import Refused, Reply, Seen, listen


@dataclass
class FakeApp:
    """The App that is registered at the fake."""

    id: int
    slug: str
    private_key: str
    public_key: str
    webhook_secret: str
    permissions: dict[str, str] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)


@dataclass
class FakeInstallation:
    """An account that installed it."""

    id: int
    account: str
    repositories: list[str]
    state: str = "active"


class FakeGitHub(Faulty):
    """A GitHub on loopback. Use as a context manager; `root` is where repositories are kept.

    `requests` are those that came to the API, in order; `ledger` holds every write that was carried out. `outbox` are
    the webhooks that were not handed over yet: see `pump`.
    """

    def __init__(self, root: Path, *, app: FakeApp | None = None) -> None:
        super().__init__()
        self.root, self.app = root, app
        self.repos: dict[str, FakeRepo] = {}
        self.installations: dict[int, FakeInstallation] = {}
        self.tokens: dict[str, str] = {}
        self.issued: dict[str, tuple[int, datetime]] = {}
        self.people: dict[str, str] = {}
        self.manifests: dict[str, dict[str, Any]] = {}
        self.ledger: list[tuple[str, str]] = []
        self.outbox: list[Hook] = []
        self.deliveries: list[dict[str, Any]] = []
        self.sent: dict[str, Hook] = {}
        self.files: dict[str, bytes] = {}
        self.file_requests: list[Seen] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.takes_flag = True
        self.knows_attempts = True
        self.remaining = 5000
        self.most_patch_lines = 3000
        self._runners: dict[int, workflows.Runner] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._api = listen(lambda seen: self.respond(seen, self._truth))
        self._storage = listen(lambda seen: self._serve_file(seen))
        return self

    def __exit__(self, *_: object) -> None:
        for runner in self._runners.values():
            runner.cancel()
        self.wait_idle()
        for server in (self._api, self._storage):
            server.shutdown()
            server.server_close()

    @property
    def base_url(self) -> str:
        """The address of the API, and of git."""
        return f"http://127.0.0.1:{self._api.server_address[1]}"

    @property
    def storage_url(self) -> str:
        """The address of the storage that redirects lead to."""
        return f"http://127.0.0.1:{self._storage.server_address[1]}"

    def add_repo(
        self, full_name: str, files: dict[str, str] | None = None, *, default_branch: str = "main"
    ) -> FakeRepo:
        """A repository; with `files` it has code, in one commit, which starts no run."""
        repo = FakeRepo(full_name, default_branch=default_branch)
        self.repos[full_name.lower()] = repo
        if files is not None:
            repo.git_dir = self.root / f"{full_name}.git"
            make_bare(repo.git_dir, default_branch)
            self.commit(repo, files, quiet=True)
        return repo

    def commit(
        self, repo: FakeRepo, files: dict[str, str], *, branch: str = "", quiet: bool = False, base: str = ""
    ) -> str:
        """Commit files to a branch, as a person who pushes; gives the commit. `quiet`: no events."""
        branch = branch or repo.default_branch
        before = git_http.heads(repo.git_dir)
        assert repo.git_dir is not None
        start = branch if branch in before else base or repo.default_branch
        commit_files(repo.git_dir, self.root / f"work-{new_id()}", files, branch, start if before else "")
        if not quiet:
            self.pushed(repo, before, by="ada")
        return git_http.heads(repo.git_dir)[branch]

    def install(self, account: str, repositories: list[str]) -> FakeInstallation:
        """Somebody installs the App."""
        made = FakeInstallation(new_id(), account, repositories)
        self.installations[made.id] = made
        self.tell_installation("created", made)
        return made

    def tell_installation(self, action: str, installation: FakeInstallation, **extra: Any) -> None:
        """Put an event of an installation into the outbox."""
        named = [{"id": 1, "full_name": name} for name in installation.repositories]
        self.emit(
            "installation",
            {"action": action, "installation": routes.installation(installation), "repositories": named} | extra,
        )

    def pushed(self, repo: FakeRepo, before: dict[str, str], *, by: str) -> None:
        """Branches moved: events, and runs."""
        for branch, sha in git_http.heads(repo.git_dir).items():
            if before.get(branch) == sha:
                continue
            self.emit(
                "push", routes.with_repo(repo, {"ref": f"refs/heads/{branch}", "after": sha, "deleted": False}), by=by
            )
            self.start_for(repo, "push", branch, sha, by=by)
            for pull in repo.pulls:
                if pull.head == branch and pull.state == "open" and not pull.head_repository:
                    pull.head_sha = sha
                    self.pull_event("synchronize", pull, by=by)

    def open_pull(
        self,
        repo: FakeRepo,
        *,
        head: str,
        base: str = "",
        title: str = "A change",
        body: str = "",
        by: str = "ada",
        fork: str = "",
        sha: str = "",
    ) -> FakePull:
        """Open a pull request; `fork` names the repository that its branch is in, `sha` its head there."""
        number = len(repo.pulls) + len(repo.comments) + 1
        head_sha = sha or git_http.heads(repo.git_dir)[head]
        pull = FakePull(
            repo, number, title, body, head, base or repo.default_branch, head_sha, by, head_repository=fork
        )
        repo.pulls.append(pull)
        self.pull_event("opened", pull, by=by)
        return pull

    def pull_event(self, action: str, pull: FakePull, *, by: str) -> None:
        """Tell of a pull request; its opening and its commits start runs."""
        self.emit(
            "pull_request",
            routes.with_repo(pull.repo, {"action": action, "number": pull.number, "pull_request": pull.json()}),
            by=by,
        )
        if action in {"opened", "synchronize"}:
            self.start_for(pull.repo, "pull_request", pull.head, pull.head_sha, by=by, fork=pull.head_repository)

    def start_for(self, repo: FakeRepo, event: str, branch: str, sha: str, *, by: str, fork: str = "") -> None:
        """Start the workflows that run on an event."""
        for workflow in workflows.workflows_at(repo, sha):
            if event in workflow.events:
                self.start(repo, workflow, event, branch, sha, by=by, fork=fork)

    def start(
        self,
        repo: FakeRepo,
        workflow: workflows.Workflow,
        event: str,
        branch: str,
        sha: str,
        *,
        by: str,
        inputs: dict[str, str] | None = None,
        fork: str = "",
    ) -> FakeRun:
        """Start a run that really runs, in a thread."""
        run = self.add_run(
            repo,
            workflow.file,
            event=event,
            branch=branch,
            sha=sha,
            actor=by,
            title=workflow.title(inputs or {}),
            jobs=workflow.jobs(),
            fork=fork,
        )
        self._work(run, workflow)
        return run

    def add_run(
        self,
        repo: FakeRepo,
        workflow: str = "ci.yml",
        *,
        event: str = "push",
        branch: str = "main",
        sha: str = "c0ffee" * 6 + "c0ff",
        actor: str = "ada",
        title: str = "",
        jobs: list[FakeJob] | None = None,
        fork: str = "",
    ) -> FakeRun:
        """A run that a test moves on by hand: see `advance`."""
        now = self.now()
        run = FakeRun(repo, workflow, event, branch, sha, actor, now, title, head_repository=fork)
        run.attempts.append(FakeAttempt(1, now, now, actor, jobs=jobs if jobs is not None else [FakeJob("unit")]))
        repo.workflow_id(workflow)
        repo.runs[run.id] = run
        self.run_event("requested", run)
        return run

    def advance(self, run: FakeRun, status: str, conclusion: str | None = None) -> None:
        """Move a run on, its jobs with it."""
        attempt, now = run.latest, self.now()
        attempt.status, attempt.conclusion, attempt.updated_at = status, conclusion, now
        for job in attempt.jobs:
            if job.status != "completed":
                job.started_at = job.started_at or now
                job.status, job.conclusion = status, conclusion
                job.completed_at = now if status == "completed" else None
                self.job_event(status, run, attempt, job)
        self.run_event(status, run)

    def run_event(self, action: str, run: FakeRun) -> None:
        """Tell of a run."""
        self.emit("workflow_run", routes.with_repo(run.repo, {"action": action, "workflow_run": run.json()}))

    def job_event(self, action: str, run: FakeRun, attempt: FakeAttempt, job: FakeJob) -> None:
        """Tell of a job."""
        self.emit(
            "workflow_job", routes.with_repo(run.repo, {"action": action, "workflow_job": run.job_json(job, attempt)})
        )

    def comment(
        self, repo: FakeRepo, number: int, body: str, *, by: str, association: str = "COLLABORATOR"
    ) -> dict[str, Any]:
        """Somebody comments on a pull request."""
        made = routes.new_comment(self, repo, number, body, by=by)
        issue = {"number": number, "pull_request": {"url": "x"}}
        self.emit(
            "issue_comment",
            routes.with_repo(
                repo, {"action": "created", "issue": issue, "comment": made | {"author_association": association}}
            ),
            by=by,
        )
        return made

    def press(self, repo: FakeRepo, check: dict[str, Any], identifier: str, *, by: str) -> None:
        """Somebody presses a button of a check."""
        assert identifier in [button["identifier"] for button in check["actions"]], f"no button {identifier}"
        payload = {"action": "requested_action", "check_run": check, "requested_action": {"identifier": identifier}}
        self.emit("check_run", routes.with_repo(repo, payload), by=by)

    def rerun(self, run: FakeRun, jobs: list[FakeJob], *, by: str) -> None:
        """The next attempt: these jobs run again, the others are as they were."""
        now, last = self.now(), run.latest
        again = {job.id for job in jobs}
        fresh = [_fresh(job) if job.id in again else job for job in last.jobs]
        run.attempts.append(FakeAttempt(last.number + 1, now, now, by, jobs=fresh))
        self.run_event("requested", run)
        found = (
            [one for one in workflows.workflows_at(run.repo, run.head_sha) if one.file == run.workflow]
            if run.repo.git_dir
            else []
        )
        if found:
            self._work(run, found[0])

    def emit(self, event: str, payload: dict[str, Any], *, by: str = "ada") -> None:
        """Put a webhook into the outbox."""
        if self.app is None:
            return
        guid = f"{new_id():08x}-0000-4000-8000-000000000000"
        hook = Hook(event, payload | {"sender": user(by)}, guid, self.app.webhook_secret)
        with self.lock:
            self.sent[guid] = hook
            self.outbox.append(hook)

    def pump(self, post: Callable[[Hook], int]) -> int:
        """Hand over what is in the outbox: `post` gives the status code. Gives how many there were."""
        with self.lock:
            hooks, self.outbox = self.outbox, []
        for hook in hooks:
            status = post(hook)
            self.deliveries.insert(0, self._delivery(hook, status))
        return len(hooks)

    def _delivery(self, hook: Hook, status: int) -> dict[str, Any]:
        return {
            "id": new_id(),
            "guid": hook.guid,
            "delivered_at": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "redelivery": hook.redelivery,
            "duration": 0.1,
            "status": "OK" if status < 300 else "Invalid HTTP Response",
            "status_code": status,
            "event": hook.event,
            "action": hook.payload.get("action"),
            "installation_id": None,
            "repository_id": None,
        }

    def wait_idle(self, seconds: float = 60) -> None:
        """Until no workflow runs."""
        deadline = time.monotonic() + seconds
        while threads := [thread for thread in self._threads if thread.is_alive()]:
            threads[0].join(max(0.1, deadline - time.monotonic()))
            assert time.monotonic() < deadline, "a workflow runs on"

    def cancel_run(self, run: FakeRun) -> None:
        """End a run that is canceled."""
        if run.id in self._runners:
            self._runners[run.id].cancel()
        else:
            self.advance(run, "completed", "cancelled")

    def store(self, name: str, data: bytes) -> str:
        """Put a file where redirects lead to; gives its address."""
        key = f"/{name}-{new_id()}"
        self.files[key] = data
        return f"{self.storage_url}{key}?sig=secret"

    def issue_token(self, installation: int) -> tuple[str, datetime]:
        """A token of an installation, in the long form, good for an hour."""
        expires = self.now() + timedelta(hours=1)
        token = f"ghs_{self.app.id if self.app else 0}_" + hashlib.sha256(f"{new_id()}".encode()).hexdigest() * 5
        self.issued[token] = (installation, expires)
        return token, expires

    def _work(self, run: FakeRun, workflow: workflows.Workflow) -> None:
        attempt = run.latest
        runner = workflows.Runner(
            run, workflow, now=self.now, tell=lambda action, job: self.job_event(action, run, attempt, job)
        )
        self._runners[run.id] = runner

        def work() -> None:
            attempt.status = "in_progress"
            self.run_event("in_progress", run)
            runner.work(attempt)
            conclusions = {job.conclusion for job in attempt.jobs}
            attempt.conclusion = next((one for one in ("cancelled", "failure") if one in conclusions), "success")
            attempt.status, attempt.updated_at = "completed", self.now()
            del self._runners[run.id]
            self.run_event("completed", run)

        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _truth(self, seen: Seen) -> Reply:
        seen.identity = self._identity(seen)
        git = re.fullmatch(r"/([^/]+/[^/]+)\.git(/.*)", seen.path)
        if git:
            return self._git(seen, self.repos[git[1].lower()], git[2])
        with self.lock:
            return self._conditional(seen, routes.dispatch(self, seen))

    def _conditional(self, seen: Seen, reply: Reply) -> Reply:
        if seen.method != "GET" or reply.status != 200 or reply.content is None:
            return reply
        etag = f'W/"{hashlib.sha256(reply.body).hexdigest()}"'
        if seen.headers.get("if-none-match") == etag:
            return Reply(304, headers={"ETag": etag})
        self.remaining -= 1
        return Reply(200, reply.content, {**reply.headers, "ETag": etag, "X-RateLimit-Remaining": f"{self.remaining}"})

    def _git(self, seen: Seen, repo: FakeRepo, rest: str) -> Reply:
        if not seen.identity:
            raise Refused(401, "no credentials", **{"WWW-Authenticate": 'Basic realm="git"'})
        before = git_http.heads(repo.git_dir)
        reply = git_http.serve(repo.git_dir, seen, rest)
        if rest == "/git-receive-pack":
            self.ledger += [
                ("push", branch) for branch, sha in git_http.heads(repo.git_dir).items() if before.get(branch) != sha
            ]
            with self.lock:
                self.pushed(repo, before, by=seen.identity)
        return reply

    def _identity(self, seen: Seen) -> str:
        """Who asks: "app", "installation:5", a login; "" for nobody."""
        kind, _, given = seen.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            given = base64.b64decode(given).decode().partition(":")[2]
        if not given:
            return ""
        if given in self.tokens:
            return self.tokens[given]
        if given in self.issued:
            number, expires = self.issued[given]
            installation = self.installations.get(number)
            if expires <= self.now() or installation is None or installation.state != "active":
                raise Refused(401, "Bad credentials")
            return f"{self.app.slug if self.app else ''}[bot]"
        return self._jwt(given)

    def _jwt(self, given: str) -> str:
        if self.app is None:
            raise Refused(401, "Bad credentials")
        try:
            claims = jwt.decode(
                given, self.app.public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.InvalidTokenError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        if claims["iss"] != f"{self.app.id}" or not claims["iat"] <= self.now().timestamp() + 60 <= claims["exp"] + 60:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        return "app"

    def _serve_file(self, seen: Seen) -> Reply | None:
        self.file_requests.append(seen)
        if "authorization" in seen.headers:
            return Reply(403, raw=b"<Error>AuthenticationFailed</Error>")
        fault = self.due(seen)
        if fault is not None and fault.truncate:
            return Reply(200, raw=self.files[seen.path], headers={"X-Truncate": "1"})
        if fault is not None:
            return failed(fault)
        return Reply(200, raw=self.files[seen.path]) if seen.path in self.files else Reply(404, raw=b"")


def _fresh(job: FakeJob) -> FakeJob:
    steps = [type(step)(step.name, step.number) for step in job.steps]
    return FakeJob(job.name, job.key, steps=steps)
