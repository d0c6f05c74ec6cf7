"""Runs workflows: a small part of GitHub's syntax, each `run` in bash, in a fresh checkout.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
Known: `on` (push, pull_request, workflow_dispatch), `run-name` with `${{ inputs.NAME }}`, `jobs.KEY.steps` with `run`
and `name`, and `uses: actions/upload-artifact` with `name` and `path`.
"""

import io
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from tests.fakes.github.state import FakeArtifact, FakeAttempt, FakeJob, FakeRepo, FakeRun, FakeStep

SECONDS: Final = 60
_DIRECTORY: Final = ".github/workflows/"
_INPUT: Final = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_ERROR: Final = re.compile(r"::(error|warning|notice) file=([^,:]+),line=(\d+)(?:,[^:]*)?::(.*)")


@dataclass(frozen=True)
class Workflow:
    """A workflow as one commit has it."""

    file: str
    content: dict[Any, Any]

    @property
    def events(self) -> set[str]:
        """What it runs on."""
        on = self.content.get("on", self.content.get(True))
        return {on} if isinstance(on, str) else set(on or ())

    @property
    def inputs(self) -> set[str]:
        """The inputs that it declares."""
        on = self.content.get("on", self.content.get(True))
        dispatch = on.get("workflow_dispatch") if isinstance(on, dict) else None
        return set((dispatch or {}).get("inputs") or ())

    def title(self, inputs: dict[str, str]) -> str:
        """Its `run-name`."""
        return _INPUT.sub(lambda found: inputs.get(found[1], ""), str(self.content.get("run-name", "")))

    def jobs(self) -> list[FakeJob]:
        """New jobs."""
        return [
            FakeJob(
                name=job.get("name", key),
                key=key,
                steps=[FakeStep(_title(step), number) for number, step in enumerate(job["steps"], start=1)],
            )
            for key, job in self.content["jobs"].items()
        ]


def git(repo: FakeRepo, *args: str) -> bytes:
    """Output of a git command in the repository."""
    return subprocess.run(["git", "--git-dir", f"{repo.git_dir}", *args], check=True, capture_output=True).stdout


def workflows_at(repo: FakeRepo, sha: str) -> list[Workflow]:
    """The workflows of a commit."""
    if repo.git_dir is None:
        return []
    listed = git(repo, "ls-tree", "-r", "--name-only", sha, "--", _DIRECTORY).decode().split()
    return [
        Workflow(name.removeprefix(_DIRECTORY), yaml.safe_load(git(repo, "show", f"{sha}:{name}"))) for name in listed
    ]


class Runner:
    """Runs the jobs of one attempt that have not ended."""

    def __init__(
        self, run: FakeRun, workflow: Workflow, *, now: Callable[[], datetime], tell: Callable[[str, FakeJob], None]
    ) -> None:
        self.run, self.workflow, self.now, self.tell = run, workflow, now, tell
        self.processes: list[subprocess.Popen[bytes]] = []
        self.is_canceled = False

    def work(self, attempt: FakeAttempt) -> None:
        """Run them in order."""
        for job in attempt.jobs:
            if job.status != "completed":
                self._job(attempt, job)

    def cancel(self) -> None:
        """End what runs."""
        self.is_canceled = True
        for process in self.processes:
            process.kill()

    def _job(self, attempt: FakeAttempt, job: FakeJob) -> None:
        job.status, job.started_at = "in_progress", self.now()
        self.tell("in_progress", job)
        lines: list[str] = []
        failed = False
        with TemporaryDirectory() as place:
            packed = io.BytesIO(git(self.run.repo, "archive", self.run.head_sha))
            with tarfile.open(fileobj=packed) as archive:
                archive.extractall(place, filter="data")
            for step, fake in zip(self.workflow.content["jobs"][job.key]["steps"], job.steps, strict=True):
                if (failed or self.is_canceled) and step.get("if") != "always()":
                    fake.status, fake.conclusion = "completed", "skipped"
                    continue
                fake.started_at = self.now()
                code = self._step(step, Path(place), attempt, lines)
                fake.completed_at = self.now()
                fake.status, fake.conclusion = "completed", "failure" if code else "success"
                failed = failed or bool(code)
        job.log = "".join(f"{self.now():%Y-%m-%dT%H:%M:%S}.0000000Z {line}\n" for line in lines).encode()
        job.annotations = [_annotation(found) for line in lines if (found := _ERROR.match(line))]
        job.status, job.completed_at = "completed", self.now()
        job.conclusion = "cancelled" if self.is_canceled else "failure" if failed else "success"
        self.tell("completed", job)

    def _step(self, step: dict[str, Any], place: Path, attempt: FakeAttempt, lines: list[str]) -> int:
        if "uses" in step:
            return self._upload(step, place) if "upload-artifact" in step["uses"] else 0
        lines += [f"##[group]Run {step['run'].splitlines()[0]}", "##[endgroup]"]
        process = subprocess.Popen(
            ["bash", "-e", "-c", step["run"]],
            cwd=place,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": f"{place}",
                "LANG": "C.UTF-8",
                "CI": "true",
                "GITHUB_RUN_ATTEMPT": f"{attempt.number}",
                "GITHUB_RUN_ID": f"{self.run.id}",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.processes.append(process)
        try:
            out, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        lines += out.decode(errors="replace").splitlines()
        if process.returncode:
            lines.append(f"##[error]Process completed with exit code {process.returncode}.")
        return process.returncode

    def _upload(self, step: dict[str, Any], place: Path) -> int:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(place.glob(step["with"]["path"])):
                archive.write(file, file.name)
        artifact = FakeArtifact(self.run, step["with"]["name"], made.getvalue(), self.now())
        self.run.repo.artifacts.append(artifact)
        return 0


def _title(step: dict[str, Any]) -> str:
    return str(step.get("name") or f"Run {step.get('run') or step.get('uses')}".splitlines()[0])


def _annotation(found: re.Match[str]) -> dict[str, Any]:
    level = {"error": "failure"}.get(found[1], found[1])
    line = int(found[3])
    return {
        "path": found[2],
        "start_line": line,
        "end_line": line,
        "annotation_level": level,
        "message": found[4],
        "title": "",
    }
