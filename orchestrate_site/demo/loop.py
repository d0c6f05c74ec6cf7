"""The demo's processes, and the following of its four commits."""

import io
import json
import os
import secrets
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import requests
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse

from ci_integrations.errors import OrchestrateError
from ci_integrations.models import Connection
from orchestrate_site.demo.buildbot import Buildbot
from orchestrate_site.demo.ports import LOOPBACK
from orchestrate_site.demo.processes import Child
from orchestrate_site.demo.sample import Sample, make_sample
from orchestrate_site.demo.story import Chapter, faults, read_chapter
from orchestrate_site.demo.table import draw

CONFIG: Final = Path(__file__).with_name("orchestrate.yaml")
LOOK_SECONDS: Final = 0.5
UP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """What the four commits came to, within how many seconds."""

    chapters: dict[str, Chapter]
    seconds: float
    faults: list[str]

    def as_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {
            "runs": [chapter.as_json() for chapter in self.chapters.values()],
            "seconds": round(self.seconds, 1),
        }

    def as_table(self) -> str:
        """The table that ends the demo."""
        return draw([chapter.as_json() for chapter in self.chapters.values()], seconds=self.seconds)


class Loop:
    """Orchestrate CI, Buildbot and a sample repository, from `with` to the end of its block."""

    def __init__(self, directory: Path, *, port: int, buildbot_port: int) -> None:
        self.directory = directory
        self.address = f"http://{LOOPBACK}:{port}"
        self.port = port
        self.buildbot_port = buildbot_port
        self.password = secrets.token_urlsafe(9)
        self.login = f"demo / {self.password}"
        self.began = time.monotonic()
        self._stack = ExitStack()
        self._children: list[Child] = []
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def play(self, *, seconds: float) -> Result:
        """Trigger each commit and follow it to its end. Raises OrchestrateError after `seconds`, or if a part died."""
        deadline = time.monotonic() + seconds
        first_runs = {commit.name: self._trigger(commit.name, commit.sha) for commit in self.sample.commits}
        while True:
            chapters = {name: read_chapter(name, run_id) for name, run_id in first_runs.items()}
            for chapter in chapters.values():
                self._tell(chapter)
            if all(chapter.is_over for chapter in chapters.values()):
                return Result(chapters, time.monotonic() - self.began, faults(chapters))
            self._require_all_alive()
            if time.monotonic() > deadline:
                waiting = ", ".join(name for name, chapter in chapters.items() if not chapter.is_over)
                raise OrchestrateError(f"not finished after {seconds:g} s: {waiting}\n{self._last_words()}")
            time.sleep(LOOK_SECONDS)

    def stay_up(self) -> None:
        """Wait for Ctrl-C. Raises OrchestrateError if a part died."""
        while True:
            self._require_all_alive()
            time.sleep(LOOK_SECONDS)

    def _start(self) -> None:
        self._say("setting up", f"{self.directory}")
        self.sample = make_sample(self.directory)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        get_user_model().objects.create_superuser("demo", password=self.password)
        connection = self._connect(self.sample)
        self.buildbot = Buildbot(
            self.directory / "buildbot",
            self.buildbot_port,
            self.sample.remote,
            webhook_url=self.address + reverse("webhook", args=[connection.provider, connection.key]),
            webhook_token=os.environ["BUILDBOT_WEBHOOK_TOKEN"],
        )
        self._say("starting", "Buildbot, web, worker, fixer")
        self._stack.callback(self.buildbot.stop)
        self.buildbot.start(timeout=UP_SECONDS)
        bind = f"{LOOPBACK}:{self.port}"
        self._spawn("web", "-m", "gunicorn", "orchestrate_site.wsgi", "--workers", "2", "--bind", bind)
        self._spawn("worker", "-m", "django", "worker", "default", "io")
        self._spawn("fixer", "-m", "django", "worker", "fix")
        self._wait_for_web()

    def _connect(self, sample: Sample) -> Connection:
        os.environ["BUILDBOT_URL"] = f"http://{LOOPBACK}:{self.buildbot_port}"
        os.environ["BUILDBOT_WEBHOOK_TOKEN"] = secrets.token_urlsafe(24)
        path = self.directory / "orchestrate.yaml"
        config = CONFIG.read_text(encoding="utf-8").replace("/srv/git/sample.git", sample.remote)
        path.write_text(config, encoding="utf-8")
        call_command("ci", "connect", "-f", str(path), stdout=io.StringIO(), stderr=io.StringIO())
        return Connection.objects.get()

    def _spawn(self, name: str, *argv: str) -> None:
        child = Child(
            [sys.executable, *argv],
            name=name,
            env=dict(os.environ),
            cwd=self.directory,
            log_path=self.directory / f"{name}.log",
        )
        self._children.append(child)
        self._stack.enter_context(child)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + UP_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            while True:
                self._require_all_alive()
                try:
                    session.get(f"{self.address}/login/", timeout=2).raise_for_status()
                except (requests.ConnectionError, requests.Timeout):
                    if time.monotonic() > deadline:
                        raise OrchestrateError(
                            f"the dashboard did not answer within {UP_SECONDS:g} s\n{self._last_words()}"
                        ) from None
                    time.sleep(LOOK_SECONDS)
                else:
                    return

    def _trigger(self, name: str, sha: str) -> int:
        out = io.StringIO()
        call_command("ci", "trigger", "--workflow", "ci", "--branch", self.sample.branch, "--commit", sha, "--json",
                     stdout=out)  # fmt: skip
        run_id = int(json.loads(out.getvalue())["id"])
        self._say(name, f"triggered on commit {sha[:12]}: run {run_id}")
        return run_id

    def _tell(self, chapter: Chapter) -> None:
        text = f"{chapter.last.state}" + (f" (attempt {len(chapter.attempts)})" if len(chapter.attempts) > 1 else "")
        decision, _ = chapter.decision()
        if decision != "nothing":
            text += f", {decision}"
        if chapter.fix is not None:
            text += f": {chapter.fix.state}"
        if self._said.get(chapter.name) != text:
            self._said[chapter.name] = text
            self._say(chapter.name, text)

    def _say(self, subject: str, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self.began:5.1f} s  {subject}: {text}\n")

    def _require_all_alive(self) -> None:
        if not self.buildbot.running:
            raise OrchestrateError(f"Buildbot has stopped. The end of its log:\n{self.buildbot.log_tail()}")
        for child in self._children:
            if not child.running:
                raise OrchestrateError(f"{child.name} has stopped. The end of its log:\n{child.tail()}")

    def _last_words(self) -> str:
        return "\n".join(f"--- {child.name}\n{child.tail(15)}" for child in self._children)
