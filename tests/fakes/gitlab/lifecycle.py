"""How pipelines and jobs move on, whoever moves them: statuses, times, what webhooks tell, retries and cancels."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.fakes.gitlab import run_payloads
from tests.fakes.gitlab.state import FakeJob, FakePipeline, new_id
from tests.fakes.http import Refused

if TYPE_CHECKING:
    from tests.fakes.gitlab.pipelines import Pipelines

_RETRYABLE: Final = frozenset({"success", "failed", "canceled"})
_UNFINISHED: Final = frozenset({"running", "canceling"})


class Lifecycle:
    """Moves the pipelines of one server (its lock is held)."""

    def __init__(self, server: "Pipelines") -> None:
        self.server = server

    def add(self, pipeline: FakePipeline) -> None:
        """A new pipeline, with its jobs."""
        pipeline.project.pipelines[pipeline.id] = pipeline
        for job in pipeline.jobs:
            job.created_at = pipeline.created_at
            self._tell_job(pipeline, job)

    def move(self, pipeline: FakePipeline, job: FakeJob, status: str, reason: str | None = None) -> None:
        """Give a job another status."""
        now = self.server.now()
        job.status = status
        if status == "pending":
            job.queued_at = now
        if status == "running":
            job.started_at = job.started_at or now
        if job.is_completed:
            job.finished_at = now
            job.failure_reason = reason or "script_failure" if status == "failed" else None
        pipeline.updated_at = now
        self._tell_job(pipeline, job)

    def settle(self, pipeline: FakePipeline) -> None:
        """Give a pipeline the status that its jobs make."""
        status = pipeline.computed()
        if status != pipeline.status:
            self.set_status(pipeline, status)

    def set_status(self, pipeline: FakePipeline, status: str) -> None:
        """Give a pipeline another status; the trigger job that waits for it follows."""
        now = self.server.now()
        pipeline.status, pipeline.updated_at = status, now
        if status == "running":
            pipeline.started_at = pipeline.started_at or now
        if pipeline.is_completed and status != "skipped":
            pipeline.finished_at = now
        self.server.emit(
            pipeline.project, "pipeline_events", "Pipeline Hook", run_payloads.pipeline(self.server, pipeline)
        )
        if pipeline.parent is not None:
            self._follow(*pipeline.parent, pipeline)

    def _follow(self, parent: FakePipeline, bridge: FakeJob, child: FakePipeline) -> None:
        waits = (bridge.spec.get("trigger") or {}).get("strategy") in {"depend", "mirror"}
        if not waits or bridge.retried or bridge.status == child.status:
            return
        if child.is_completed or child.status == "running":
            reason = "downstream_pipeline_creation_failed" if child.yaml_errors else None
            self.move(parent, bridge, child.status, reason)
            self.server.engine.process(parent)

    def retry_job(self, pipeline: FakePipeline, job: FakeJob, *, by: str) -> FakeJob:
        """Run a job again: a new one takes its place. Raises Refused (403)."""
        if job.retried or job.status not in _RETRYABLE:
            raise Refused(403, "403 Forbidden - Job is not retryable")
        fresh = self._again(pipeline, job, by=by)
        self._revive(pipeline)
        return fresh

    def retry_pipeline(self, pipeline: FakePipeline, *, by: str) -> None:
        """Run the jobs that failed or were canceled again; nothing happens where there are none."""
        broken = [job for job in pipeline.latest if job.status in {"failed", "canceled"} and job.kind != "external"]
        for job in broken:
            self._again(pipeline, job, by=by)
        if broken:
            self._revive(pipeline)

    def _again(self, pipeline: FakePipeline, job: FakeJob, *, by: str) -> FakeJob:
        fresh = replace(
            job,
            id=new_id(),
            status="created" if pipeline.config is not None else "pending",
            number=job.number + 1,
            created_at=self.server.now(),
            queued_at=None,
            started_at=None,
            finished_at=None,
            failure_reason=None,
            coverage=None,
            trace=bytearray(),
            trace_file=None,
            archive=None,
            reports=[],
            downstream=None,
            user=by,
        )
        job.retried = True
        pipeline.jobs.append(fresh)
        self._tell_job(pipeline, fresh)
        return fresh

    def _revive(self, pipeline: FakePipeline) -> None:
        if pipeline.config is not None:
            for job in pipeline.latest:
                if job.status == "skipped":
                    job.status, job.finished_at = "created", None
            self.server.engine.process(pipeline)
        self.settle(pipeline)

    def cancel(self, pipeline: FakePipeline, jobs: list[FakeJob]) -> None:
        """End jobs; one that runs is canceling until its runner has obeyed."""
        for job in jobs:
            if job.is_completed or job.status == "canceling":
                continue
            self.move(pipeline, job, "canceling" if job.status in _UNFINISHED and job.kind == "build" else "canceled")
            if job.downstream is not None:
                self.cancel(job.downstream, job.downstream.latest)
        self.server.engine.stop(jobs)
        self.settle(pipeline)
        self.server.engine.process(pipeline)

    def play(self, pipeline: FakePipeline, job: FakeJob, *, by: str) -> None:
        """Let a job that waits for a person go on. Raises Refused (400)."""
        if job.status not in {"manual", "scheduled"}:
            raise Refused(400, "400 Bad request - Unplayable Job")
        job.user = by
        self.move(pipeline, job, "pending")
        if pipeline.config is not None:
            self.server.engine.begin(pipeline, job)
        self.server.engine.process(pipeline)
        self.settle(pipeline)

    def _tell_job(self, pipeline: FakePipeline, job: FakeJob) -> None:
        if job.kind != "external":
            body = run_payloads.job(self.server, pipeline, job)
            self.server.emit(pipeline.project, "job_events", "Job Hook", body)
