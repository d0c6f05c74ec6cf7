"""Rows for tests, each with defaults that fit together."""

import hashlib
import io
import itertools
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from ci_integrations.domain import Outcome, State
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import (
    Action,
    Artifact,
    Connection,
    CoverageReport,
    FlakyEvidence,
    FlakyVerdict,
    Job,
    JobLog,
    LogFinding,
    PassedTests,
    Repository,
    Run,
    Step,
    TestCase,
    TestResult,
)
from ci_integrations.models.action import ActionKind
from ci_integrations.packing import Passes, pack_json
from ci_integrations.parsing.logfile import write_log
from fixers.models import AttemptState, Decision, FixAttempt, FixEvent, Triage

Files = dict[str, tuple[int, int]]
_numbers = itertools.count(1)
SHA = "4f2a91c07be3d58a6c1f0e9d2b7a8c3f5e6d1a20"


# What a server that can do everything declares.
ABLE: dict[str, Any] = {
    "trigger_url": "https://ci.example.com/trigger",
    "status_url": "https://ci.example.com/status/{run_id}",
    "endpoints": {
        "retry": {
            "failed": {"url": "https://ci.example.com/retry", "run_id": "id"},
            "all": {"url": "https://ci.example.com/all", "run_id": "id"},
        },
        "cancel": {"url": "https://ci.example.com/cancel/{run_id}"},
        "logs": {"url": "https://ci.example.com/logs/{run_id}"},
    },
}


def ago(**span: float) -> datetime:
    """A time before now."""
    return timezone.now() - timedelta(**span)


def make_connection(**fields: Any) -> Connection:
    config = {
        "trigger_url": "https://ci.example.com/trigger",
        "status_url": "https://ci.example.com/status/{run_id}",
    }
    return Connection.objects.create(
        **{"provider": "custom", "name": f"ci{next(_numbers)}", "config": config, "place": "orchestrate.yaml: ci"}
        | fields
    )


def make_repository(**fields: Any) -> Repository:
    if "connection" not in fields:
        fields["connection"] = make_connection()
    name = f"acme/shop{next(_numbers)}"
    return Repository.objects.create(**{"external_id": name, "name": name} | fields)


def make_run(state: State = State.SUCCESS, **fields: Any) -> Run:
    """A run; one with a final state has ended and is settled."""
    if "repository" not in fields:
        fields["repository"] = make_repository()
    created = fields.setdefault("created_at", ago(minutes=10))
    defaults: dict[str, Any] = {
        "external_id": str(next(_numbers)),
        "state": state,
        "workflow": "full",
        "branch": "main",
        "commit_sha": SHA,
        "event": "push",
        "title": "Count the basket twice",
        "actor": "ada",
        "started_at": created + timedelta(seconds=8),
    }
    if state.is_terminal:
        defaults |= {"finished_at": created + timedelta(seconds=95), "settled_at": created + timedelta(seconds=99)}
    return Run.objects.create(**defaults | fields)


def make_job(run: Run, state: State = State.SUCCESS, **fields: Any) -> Job:
    number = next(_numbers)
    defaults: dict[str, Any] = {"external_id": str(number), "name": f"job{number}", "started_at": run.started_at}
    return Job.objects.create(run=run, state=state, **defaults | {"finished_at": run.finished_at} | fields)


def make_step(job: Job, number: int, state: State = State.SUCCESS, **fields: Any) -> Step:
    defaults = {"name": f"step {number}", "started_at": job.started_at, "finished_at": job.finished_at}
    return Step.objects.create(job=job, number=number, state=state, **defaults | fields)


def make_log(job: Job, text: str, **fields: Any) -> JobLog:
    """A stored log, in the form the product stores."""
    out = io.BytesIO()
    index = write_log([text.encode()], out, max_bytes=50_000_000)
    told = {"offsets": index.offsets, "lines": index.lines, "size": index.bytes, "is_truncated": index.truncated}
    stored = JobLog(job=job, **told, **fields)
    stored.file.save(f"{job.pk}.log.gz", ContentFile(out.getvalue()))
    return stored


