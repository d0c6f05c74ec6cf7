"""A story: a CI server, a connection to it, real clusters at work, and what must have come of it in the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from ci_integrations.configfile import ConnectionSpec, RepositorySpec
from ci_integrations.models import (
    Action,
    Delivery,
    FlakyEvidence,
    Job,
    JobLog,
    LogFinding,
    Repository,
    Run,
    TestResult,
)
from ci_integrations.services import control, follow
from ci_integrations.services.connections import connect
from ci_integrations.services.queue import FIX, IO, enqueue
from fixers.models import FixAttempt, FixEvent
from tests.fakes.ci_server import FakeCI
from tests.stories.clusters import Clusters

Seen = dict[str, Any]
SWEEPS: Final = ("ci_integrations.tasks.sweep_all", "fixers.tasks.sweep_fixes")
TASKS: Final[dict[str, type[Model]]] = {
    "ci_integrations.tasks.process_delivery": Delivery,
    "ci_integrations.tasks.poll_run": Run,
    "ci_integrations.tasks.collect_run": Run,
    "ci_integrations.tasks.perform_action": Action,
    "fixers.tasks.triage_run": Run,
    "fixers.tasks.run_fix": FixAttempt,
}
CLUSTERS: Final = {"ci_integrations.tasks.collect_run": IO, "fixers.tasks.run_fix": FIX}
SWEEP_EVERY: Final = 0.5
LOOK_EVERY: Final = 0.05
DEADLINE: Final = 45.0
# A poll that was cut off is due again after a minute; here that minute is over after one look.
SOON: Final = timedelta(seconds=4)


def connect_to(server: FakeCI, *, clone_url: str = "", timeout: float = 5) -> Repository:
    """The repository `sample` on a fake server, connected. Its times are left to ours: the fake's are long past."""
    config = server.config()
    config["timeout"] = timeout
    config["endpoints"]["status"]["fields"] |= dict.fromkeys(("created", "started", "finished"), "not_told")
    spec = ConnectionSpec(
        name="fake",
        provider="custom",
        config=config,
        repositories=(RepositorySpec("sample", "acme/sample", clone_url, "main"),),
        place="orchestrate.yaml: ci",
    )
    return connect(spec).repositories.get()


@dataclass
class Stage:
    """One story on its stage. `heads` gives the branches of the repository's remote."""

    clusters: Clusters
    server: FakeCI
    repository: Repository
    heads: Callable[[], dict[str, str]] = field(default=dict)

    def trigger(self, *, branch: str = "main", commit: str = "") -> None:
        """Ask for a run, as a person would."""
        control.trigger(
            self.repository, workflow="ci", branch=branch, commit_sha=commit, requested_by="me", idempotency_key="k"
        )

    def push(self, *, commit: str) -> None:
        """Let a push start a run at the server, and the server's webhook ring."""
        run_id = self.server.start_outside("ci", commit=commit)
        headers, body = self.server.webhook(run_id)
        connection = self.repository.connection
        answer = Client().post(
            reverse("webhook", args=[connection.provider, connection.key]),
            data=body,
            content_type="application/json",
            headers={"X-Bell-Token": headers["X-Bell-Token"]},
        )
        assert answer.status_code == 202

    def play(self, expected: Seen) -> None:
        """Let the clusters work until all is as expected, have every task run once more, and look again.

        Nothing of a fix may be left on the machine then.
        """
        self._work_until(lambda: self.seen() == expected)
        assert self.seen() == expected
        _deliver_again()
        self._work_until(_is_idle, sweep=False)
        assert _is_idle()
        assert self.seen() == expected
        assert self.clusters.left_of_fixes() == []

    def seen(self) -> Seen:
        """Everything that must be the same whatever was killed on the way, with ids taken out of it."""
        runs = list(Run.objects.select_related("triage").order_by("created_at", "attempt", "id"))
        return {
            "runs": [_run(run) for run in runs],
            "rows": {
                model.__name__: model._default_manager.count()
                for model in (Job, JobLog, LogFinding, TestResult, FlakyEvidence, Delivery)
            },
            "actions": [
                (row.kind, row.state, row.result_run.attempt if row.result_run else None)
                for row in Action.objects.select_related("result_run").order_by("id")
            ],
            "decisions": FixEvent.objects.filter(kind="decision").count(),
            "attempts": [
                (row.strategy, row.ordinal, row.state, row.branch == f"orchestrate/fix/{row.triage.run_id}-1")
                for row in FixAttempt.objects.select_related("triage").order_by("id")
            ],
            "open": _open(),
            "triggered": [record.branch.partition("fix/")[0] for record in self.server.triggers],
            "retried": len(self.server.retries),
            "branches": sorted(name.partition("fix/")[0] for name in self.heads()),
        }

    def _work_until(self, done: Callable[[], bool], *, sweep: bool = True) -> None:
        deadline = time.monotonic() + DEADLINE
        next_sweep = time.monotonic()
        while not done() and time.monotonic() < deadline:
            if sweep and time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + SWEEP_EVERY
                _let_a_minute_pass()
            time.sleep(LOOK_EVERY)


def _let_a_minute_pass() -> None:
    """Do what the schedules do each minute, and let time be up for polls that were cut off."""
    Run.objects.filter(settled_at=None, poll_at__gt=timezone.now() + SOON).update(poll_at=timezone.now())
    if OrmQ.objects.filter(key="orchestrate", lock__lte=timezone.now()).count() < len(SWEEPS):
        for task in SWEEPS:
            async_task(task)


def _is_idle() -> bool:
    """Nothing waits but the next listing, which goes on for ever."""
    return all(row.task["func"] == follow.LIST_TASK and row.lock > timezone.now() for row in OrmQ.objects.all())


def _deliver_again() -> None:
    """What nobody acknowledged is due now, and what was is on the queue once more."""
    OrmQ.objects.update(lock=timezone.now())
    for task, model in TASKS.items():
        for key in model._default_manager.values_list("pk", flat=True):
            enqueue(task, key, cluster=CLUSTERS.get(task, ""))


def _run(run: Run) -> tuple[Any, ...]:
    triage = getattr(run, "triage", None)
    branch = run.branch.partition("fix/")[0]
    return (branch, run.attempt, run.state, run.settled_at is not None, triage.decision if triage else None)


def _open() -> int:
    """Work that is not done, or was given up."""
    dead = sum(model._default_manager.exclude(dead_at=None).count() for model in (Delivery, Action, Run))
    leased = sum(model._default_manager.exclude(leased_until=None).count() for model in (Delivery, Action, Run))
    return dead + leased + Delivery.objects.filter(done_at=None).count() + Run.objects.exclude(last_error="").count()
