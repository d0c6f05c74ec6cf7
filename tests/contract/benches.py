"""A bench for each provider, over the fake of its server."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from ci_integrations.domain import Capability, JobRef, RepoRef, RunRef, State, TriggerRequest
from ci_integrations.errors import AuthFailed, ProviderError, RateLimited, Unavailable
from ci_integrations.providers.base import CIProvider, ConnectionConfig
from ci_integrations.providers.circleci.provider import CAPABILITIES as OF_CIRCLECI
from ci_integrations.providers.github.provider import CAPABILITIES as OF_GITHUB
from ci_integrations.providers.gitlab.provider import CAPABILITIES as OF_GITLAB
from ci_integrations.providers.gitlab.provider import GitLabProvider
from ci_integrations.providers.http_errors import retry_after
from tests import circleci as of_circleci
from tests import github as of_github
from tests.ci_integrations.providers import connections as of_custom
from tests.contract.bench import LOG, Bench, Wish
from tests.fakes.ci_server import FakeCI, Outcome
from tests.fakes.circleci import FakeArtifact, FakeCircleCI, FakePipeline
from tests.fakes.circleci import FakeJob as CircleJob
from tests.fakes.github import FakeGitHub
from tests.fakes.github import FakeJob as GitHubJob
from tests.fakes.github.app import make_app
from tests.fakes.github.state import FakeArtifact as GitHubArtifact
from tests.fakes.gitlab import FakeGitLab
from tests.fakes.gitlab import FakeJob as GitLabJob
from tests.fakes.gitlab import FakePipeline as GitLabPipeline
from tests.fakes.memory import EVERYTHING, MemoryProvider, MemoryServer, lost_answer

REPORT: Final = b"<testsuite/>"
HEARING: Final = Capability.WEBHOOKS | Capability.HEARS_STARTS
GITLAB_TOKEN: Final = "glpat-contract-4711-secret"
GITLAB_SECRET: Final = "hook-secret-of-the-contract"
OUTCOMES: Final = {State.SUCCESS: "success", State.FAILURE: "failure"}


def zipped(data: bytes) -> bytes:
    """A zip that holds `report.xml`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("report.xml", data)
    return made.getvalue()


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names in lower case, as the doorbell hands them on."""
    return {name.lower(): value for name, value in headers.items()}


class MemoryBench:
    """The in-memory server, which is in this process: no request can be broken, so its answers are raised."""

    can: ClassVar[Capability] = EVERYTHING
    secret = "-none-"

    def __init__(self) -> None:
        self.repo = RepoRef("repo")
        self.server = MemoryServer("contract")
        self.number = 0

    @classmethod
    @contextmanager
    def open(cls, place: Path) -> Iterator["MemoryBench"]:
        yield cls()

    def connect(self, **config: object) -> CIProvider:
        return MemoryProvider(ConnectionConfig("memory", {"server": "contract"} | config, "here", ("repo",)))

    def begin(self) -> RunRef:
        return self._add(State.RUNNING)

    def block(self) -> RunRef:
        return self._add(State.BLOCKED)

    def _add(self, state: State) -> RunRef:
        self.number += 1
        run = self.server.add_run(f"{self.number}", state)
        run.logs[f"{self.number}-job"] = LOG
        return run.data.ref

    def end(self, ref: RunRef, state: State) -> None:
        run = self.server.finish(ref.external_id, state, attempt=ref.attempt)
        run.data = replace(run.data, raw_state=state.value)
        run.artifacts["report.xml"] = REPORT

    def wish(self, intent: str = "1f") -> TriggerRequest:
        return TriggerRequest(self.repo, "ci", "main", intent_id=intent)

    def job(self, ref: RunRef) -> JobRef:
        return JobRef(ref, f"{ref.external_id}-job")

    def done(self, wish: Wish) -> int:
        return sum(kind == wish for kind, _ in self.server.ledger)

    def lose(self, wish: Wish, *, done: bool) -> None:
        self.server.fail_next(wish, lost_answer(), after_effect=done)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        kinds: dict[int, type[ProviderError]] = {401: AuthFailed, 429: RateLimited}
        error = kinds.get(status, Unavailable)("refused", retry_after=retry_after(headers))
        self.server.fail_next("get_run", error, times=9)

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        body = {"id": "d1", "run": ref.external_id, "attempt": ref.attempt}
        return {"x-token": "good"}, json.dumps(body).encode()


class CustomBench:
    """A server described in YAML."""

    can: ClassVar[Capability] = (
        HEARING
        | Capability.LIST_RUNS
        | Capability.TRIGGER
        | Capability.INPUTS
        | Capability.CANCEL
        | Capability.RETRY_ALL
        | Capability.RETRY_FAILED
        | Capability.RETRY_JOB
        | Capability.JOBS
        | Capability.LOGS
        | Capability.LIVE_LOG
        | Capability.ARTIFACTS
    )

    def __init__(self, server: FakeCI) -> None:
        self.server, self.repo, self.secret = server, of_custom.REPO, server.token
        server.script("*", [Outcome(log=LOG.decode(), junit=REPORT, holds=True)])

    @classmethod
    @contextmanager
    def open(cls, place: Path) -> Iterator["CustomBench"]:
        with FakeCI() as server:
            yield cls(server)

    def connect(self, **config: object) -> CIProvider:
        return of_custom.connect(self.server.config() | config)

    def begin(self) -> RunRef:
        return RunRef(self.repo, self.server.start_outside("unit"))

    def block(self) -> RunRef:
        raise NotImplementedError("this server lets nothing wait")

    def end(self, ref: RunRef, state: State) -> None:
        self.server.finish(ref.external_id, {State.SUCCESS: "green", State.FAILURE: "red"}[state])

    def wish(self, intent: str = "1f") -> TriggerRequest:
        return TriggerRequest(self.repo, "unit", "main", intent_id=intent)

    def job(self, ref: RunRef) -> JobRef:
        return JobRef(ref, f"{ref.external_id}.{ref.attempt}.unit")

    def done(self, wish: Wish) -> int:
        done = self.server
        return {"trigger": len(done.triggers), "retry": len(done.retries), "cancel": len(done.cancels)}.get(wish, 0)

    def lose(self, wish: Wish, *, done: bool) -> None:
        assert wish != "approve"
        self.server.fail_next("502_after" if done else "502_before", on=wish)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.server.answer_all(status, dict(headers))

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        headers, body = self.server.webhook(ref.external_id)
        return lower(headers), body


class GitHubBench:
    """GitHub with an App."""

    can: ClassVar[Capability] = OF_GITHUB | HEARING | Capability.INSTALLATIONS

    def __init__(self, server: FakeGitHub) -> None:
        self.server, self.repo = server, of_github.REPO
        assert server.app is not None
        self.secret = server.app.webhook_secret
        self.shop = server.add_repo(of_github.NAME)
        server.install("acme", [of_github.NAME])

    @classmethod
    @contextmanager
    def open(cls, place: Path) -> Iterator["GitHubBench"]:
        with FakeGitHub(place / "github", app=make_app()) as server:
            yield cls(server)

    def connect(self, **config: object) -> CIProvider:
        return of_github.provider_for(self.server, of_github.config_of(self.server, **config))

    def begin(self) -> RunRef:
        run = self.server.add_run(self.shop, jobs=[GitHubJob("unit")])
        self.server.advance(run, "in_progress")
        return RunRef(self.repo, f"{run.id}")

    def block(self) -> RunRef:
        raise NotImplementedError("people let go on what waits")

    def end(self, ref: RunRef, state: State) -> None:
        run = self.shop.runs[int(ref.external_id)]
        run.latest.jobs[0].log = LOG
        self.server.advance(run, "completed", OUTCOMES[state])
        self.shop.artifacts.append(GitHubArtifact(run, "report", zipped(REPORT), self.server.now()))

    def wish(self, intent: str = "1f") -> TriggerRequest:
        return TriggerRequest(self.repo, "ci.yml", "main", intent_id=intent)

    def job(self, ref: RunRef) -> JobRef:
        return JobRef(ref, f"{self.shop.runs[int(ref.external_id)].attempts[ref.attempt - 1].jobs[0].id}")

    def done(self, wish: Wish) -> int:
        kinds = {"trigger": {"dispatch"}, "retry": {"rerun"}, "cancel": {"cancel", "force-cancel"}}
        return sum(kind in kinds.get(wish, ()) for kind, _ in self.server.ledger)

    def lose(self, wish: Wish, *, done: bool) -> None:
        self.server.fail_next("POST", "/actions/", status=502, after_effect=done)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.server.fail_next("GET", "/actions/", status=status, headers=dict(headers), times=99)

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        hook = next(
            hook
            for hook in reversed(self.server.outbox)
            if hook.event == "workflow_run" and hook.payload["action"] == "completed"
        )
        return lower(hook.headers), hook.body


class GitLabBench:
    """GitLab with a project token and both kinds of secrets."""

    can: ClassVar[Capability] = OF_GITLAB | HEARING | Capability.INSTALLS_WEBHOOKS
    secret = GITLAB_TOKEN

    def __init__(self, server: FakeGitLab) -> None:
        self.server, self.repo = server, RepoRef("acme/shop")
        server.add_person("ada")
        server.add_token(GITLAB_TOKEN, "ada", scopes=("api",))
        self.shop = server.add_project("acme/shop")
        self.shop.members["ada"] = 40
        server.add_hook(self.shop, "https://us/hook", token=GITLAB_SECRET)

    @classmethod
    @contextmanager
    def open(cls, place: Path) -> Iterator["GitLabBench"]:
        with FakeGitLab(place / "gitlab", prefix="/gitlab") as server:
            yield cls(server)

    def connect(self, **config: object) -> CIProvider:
        own = {"base_url": self.server.base_url, "token": GITLAB_TOKEN, "webhook_secret": GITLAB_SECRET}
        return GitLabProvider(ConnectionConfig("gitlab", own | config, "orchestrate.yaml: ci", ("acme/shop",)))

    def begin(self) -> RunRef:
        made = self.server.add_pipeline(self.shop, jobs=[GitLabJob("unit")])
        self.server.advance(made, "running")
        self.server.append_trace(made.latest[0], LOG)
        return RunRef(self.repo, f"{made.id}")

    def block(self) -> RunRef:
        made = self.server.add_pipeline(self.shop, jobs=[GitLabJob("deploy", status="manual")])
        self.server.advance(made, "manual")
        return RunRef(self.repo, f"{made.id}")

    def end(self, ref: RunRef, state: State) -> None:
        made = self._pipeline(ref)
        job = made.latest[0]
        job.archive = zipped(REPORT)
        if state is State.SUCCESS:
            self.server.advance(made, "success")
        else:
            self.server.advance(made, "failed", "script_failure")

    def wish(self, intent: str = "1f") -> TriggerRequest:
        return TriggerRequest(self.repo, "", "main", intent_id=intent)

    def job(self, ref: RunRef) -> JobRef:
        return JobRef(ref, f"{self._pipeline(ref).latest[0].id}")

    def done(self, wish: Wish) -> int:
        kinds = {"trigger": {"pipeline"}, "retry": {"retry", "retry-job"}, "cancel": {"cancel"}, "approve": {"play"}}
        return sum(kind in kinds[wish] for kind, _ in self.server.ledger)

    def lose(self, wish: Wish, *, done: bool) -> None:
        self.server.fail_next("POST", ".", status=502, after_effect=done)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.server.fail_next("GET", ".", status=status, headers=dict(headers), raw=b"Retry later\n", times=99)

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        hook = next(hook for hook in reversed(self.server.outbox) if hook.payload["object_kind"] == "pipeline")
        return lower(hook.headers), hook.body

    def _pipeline(self, ref: RunRef) -> GitLabPipeline:
        return self.shop.pipelines[int(ref.external_id)]


class CircleCIBench:
    """CircleCI with a personal token."""

    can: ClassVar[Capability] = OF_CIRCLECI | Capability.WEBHOOKS | Capability.INSTALLS_WEBHOOKS
    secret = of_circleci.TOKEN

    def __init__(self, server: FakeCircleCI) -> None:
        self.server, self.repo = server, of_circleci.REPO
        server.add_token(of_circleci.TOKEN, "ada")
        self.shop = server.add_project(of_circleci.NAME)
        server.add_hook(self.shop, "https://us/hook", of_circleci.SECRET)
        self.pipelines: dict[str, FakePipeline] = {}

    @classmethod
    @contextmanager
    def open(cls, place: Path) -> Iterator["CircleCIBench"]:
        with FakeCircleCI(place / "circleci") as server:
            yield cls(server)

    def connect(self, **config: object) -> CIProvider:
        return of_circleci.provider_for(self.server, **({"correlation_parameter": "orchestrate_id"} | config))

    def begin(self) -> RunRef:
        made = self._add(CircleJob("unit"))
        self.server.advance(made.workflows[0], "running")
        self.server.write(self.server.add_step(made.workflows[0].job("unit"), "Run tests"), LOG)
        return of_circleci.run_of(made)

    def block(self) -> RunRef:
        made = self._add(CircleJob("hold", type="approval"))
        self.server.advance(made.workflows[0], "on_hold")
        return of_circleci.run_of(made)

    def _add(self, job: CircleJob) -> FakePipeline:
        made = self.server.add_pipeline(self.shop, workflows={"build": [job]})
        self.pipelines[made.id] = made
        return made

    def end(self, ref: RunRef, state: State) -> None:
        workflow = self.pipelines[ref.external_id].workflows[-1]
        job = workflow.job("unit")
        job.artifacts.append(FakeArtifact("report.xml", REPORT))
        for step in job.steps:
            self.server.end_step(step, "success")
        self.server.advance(workflow, "success" if state is State.SUCCESS else "failed")

    def wish(self, intent: str = "1f") -> TriggerRequest:
        return TriggerRequest(self.repo, "", "main", intent_id=intent)

    def job(self, ref: RunRef) -> JobRef:
        return JobRef(ref, self.pipelines[ref.external_id].workflows[-1].jobs[0].id)

    def done(self, wish: Wish) -> int:
        kind = {"retry": "rerun"}.get(wish, wish)
        return sum(one == kind for one, _ in self.server.ledger)

    def lose(self, wish: Wish, *, done: bool) -> None:
        self.server.fail_next("POST", ".", status=502, after_effect=done)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.server.fail_next("GET", ".", status=status, headers=dict(headers), raw=b"slow down\n", times=99)

    def ring(self, ref: RunRef) -> tuple[dict[str, str], bytes]:
        hook = next(hook for hook in reversed(self.server.outbox) if hook.payload["type"] == "workflow-completed")
        return lower(hook.headers), hook.body


BENCHES: Final[dict[str, type[Bench]]] = {
    "memory": MemoryBench,
    "custom": CustomBench,
    "github": GitHubBench,
    "gitlab": GitLabBench,
    "circleci": CircleCIBench,
}