def make_finding(job: Job, line: int, message: str, **fields: Any) -> LogFinding:
    return LogFinding.objects.create(job=job, line=line, message=message, **{"kind": "error"} | fields)


def make_artifact(run: Run, name: str, **fields: Any) -> Artifact:
    return Artifact.objects.create(run=run, name=name, **{"external_id": name, "size": 2048} | fields)


def make_case(repository: Repository, name: str = "test_total", suite: str = "tests.test_shop") -> TestCase:
    fingerprint = hashlib.sha256(f"{suite}\0{name}".encode()).hexdigest()
    return TestCase.objects.get_or_create(
        repository=repository, fingerprint=fingerprint, defaults={"suite": suite, "name": name}
    )[0]


def make_result(job: Job, case: TestCase, outcome: Outcome = Outcome.FAILED, **fields: Any) -> TestResult:
    defaults = {"message": "assert 3 == 4", "file": "tests/test_shop.py", "line": 17, "duration": 0.031}
    return TestResult.objects.create(job=job, case=case, outcome=outcome, **defaults | fields)


def make_passes(job: Job, *passes: tuple[TestCase, float | None]) -> PassedTests:
    """The plain passes of a job, each with its duration in seconds."""
    packed = Passes((case.pk, seconds) for case, seconds in passes)
    return PassedTests.objects.create(job=job, count=len(packed), packed=packed.pack())


def make_flaky(case: TestCase, failed: Run, passed: Run, **fields: Any) -> FlakyVerdict:
    """A flaky verdict with one piece of evidence."""
    FlakyEvidence.objects.create(case=case, commit_sha=failed.commit_sha, failed_run=failed, passed_run=passed)
    reason = "It failed and passed on the same commit, once."
    return FlakyVerdict.objects.create(
        case=case, **{"state": FlakyState.FLAKY, "reason": reason, "decided_at": timezone.now()} | fields
    )


def make_action(repository: Repository, kind: ActionKind = ActionKind.TRIGGER, **fields: Any) -> Action:
    request = {"workflow": "full", "branch": "main", "commit_sha": "", "inputs": {}}
    if kind == ActionKind.RETRY:
        request = {"scope": "failed", "job": ""}
    defaults = {"idempotency_key": f"test:{next(_numbers)}", "request": request, "requested_by": "ada"}
    return Action.objects.create(repository=repository, kind=kind, **defaults | fields)


def make_triage(run: Run, decision: Decision = Decision.REPORT, **fields: Any) -> Triage:
    defaults = {"cause": "test", "reason": "A test failed that never failed before.", "report": "# What failed\n"}
    return Triage.objects.create(run=run, decision=decision, **defaults | fields)


def make_fix_attempt(triage: Triage, state: AttemptState = AttemptState.FIXED, **fields: Any) -> FixAttempt:
    defaults = {
        "strategy": "formatter",
        "reason": "ruff format --check failed before and passes now.",
        "command": ["ruff", "format", "--check", "."],
        "branch": f"orchestrate/fix/{triage.run_id}-1",
        "commit_sha": SHA,
        "diff": "--- a/shop.py\n+++ b/shop.py\n@@ -1,2 +1,2 @@\n def total(a,b):\n-    return a+b\n+    return a + b\n",
    }
    return FixAttempt.objects.create(triage=triage, state=state, **defaults | fields)


def make_fix_event(triage: Triage, text: str, **fields: Any) -> FixEvent:
    return FixEvent.objects.create(triage=triage, text=text, **{"kind": "decision"} | fields)


def make_coverage(run: Run, covered: int, total: int, files: Files | None = None, **fields: Any) -> CoverageReport:
    """The coverage of a run by lines; `files` maps a path to how many of how many lines."""
    packed = {path: [*ratio, None, None, None, None] for path, ratio in (files or {}).items()}
    figures = {"lines_covered": covered, "lines_total": total, "files": pack_json(packed)}
    return CoverageReport.objects.create(run=run, **{"format": "lcov"} | figures | fields)
