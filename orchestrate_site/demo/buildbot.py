"""A real Buildbot CI server on loopback, for the demo and the tests."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import requests

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.ports import LOOPBACK, require_free
from orchestrate_site.demo.processes import Child, tail

_CONFIG: Final = Path(__file__).with_name("master.cfg")
_RUN: Final = "from buildbot.scripts.runner import run; run()"
_CREATE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1


class Buildbot:
    """One Buildbot master with an in-process worker and one builder, `ci`.

    A build checks out `remote` (a git URL or path), then runs `ruff format --check`, `ruff check` and pytest with
    `python`; the first that fails ends it. Everything the server keeps lies in `directory`. With `webhook_url` it posts
    each build at its start and end there, with `webhook_token` in the header X-Orchestrate-Token. Raises
    OrchestrateError for a `webhook_url` that ends with a slash.
    """

    def __init__(
        self,
        directory: Path,
        port: int,
        remote: str,
        *,
        python: str = sys.executable,
        webhook_url: str = "",
        webhook_token: str = "",
    ) -> None:
        self.directory = directory.resolve()
        self.port = port
        self._settings = {
            "port": port,
            "remote": remote,
            "python": python,
            "state_dir": str(self.directory / "state"),
            "webhook_url": webhook_url,
            "webhook_token": webhook_token,
        }
        self._child: Child | None = None
        if webhook_url.endswith("/"):
            raise OrchestrateError(f"{webhook_url}: Buildbot cannot post to an address that ends with a slash")

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end; the REST API is under /api/v2."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._child is not None and self._child.running

    def start(self, timeout: float = 20.0) -> None:
        """Start the server and wait until its API takes builds, at most `timeout` seconds.

        Raises OrchestrateError where Buildbot or git is not installed, the port is in use, or the server does not come
        up: then with the end of its log, and nothing is left running.
        """
        if self.running:
            return
        _require_programs()
        require_free(self.port, what="Buildbot", option="--buildbot-port")
        self._prepare()
        self._child = Child(
            [sys.executable, "-c", _RUN, "start", "--nodaemon", str(self.directory)],
            name="buildbot",
            env=self._environment(),
            cwd=self.directory,
            log_path=self.directory / "buildbot.log",
        )
        try:
            self._wait_until_up(self._child, timeout)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server, its worker and the commands it runs. May be called again."""
        if self._child is not None:
            self._child.stop()

    def log_tail(self, lines: int = 20) -> str:
        """The end of the server's log."""
        return "\n".join(filter(None, (tail(self.directory / name, lines) for name in ("buildbot.log", "twistd.log"))))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        (self.directory / "state").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_CONFIG, self.directory / "master.cfg")
        settings = self.directory / "settings.json"
        settings.touch(mode=0o600)  # it holds the webhook's token
        settings.write_text(json.dumps(self._settings, indent=2), encoding="utf-8")
        if all((self.directory / name).exists() for name in ("buildbot.tac", "state.sqlite")):
            return
        created = subprocess.run(
            [sys.executable, "-c", _RUN, "create-master", "--quiet", "--relocatable", str(self.directory)],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=_CREATE_SECONDS,
            check=False,
        )
        if created.returncode != 0:
            raise OrchestrateError(f"Buildbot could not set up {self.directory}:\n{created.stdout}{created.stderr}")

    def _environment(self) -> dict[str, str]:
        # Builds inherit this: neither our secrets nor the user's own git configuration belong there.
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def _wait_until_up(self, child: Child, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self._answers():
            if not child.running:
                raise OrchestrateError(f"Buildbot ended while starting. The end of its log:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise OrchestrateError(
                    f"Buildbot did not answer on {self.url} within {timeout:g} s. "
                    f"The end of its log:\n{self.log_tail()}"
                )
            time.sleep(_POLL_SECONDS)

    def _answers(self) -> bool:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between us and loopback
            try:
                return session.get(f"{self.url}/api/v2/forceschedulers/force", timeout=2).ok
            except requests.RequestException:
                return False


def _require_programs() -> None:
    if importlib.util.find_spec("buildbot") is None:
        raise OrchestrateError(
            "Buildbot is not installed: it comes with the development requirements, "
            "pip install --require-hashes -r requirements-dev.lock"
        )
    if shutil.which("git") is None:
        raise OrchestrateError("git is not found on PATH: install it (Debian: apt install git)")
