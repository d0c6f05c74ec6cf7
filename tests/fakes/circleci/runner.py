"""Runs the jobs of a workflow: each `run` in bash, in a fresh checkout, what it says is to be had at once."""

import io
import os
import select
import signal
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.fakes.circleci import config, junit
from tests.fakes.circleci.lifecycle import Lifecycle
from tests.fakes.circleci.state import PREPARE, SPIN_UP, FakeArtifact, FakeJob, FakeStep, FakeWorkflow

SECONDS: Final = 60.0
RERUN: Final = "FAKE_RERUN"
# These run after a failure as well.
UPLOADS: Final = {"store_test_results": "Uploading test results", "store_artifacts": "Uploading artifacts"}


class Runner:
    """Runs what is queued in one workflow, one job after the other."""

    def __init__(self, server: Lifecycle, workflow: FakeWorkflow, settings: config.Config) -> None:
        self.server, self.workflow, self.settings = server, workflow, settings
        self._canceled: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._current = ""

    def work(self) -> None:
        """Until nothing is queued: the workflow has ended then, or waits for somebody."""
        while (job := self._next()) is not None:
            self.server.end(self.workflow, job, self._run(job))

    def cancel(self, job: FakeJob) -> None:
        """End a job that runs, or does not yet."""
        self._canceled.add(job.id)
        if self._current == job.id and self._process is not None:
            _kill(self._process)

    def _next(self) -> FakeJob | None:
        with self.server.lock:
            job = next((job for job in self.workflow.jobs if job.status == "queued"), None)
            if job is not None:
                self.server.begin(self.workflow, job)
                self._current = job.id
            return job

    def _run(self, job: FakeJob) -> str:
        statuses = [self._execution(job, index) for index in range(job.parallelism)]
        if job.id in self._canceled:
            return "canceled"
        return next((status for status in ("timedout", "failed") if status in statuses), "success")

    def _execution(self, job: FakeJob, index: int) -> str:
        for number, name in ((SPIN_UP, "Spin up environment"), (PREPARE, "Preparing environment variables")):
            step = self.server.add_step(job, name, num=number, execution=index)
            self.server.write(
                step, b"Using build environment variables:\r\n" if number else b"Build-agent version 1\r\n"
            )
            self.server.end_step(step)
        status = "success"
        with TemporaryDirectory() as place:
            for entry in self.settings.job(job.key)["steps"]:
                kind, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
                if job.id in self._canceled:
                    break
                if status == "success" or kind in UPLOADS or _always(options):
                    ended = self._step(job, index, Path(place), kind, options)
                    status = status if ended == "success" else ended
        return status

    def _step(self, job: FakeJob, index: int, place: Path, kind: str, options: Any) -> str:
        if kind == "run":
            return self._command(job, index, place, {"command": options} if isinstance(options, str) else options)
        name = "Checkout code" if kind == "checkout" else UPLOADS.get(kind, kind)
        step = self.server.add_step(job, name, execution=index)
        if kind == "checkout":
            self._checkout(place)
        elif kind == "store_test_results":
            job.tests += junit.results(place / options["path"])
        elif kind == "store_artifacts":
            job.artifacts += _artifacts(place, options, index)
        self.server.end_step(step)
        return step.status

    def _checkout(self, place: Path) -> None:
        pipeline = self.workflow.pipeline
        command = ["git", "--git-dir", f"{pipeline.project.git_dir}", "archive", pipeline.sha]
        packed = subprocess.run(command, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(place, filter="data")

    def _command(self, job: FakeJob, index: int, place: Path, options: dict[str, Any]) -> str:
        command = options["command"]
        title = options.get("name", command.splitlines()[0])
        step = self.server.add_step(job, title, execution=index, command=f"#!/bin/bash -eo pipefail\n{command}")
        silence = options.get("no_output_timeout", config.NO_OUTPUT)
        own = self.settings.job(job.key).get("environment", {}) | options.get("environment", {})
        process = subprocess.Popen(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=place / options.get("working_directory", "."),
            env=self._environment(job, index, place) | {name: f"{value}" for name, value in own.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._process = process
        if job.id in self._canceled:
            _kill(process)
        spoke = self._listen(process, step, config.seconds(silence))
        _kill(process)
        process.wait()
        if job.id in self._canceled:
            step.error += b"Step was canceled\r\n"
            self.server.end_step(step, "canceled")
        elif not spoke:
            step.error += f"Too long with no output (exceeded {silence}): context deadline exceeded\r\n".encode()
            self.server.end_step(step, "timedout")
        elif process.returncode:
            step.error += f"\r\nExited with code exit status {process.returncode}\r\n".encode()
            self.server.end_step(step, "failed", exit_code=process.returncode)
        else:
            self.server.end_step(step, "success", exit_code=0)
        return step.status

    def _listen(self, process: subprocess.Popen[bytes], step: FakeStep, silence: float) -> bool:
        """Take down what it says, as a terminal has it; False where it said nothing for too long."""
        assert process.stdout is not None
        pipe = process.stdout.fileno()
        with process.stdout:
            while select.select([pipe], [], [], min(silence, SECONDS))[0]:
                data = os.read(pipe, 65536)
                if not data:
                    process.wait()
                    return True
                self.server.write(step, data.replace(b"\n", b"\r\n"))
        return False

    def _environment(self, job: FakeJob, index: int, place: Path) -> dict[str, str]:
        # https://circleci.com/docs/reference/variables/#built-in-environment-variables
        pipeline = self.workflow.pipeline
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": f"{place}",
            "LANG": "C.UTF-8",
            "CI": "true",
            "CIRCLECI": "true",
            "CIRCLE_BRANCH": pipeline.branch,
            "CIRCLE_TAG": pipeline.tag,
            "CIRCLE_SHA1": pipeline.sha,
            "CIRCLE_BUILD_NUM": f"{job.number}",
            "CIRCLE_JOB": job.name,
            "CIRCLE_NODE_INDEX": f"{index}",
            "CIRCLE_NODE_TOTAL": f"{job.parallelism}",
            "CIRCLE_PIPELINE_ID": pipeline.id,
            "CIRCLE_PROJECT_REPONAME": pipeline.project.name,
            "CIRCLE_PROJECT_USERNAME": pipeline.project.organization,
            "CIRCLE_WORKFLOW_ID": self.workflow.id,
            "CIRCLE_WORKFLOW_JOB_ID": job.id,
            "CIRCLE_WORKFLOW_WORKSPACE_ID": self.workflow.first,
            RERUN: f"{self.workflow.rerun}",
        }


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _always(options: Any) -> bool:
    return isinstance(options, dict) and options.get("when") in {"always", "on_fail"}


def _artifacts(place: Path, options: dict[str, str], index: int) -> list[FakeArtifact]:
    root = place / options["path"]
    prefix = options.get("destination", options["path"]).strip("/")
    if root.is_file():
        return [FakeArtifact(prefix, root.read_bytes(), index)]
    files = [file for file in sorted(root.rglob("*")) if file.is_file()]
    return [FakeArtifact(f"{prefix}/{file.relative_to(root)}", file.read_bytes(), index) for file in files]
