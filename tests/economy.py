"""A simulated hour of a busy account, with every request counted at the fake GitHub."""

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from ci_integrations.domain import TERMINAL
from ci_integrations.models import Connection, Repository, Run
from ci_integrations.services import installations
from tests.fakes.github import FakeGitHub, FakeJob, FakeRepo, FakeRun, Hook
from tests.fakes.github.app import make_app
from tests.fakes.github.state import FakeArtifact, FakeStep
from tests.github import config_of

BEGIN: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
# Runs that end in the hour began up to a quarter of an hour before.
WARM_UP: Final = timedelta(minutes=16)
POLL: Final = timedelta(seconds=30)
JOBS, STEPS, FAILED_JOBS = 8, 10, 2
FAILING: Final = 0.2
SCHEDULE: Final = {"ci_integrations.tasks.sweep_all": 60, "ci_integrations.tasks.redeliver_all": 600}
REPORT: Final = b'<testsuite name="t" tests="1"><testcase classname="a" name="b" time="0.1"/></testsuite>'
LOG: Final = b"2026-06-01T12:00:00.0000000Z hello\n" * 50


@dataclass(frozen=True)
class Count:
    """What an hour cost. `unchanged` of the requests were answered with 304, which costs nothing of the rate limit."""

    runs: int
    requests: int
    unchanged: int
    naive: int

    @property
    def per_run(self) -> float:
        """All requests, 304s too."""
        return self.requests / self.runs

    @property
    def charged_per_run(self) -> float:
        """Those that count against the rate limit."""
        return (self.requests - self.unchanged) / self.runs

    @property
    def naive_per_run(self) -> float:
        """One listing a repository, one run call and one jobs call a live run, every 30 s."""
        return self.naive / self.runs


@dataclass
class Planned:
    """A run of the hour."""

    repo: FakeRepo
    begins: datetime
    ends: datetime
    fails: bool
    run: FakeRun | None = None


def simulate(root: Path, *, runs: int, repositories: int, webhooks: bool, seed: int = 1) -> Count:
    """Play the hour; every run has to be known with its end, its jobs and its results when it is over."""
    chance = random.Random(seed)
    with FakeGitHub(root, app=make_app()) as server, time_machine.travel(BEGIN - WARM_UP, tick=False) as clock:
        repos = [server.add_repo(f"acme/repo{number}") for number in range(repositories)]
        server.install("acme", [repo.full_name for repo in repos])
        connection = Connection.objects.create(provider="github", name="acme", config=config_of(server), place="test")
        installations.refresh(connection)
        plan = [_planned(chance, repos[number % repositories]) for number in range(runs)]
        hour = _Hour(server, connection, webhooks=webhooks)
        hour.play(plan, clock.move_to)
        _see_to_it_that_all_is_known(plan)
        counted = [seen for seen in server.requests[hour.counted_from :] if not seen.path.startswith("/app")]
        naive = sum(2 * ((one.ends - one.begins) // POLL) for one in plan) + repositories * (HOUR // POLL)
        return Count(runs, len(counted), sum(seen.status == 304 for seen in counted), naive)


def _planned(chance: random.Random, repo: FakeRepo) -> Planned:
    ends = BEGIN + HOUR * chance.random()
    return Planned(repo, ends - timedelta(minutes=chance.uniform(5, 15)), ends, chance.random() < FAILING)


class _Hour:
    def __init__(self, server: FakeGitHub, connection: Connection, *, webhooks: bool) -> None:
        self.server, self.connection, self.webhooks = server, connection, webhooks
        self.client = Client(SERVER_NAME="localhost")
        self.counted_from = 0

    def play(self, plan: list[Planned], move_to: Callable[[datetime], None]) -> None:
        """Event by event, with our tasks at their times in between."""
        events: list[tuple[datetime, str, Planned | None]] = [(one.begins, "queued", one) for one in plan]
        events += [(one.begins + timedelta(seconds=20), "in_progress", one) for one in plan]
        events += [(one.ends, "completed", one) for one in plan]
        start, end = BEGIN - WARM_UP, BEGIN + HOUR
        for task, seconds in SCHEDULE.items():
            events += [
                (start + timedelta(seconds=at), task, None)
                for at in range(0, int((end - start).total_seconds()), seconds)
            ]
        is_counting = False
        for at, what, one in sorted(events, key=lambda event: (event[0], event[1])):
            self._work_until(at, move_to)
            if at >= BEGIN and not is_counting:
                is_counting, self.counted_from = True, len(self.server.requests)
            self._happen(what, one)
        self._work_until(end, move_to)
        # What ended last is still being collected; nothing is listed any more.
        Repository.objects.update(is_active=False)
        self._work_until(end + timedelta(minutes=2), move_to)

    def _happen(self, what: str, one: Planned | None) -> None:
        if one is None:
            import_string(what)()
            return
        if what == "queued":
            one.run = self.server.add_run(one.repo, jobs=_jobs(), sha=f"{id(one):040x}"[-40:])
        elif one.run is not None:
            self._advance(one, one.run, what)
        hooks, self.server.outbox = self.server.outbox, []
        for hook in hooks if self.webhooks else []:
            self._ring(hook)

    def _advance(self, one: Planned, run: FakeRun, what: str) -> None:
        if what == "completed":
            for number, job in enumerate(run.latest.jobs):
                job.status, job.conclusion = "completed", "failure" if one.fails and number < FAILED_JOBS else "success"
                job.completed_at, job.log = self.server.now(), LOG
                self.server.job_event("completed", run, run.latest, job)
            run.repo.artifacts.append(FakeArtifact(run, "test-results", _archive(), self.server.now()))
        self.server.advance(run, what, ("failure" if one.fails else "success") if what == "completed" else None)

    def _ring(self, hook: Hook) -> None:
        address = reverse("webhook", args=["github", self.connection.key])
        answer = self.client.post(address, hook.body, content_type="application/json", headers=hook.headers)
        assert answer.status_code == 202, answer.content

    def _work_until(self, at: datetime, move_to: Callable[[datetime], None]) -> None:
        while row := OrmQ.objects.filter(lock__lte=at).order_by(F("lock").asc(nulls_first=True), "pk").first():
            task = SignedPackage.loads(row.payload)
            row.delete()
            # What is told of the commit is another account: here following is counted.
            if task["func"].startswith("fixers."):
                continue
            if row.lock > datetime.now(UTC):
                move_to(row.lock)
            import_string(task["func"])(*task["args"], **task["kwargs"])
        if at > datetime.now(UTC):
            move_to(at)


def _see_to_it_that_all_is_known(plan: list[Planned]) -> None:
    known = Run.objects.filter(state__in=TERMINAL, settled_at__isnull=False)
    assert known.count() == len(plan), f"{known.count()} of {len(plan)} runs are known with their end"
    failed = sum(one.fails for one in plan)
    assert known.filter(jobs__state="failure").distinct().count() == failed
    assert known.filter(artifacts__note="1 test results").count() == len(plan)


def _jobs() -> list[FakeJob]:
    steps = [FakeStep(f"step {number}", number, "completed", "success") for number in range(1, STEPS + 1)]
    return [FakeJob(f"job {number}", steps=list(steps)) for number in range(JOBS)]


def _archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("junit.xml", REPORT)
    return made.getvalue()
