"""How pipelines, workflows and jobs of the fake CircleCI go on; what tests do to them by hand."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any, Final

from tests.fakes.circleci import hooks
from tests.fakes.circleci.outbox import Outbox
from tests.fakes.circleci.state import (
    ENDED,
    FAILED,
    FIRST_STEP,
    FakeJob,
    FakePipeline,
    FakeProject,
    FakeStep,
    FakeWorkflow,
    new_id,
)

ACTIVE: Final = frozenset({"queued", "not_running", "running"})


class Lifecycle(Outbox, ABC):
    """Moves things on and tells of their ends.

    `never_run` is the status of jobs that cannot start any more because one that they require failed: it was
    `blocked` for years, and is `not_run` of late.
    """

    def __init__(self) -> None:
        super().__init__()
        self.user_id = new_id()
        self.never_run = "blocked"

    # By hand --------------------------------------------------------------------------------------------------------

    def add_pipeline(
        self,
        project: FakeProject,
        *,
        workflows: dict[str, list[FakeJob]] | None = None,
        branch: str = "main",
        sha: str = "c0ffee" * 6 + "c0ff",
        trigger: str = "webhook",
        actor: str = "ada",
        **more: Any,
    ) -> FakePipeline:
        """A pipeline that a test moves on by hand: see `advance`. `more` are fields of FakePipeline."""
        now = self.now()
        number = next(project.pipeline_numbers)
        pipeline = FakePipeline(
            project, number, "" if more.get("tag") else branch, sha, trigger, actor, now, now, **more
        )
        with self.lock:
            project.pipelines.insert(0, pipeline)
        for name, jobs in ({"build": [FakeJob("unit")]} if workflows is None else workflows).items():
            self.add_workflow(pipeline, name, jobs)
        return pipeline

    def add_workflow(self, pipeline: FakePipeline, name: str, jobs: list[FakeJob], **more: Any) -> FakeWorkflow:
        """One more workflow of a pipeline. `more` are fields of FakeWorkflow."""
        workflow = FakeWorkflow(pipeline, name, jobs, self.now(), self.user_id, **more)
        workflow.first = workflow.first or workflow.id
        with self.lock:
            pipeline.workflows.append(workflow)
            self.release(workflow)
        return workflow

    def advance(self, workflow: FakeWorkflow, status: str) -> None:
        """Move a workflow on, and with it its jobs that have not ended."""
        with self.lock:
            for job in [job for job in workflow.jobs if not job.is_ended]:
                if status in ENDED:
                    self._follow(workflow, job, status)
                elif job.type == "approval":
                    job.status = "on_hold"
                elif status in {"running", "failing"}:
                    self.begin(workflow, job)
            if status in ENDED:
                self._end(workflow, status)
            else:
                workflow.status = status

    def advance_job(self, job: FakeJob, status: str) -> None:
        """Move one job on; its workflow follows, and jobs that wait for it."""
        workflow = self.workflow_of(job)
        with self.lock:
            if status in ENDED:
                self.end(workflow, job, status)
                return
            if status == "running":
                self.begin(workflow, job)
            job.status = status
            self.judge(workflow)

    def add_step(self, job: FakeJob, name: str, *, num: int | None = None, execution: int = 0, **more: Any) -> FakeStep:
        """A step that runs, after the others. `more` are fields of FakeStep."""
        own = [step.num for step in job.steps if step.execution == execution]
        number = num if num is not None else max([FIRST_STEP - 1, *own]) + 1
        step = FakeStep(name, number, execution, started_at=self.now(), **more)
        job.steps.append(step)
        return step

    def write(self, step: FakeStep, data: bytes) -> None:
        """A step says more."""
        step.output += data

    def end_step(self, step: FakeStep, status: str = "success", *, exit_code: int | None = None) -> None:
        """A step ends. One that was killed for saying nothing has the status `timedout`, and no exit code."""
        step.ended_at, step.status, step.exit_code = self.now(), status, exit_code

    # What runners do too --------------------------------------------------------------------------------------------

    def workflow_of(self, job: FakeJob) -> FakeWorkflow:
        """The newest workflow that a job is part of."""
        every = [workflow for pipeline in self.pipelines() for workflow in pipeline.workflows]
        return next(workflow for workflow in reversed(every) if job in workflow.jobs)

    @abstractmethod
    def pipelines(self) -> list[FakePipeline]:
        """All pipelines."""

    def release(self, workflow: FakeWorkflow) -> None:
        """Queue the jobs that wait for nothing any more, and judge the workflow."""
        done = {job.name for job in workflow.jobs if job.status == "success"}
        lost = {job.name for job in workflow.jobs if job.is_ended} - done
        for job in [job for job in workflow.jobs if job.status == "blocked"]:
            if lost & set(job.requires):
                lost.add(job.name)
                job.status = self.never_run
            elif done >= set(job.requires):
                self._queue(workflow, job)
        self.judge(workflow)

    def begin(self, workflow: FakeWorkflow, job: FakeJob) -> None:
        """A job starts."""
        self._queue(workflow, job)
        job.status, job.started_at = "running", job.started_at or self.now()

    def end(self, workflow: FakeWorkflow, job: FakeJob, status: str) -> None:
        """A job ends: that is told of, and others may start."""
        with self.lock:
            self._stop(workflow, job, status)
            self.release(workflow)

    def judge(self, workflow: FakeWorkflow) -> None:
        """What a workflow's jobs make of its status. https://circleci.com/docs/guides/orchestrate/workflows/#states"""
        if workflow.is_ended or not workflow.jobs:
            return
        statuses = {job.status for job in workflow.jobs}
        if statuses & ACTIVE:
            workflow.status = "failing" if statuses & FAILED else "running"
        elif "on_hold" in statuses and not workflow.is_canceling:
            workflow.status = "on_hold"
        else:
            self._end(workflow, _verdict(workflow, statuses))

    def _queue(self, workflow: FakeWorkflow, job: FakeJob) -> None:
        if job.type == "approval":
            job.status = "on_hold"
            return
        if job.number is None:
            job.number = next(workflow.pipeline.project.job_numbers)
            job.status, job.queued_at = "queued", self.now()

    def _follow(self, workflow: FakeWorkflow, job: FakeJob, status: str) -> None:
        has_begun = job.number is not None or job.type == "approval"
        if status == "success":
            self.begin(workflow, job)
        if status in {"failed", "error"} and not has_begun:
            job.status = self.never_run
        else:
            self._stop(workflow, job, "failed" if status == "error" else status)

    def _stop(self, workflow: FakeWorkflow, job: FakeJob, status: str) -> None:
        job.status, job.stopped_at = status, self.now()
        for step in job.steps:
            if step.status == "running":
                self.end_step(step, status)
        told = "failed" if status in FAILED else status
        if job.number is not None and told in hooks.TOLD_OF_JOBS:
            at = self.now()
            self.emit(
                workflow.pipeline.project, "job-completed", lambda hook: hooks.job_completed(hook, workflow, job, at)
            )

    def _end(self, workflow: FakeWorkflow, status: str) -> None:
        workflow.status, workflow.stopped_at = status, self.now()
        if status not in hooks.TOLD_OF_WORKFLOWS:
            return
        # A canceled workflow is told of once more for each of its jobs, every time as one that took longer.
        # https://circleci.canny.io: there is no promise of a single event.
        times = 1 + sum(job.status == "canceled" for job in workflow.jobs if status == "canceled")
        for _ in range(times):
            at = workflow.stopped_at = workflow.stopped_at + timedelta(milliseconds=100)
            self.emit(
                workflow.pipeline.project,
                "workflow-completed",
                lambda hook, at=at: hooks.workflow_completed(hook, workflow, at),  # type: ignore[misc]
            )


def _verdict(workflow: FakeWorkflow, statuses: set[str]) -> str:
    if workflow.is_canceling:
        return "canceled"
    if statuses & FAILED:
        return "failed"
    return next((status for status in ("canceled", "unauthorized") if status in statuses), "success")
