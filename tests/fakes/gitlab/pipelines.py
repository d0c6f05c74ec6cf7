"""Pipelines that start and really run, and those that tests move on by hand."""

from pathlib import Path
from typing import Any

from tests.fakes.gitlab import starting
from tests.fakes.gitlab.config import plain
from tests.fakes.gitlab.engine import Engine
from tests.fakes.gitlab.lifecycle import Lifecycle
from tests.fakes.gitlab.state import FakeJob, FakeMergeRequest, FakePipeline, FakeProject
from tests.fakes.gitlab.world import SHA, World


class Pipelines(World):
    """Starts pipelines."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.lifecycle = Lifecycle(self)
        self.engine = Engine(self)

    def start(self, wish: starting.Start) -> FakePipeline | None:
        """A pipeline that really runs, if the commit's configuration wants one."""
        if wish.project.git_dir is None:
            return None
        try:
            made = starting.pipeline_for(self, wish, keeps_errors=True)
        except starting.NoPipeline:
            return None
        self.run(made)
        return made

    def run(self, pipeline: FakePipeline) -> None:
        """Let a new pipeline go (the lock is held)."""
        self.lifecycle.add(pipeline)
        if pipeline.yaml_errors:
            self.lifecycle.set_status(pipeline, "failed")
        self.engine.process(pipeline)

    def start_child(self, pipeline: FakePipeline, job: FakeJob) -> FakePipeline:
        """The pipeline that a trigger job starts, of a file or of another project. Raises NoPipeline."""
        wish = self._child(pipeline, job, job.spec["trigger"])
        made = starting.pipeline_for(self, wish, keeps_errors=True)
        job.downstream = made
        self.run(made)
        return made

    def _child(self, pipeline: FakePipeline, job: FakeJob, trigger: dict[str, Any]) -> starting.Start:
        passed = plain(job.spec.get("variables"))
        if "project" in trigger:
            project = self.projects[trigger["project"]]
            ref = trigger.get("branch", project.default_branch)
            sha = self.heads(project)[ref]
            return starting.Start(project, ref, sha, "pipeline", pipeline.user, passed, parent=(pipeline, job))
        given = trigger["include"]
        first = given[0] if isinstance(given, list) else given
        path = f"{first['local'] if isinstance(first, dict) else first}".lstrip("/")
        return starting.Start(
            pipeline.project, pipeline.ref, pipeline.sha, "parent_pipeline", pipeline.user, passed,
            parent=(pipeline, job), path=path,
        )  # fmt: skip

    def start_for_request(self, request: FakeMergeRequest, *, by: str) -> FakePipeline | None:
        """The pipeline of a merge request's newest commit, where the rules ask for one."""
        ref = f"refs/merge-requests/{request.iid}/head"
        return self.start(
            starting.Start(request.project, ref, request.sha, starting.MERGE_REQUEST, by, request=request)
        )

    def add_pipeline(
        self,
        project: FakeProject,
        *,
        status: str = "created",
        source: str = "push",
        ref: str = "",
        sha: str = SHA,
        user: str = "ada",
        name: str | None = None,
        jobs: list[FakeJob] | None = None,
        request: FakeMergeRequest | None = None,
        parent: tuple[FakePipeline, FakeJob] | None = None,
    ) -> FakePipeline:
        """A pipeline that a test moves on by hand: see `advance`."""
        now, number = self.now(), len(project.pipelines) + 1
        made = FakePipeline(
            project, number, sha, ref or project.default_branch, source, user, now, now, name=name,
            jobs=jobs if jobs is not None else [FakeJob("unit")], merge_request=request, parent=parent,
        )  # fmt: skip
        if parent is not None:
            parent[1].downstream = made
        with self.lock:
            self.lifecycle.add(made)
            if status != made.status:
                self.advance(made, status)
        return made

    def advance(self, pipeline: FakePipeline, status: str, reason: str | None = None) -> None:
        """Move a pipeline on by hand, its jobs that have not ended with it."""
        with self.lock:
            for job in pipeline.latest:
                if not job.is_completed and job.kind != "external":
                    self.lifecycle.move(pipeline, job, status, reason)
            self.lifecycle.set_status(pipeline, status)

    def advance_job(self, job: FakeJob, status: str, reason: str | None = None) -> None:
        """Move one job on by hand; its pipeline follows as GitLab would have it."""
        with self.lock:
            pipeline = next(
                line for project in self.projects.values() for line in project.pipelines.values() if job in line.jobs
            )
            self.lifecycle.move(pipeline, job, status, reason)
            self.lifecycle.settle(pipeline)

    def append_trace(self, job: FakeJob, text: bytes) -> None:
        """Let a log grow by hand."""
        with self.lock:
            job.trace += text

    def wait_idle(self, seconds: float = 60) -> None:
        """Until no job runs."""
        self.engine.wait_idle(seconds)
