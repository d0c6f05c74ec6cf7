"""Runs one job as a runner with the shell executor does; the engine of its scripts is `gle`.

https://gitlab.com/cunity/gitlab-emulator gets a configuration of this one job. What it would do otherwise is done in
the script itself: it sets CI_JOB_ID to the time, expands `$` in values, passes lines on late and not byte for byte.
"""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import yaml

from tests.fakes.git_files import git
from tests.fakes.gitlab import artifacts, environment, trace
from tests.fakes.gitlab.config import script
from tests.fakes.gitlab.state import FakeJob, FakePipeline

if TYPE_CHECKING:
    from tests.fakes.gitlab.pipelines import Pipelines

SECONDS: Final = 60.0
_FILE: Final = ".gle-job.yml"
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


class Runner:
    """Runs one job, once."""

    def __init__(self, server: "Pipelines", pipeline: FakePipeline, job: FakeJob) -> None:
        self.server, self.pipeline, self.job = server, pipeline, job
        self.is_canceled = self.is_late = False
        self.limit = _limit(f"{job.spec.get('timeout', '')}")
        folder = server.root / "traces"
        folder.mkdir(exist_ok=True)
        self.trace = trace.Trace(folder / f"{job.id}.log", server.now)
        job.trace_file = self.trace.path
        self._process: subprocess.Popen[bytes] | None = None

    def work(self) -> tuple[str, str | None]:
        """Run it: status and reason of the failure."""
        with TemporaryDirectory() as place:
            checkout, home = Path(place, "build"), Path(place, "home")
            home.mkdir()
            self._prepare(checkout)
            code = self._run("step_script", checkout, home, ["before_script", "script"], "running")
            result = "canceled" if self.is_canceled else "failed" if code else "success"
            if self.job.spec.get("after_script"):
                self._run("after_script", checkout, home, ["after_script"], result)
            artifacts.collect(self.job, checkout, self.trace, now=self.server.now(), has_passed=result == "success")
        self.job.coverage = trace.coverage(self.job.spec.get("coverage"), self.job.log())
        return self._end(code)

    def cancel(self) -> None:
        """End its script."""
        self.is_canceled = True
        if self._process is not None:
            _kill(self._process)

    def _prepare(self, checkout: Path) -> None:
        self.trace.line("Running with gitlab-runner 18.5.0 (bda84871)")
        with self.trace.section("prepare_executor", 'Preparing the "shell" executor'):
            self.trace.line("Using Shell (bash) executor...")
        with self.trace.section("get_sources", "Getting source from Git repository"):
            git("clone", "-q", f"{self.pipeline.project.git_dir}", f"{checkout}")
            git("-C", f"{checkout}", "checkout", "-q", "--detach", self.pipeline.sha)
            self.trace.line(f"Checking out {self.pipeline.sha[:8]} as detached HEAD (ref is {self.pipeline.ref})...")
            with (checkout / ".git/info/exclude").open("a") as exclude:
                exclude.write(f"{_FILE}\n")
        artifacts.bring([job for job in self.pipeline.before(self.job) if job.archive], checkout, self.trace)

    def _run(self, stage: str, checkout: Path, home: Path, keys: list[str], job_status: str) -> int:
        title = f'Executing "{stage}" stage of the job script' if stage == "step_script" else "Running after_script"
        result = home / f"{stage}.code"
        variables = environment.of_job(self.server, self.pipeline, self.job) | {
            "CI_PROJECT_DIR": f"{checkout}",
            "CI_JOB_STATUS": job_status,
        }
        lines = [
            "set -eo pipefail",
            *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
            f"exec >>{shlex.quote(f'{self.trace.path}')} 2>&1",
            f"trap 'echo $? >{result}' EXIT",
        ]
        for command in (line for key in keys for line in script(self.job.spec, key)):
            lines += [f"printf '%s\\n' {shlex.quote(trace.echo(command))}", command]
        content = {"stages": ["test"], "job": {"stage": "test", "script": ["\n".join([*lines, ""])]}}
        (checkout / _FILE).write_text(yaml.safe_dump(content))
        with self.trace.section(stage, title):
            is_ok = self._gle(checkout, home)
        return 0 if is_ok else int(result.read_text() or 1) if result.exists() else 1

    def _gle(self, checkout: Path, home: Path) -> bool:
        tools = Path(sys.executable).parent
        path = f"{tools}:{os.environ['PATH']}"
        with self.server.lock:
            if self.is_canceled and self._process is None:
                return False
            self._process = subprocess.Popen(
                [f"{tools / 'gle'}", "--config", _FILE, "job"],
                cwd=checkout,
                env={"PATH": path, "HOME": f"{home}", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            return self._process.wait(self.limit) == 0
        except subprocess.TimeoutExpired:
            _kill(self._process)
            self._process.wait()
            self.is_late = True
            return False

    def _end(self, code: int) -> tuple[str, str | None]:
        if self.is_canceled:
            self.trace.failure("Job failed: canceled")
            return "canceled", None
        if self.is_late:
            self.trace.failure(f"Job failed: execution took longer than {self.limit:.0f}s seconds")
            return "failed", "job_execution_timeout"
        if code:
            allowed = self.job.spec.get("allow_failure")
            if isinstance(allowed, dict):
                given = allowed.get("exit_codes", [])
                self.job.allow_failure = code in (given if isinstance(given, list) else [given])
            self.trace.failure(f"Job failed: exit code {code}")
            return "failed", "script_failure"
        self.trace.success("Job succeeded")
        return "success", None


def _limit(given: str) -> float:
    number, _, unit = given.partition(" ")
    return float(number) * _UNITS[unit[0]] if unit else SECONDS


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
