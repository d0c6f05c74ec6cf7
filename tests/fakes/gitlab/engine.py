"""Runs pipelines: which job's turn it is, each job in a thread, and child pipelines."""

import threading
import time
from typing import TYPE_CHECKING, Final

from tests.fakes.gitlab.runner import Runner
from tests.fakes.gitlab.starting import NoPipeline
from tests.fakes.gitlab.state import FakeJob, FakePipeline
from tests.fakes.gitlab.status import composite, is_completed

if TYPE_CHECKING:
    from tests.fakes.gitlab.pipelines import Pipelines

# What the jobs before have to make together, so that a job's turn comes.
_WANTED: Final = {
    "on_success": {"success", "skipped"},
    "on_failure": {"failed"},
    "always": {"success", "failed", "skipped"},
    "manual": {"success", "skipped"},
}


class Engine:
    """Runs the pipelines of one server that have a configuration."""

    def __init__(self, server: "Pipelines") -> None:
        self.server = server
        self._runners: dict[int, Runner] = {}
        self._threads: list[threading.Thread] = []
        self._is_over = False

    def process(self, pipeline: FakePipeline) -> None:
        """Start whatever has its turn (the lock is held)."""
        if pipeline.config is None or self._is_over:
            return
        while turns := [(job, turn) for job in pipeline.latest if (turn := _turn(pipeline, job))]:
            for job, turn in turns:
                self.server.lifecycle.move(pipeline, job, turn)
                if turn == "pending":
                    self.begin(pipeline, job)
        self.server.lifecycle.settle(pipeline)

    def begin(self, pipeline: FakePipeline, job: FakeJob) -> None:
        """Run a job, or start the pipeline that a trigger job wants (the lock is held)."""
        if job.kind == "bridge":
            self._trigger(pipeline, job)
            return
        thread = threading.Thread(target=self._work, args=(pipeline, job), daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, jobs: list[FakeJob]) -> None:
        """End jobs that run."""
        for job in jobs:
            if job.id in self._runners:
                self._runners[job.id].cancel()

    def shut_down(self) -> None:
        """End everything."""
        with self.server.lock:
            self._is_over = True
            for runner in self._runners.values():
                runner.cancel()
        self.wait_idle()

    def wait_idle(self, wanted: float = 60) -> None:
        """Until no job runs."""
        deadline = time.monotonic() + wanted
        while threads := [thread for thread in self._threads if thread.is_alive()]:
            threads[0].join(max(0.1, deadline - time.monotonic()))
            assert time.monotonic() < deadline, "a job runs on"

    def _work(self, pipeline: FakePipeline, job: FakeJob) -> None:
        lifecycle = self.server.lifecycle
        with self.server.lock:
            if job.status != "pending" or self._is_over:
                return
            runner = self._runners[job.id] = Runner(self.server, pipeline, job)
            lifecycle.move(pipeline, job, "running")
            lifecycle.settle(pipeline)
        status, reason = runner.work()
        with self.server.lock:
            del self._runners[job.id]
            lifecycle.move(pipeline, job, status, reason)
            self.process(pipeline)
            lifecycle.settle(pipeline)

    def _trigger(self, pipeline: FakePipeline, job: FakeJob) -> None:
        lifecycle = self.server.lifecycle
        lifecycle.move(pipeline, job, "running")
        try:
            self.server.start_child(pipeline, job)
        except NoPipeline:
            lifecycle.move(pipeline, job, "failed", "downstream_pipeline_creation_failed")
            return
        if job.spec["trigger"].get("strategy") is None:
            lifecycle.move(pipeline, job, "success")


def _turn(pipeline: FakePipeline, job: FakeJob) -> str:
    if job.status != "created":
        return ""
    earlier = [(other.status, other.allow_failure) for other in pipeline.before(job)]
    status = composite(earlier) or "success"
    if not is_completed(status):
        return ""
    wanted = {"success"} if "needs" in job.spec and job.when == "on_success" else _WANTED[job.when]
    if status not in wanted:
        return "skipped"
    return "manual" if job.when == "manual" else "pending"
