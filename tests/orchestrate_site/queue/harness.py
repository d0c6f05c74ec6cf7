"""A queue of its own in a folder: its database, its supervisor, and a look at its processes from outside."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

ROOT = Path(__file__).parents[3]
ENQUEUE = "tests.orchestrate_site.queue.enqueue"
ROLES = {"q-main": 1, "q-sentinel": 1, "q-pusher": 1, "q-monitor": 1, "q-worker": 2}


def wait_until(condition: Callable[[], object], what: str, seconds: float = 15) -> None:
    """Return once `condition()` is true; fail after `seconds`, saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.03)


def name_of(process: psutil.Process) -> str:
    """The name that ps shows; nothing for a process that has ended meanwhile."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _parent_of(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


class Site:
    """Everything it starts is killed at the end of its `with` block."""

    def __init__(self, folder: Path, **queue: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.orchestrate_site.queue.settings",
            "TEST_QUEUE_DIR": str(folder),
            "TEST_QUEUE": json.dumps(queue),
        }
        self.log = (folder / "log").open("ab")
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while left := self.processes():
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(left, timeout=5)
        for started in self.started:
            started.wait(5)
        self.log.close()
        if error is not None:
            error.add_note((self.folder / "log").read_text(errors="replace")[-6000:])

    def run(self, *args: str) -> None:
        """Run `python -m` with `args` to its end, which must be good."""
        subprocess.run(
            [sys.executable, "-m", *args],
            cwd=ROOT,
            env=self.env,
            check=True,
            stdout=self.log,
            stderr=self.log,
            timeout=60,
        )

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Start `worker` with `args`."""
        command = [sys.executable, "-m", "django", "worker", "--max-delay", "0.2", *args]
        started = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log)
        self.started.append(started)
        return started

    def enqueue(self, seconds: float, numbers: Iterable[int]) -> None:
        """Enqueue one task of `seconds` for each number."""
        self.run(ENQUEUE, "work", str(seconds), *map(str, numbers))

    def processes(self) -> list[psutil.Process]:
        """Every living process that was started, however indirectly, by this object."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.pid != os.getpid()
                and process.environ().get("TEST_QUEUE_DIR") == str(self.folder)
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def pids(self, role: str) -> list[int]:
        """The processes of one role, by the name that ps shows.

        A program that one of them just starts has that name until it runs: it is none.
        """
        named = {process.pid: process for process in self.processes() if name_of(process) == role}
        return [pid for pid, process in named.items() if _parent_of(process) not in named]

    def is_up(self) -> bool:
        """True when one whole cluster of two workers runs."""
        names = Counter(name_of(process) for process in self.processes())
        return all(names[role] == count for role, count in ROLES.items())

    def trace(self, word: str) -> Counter[int]:
        """How often each task has left `word`: begin or end."""
        return Counter(int(line[1]) for line in self._lines() if line[0] == word)

    def busy_pids(self) -> set[int]:
        """The workers, dead or alive, that began a task and did not end it."""
        begun = Counter(int(line[2]) for line in self._lines() if line[0] == "begin")
        begun.subtract(int(line[2]) for line in self._lines() if line[0] == "end")
        return {pid for pid, count in begun.items() if count > 0}

    def workers_used(self) -> set[int]:
        """The workers, dead or alive, that ended a task."""
        return {int(line[2]) for line in self._lines() if line[0] == "end"}

    def _lines(self) -> list[list[str]]:
        path = self.folder / "trace"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that `sql` gives."""
        with closing(sqlite3.connect(self.folder / "queue.sqlite3", timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def is_done(self) -> bool:
        """True when nothing is left in the queue."""
        return self.query("SELECT count(*) FROM django_q_ormq") == [(0,)]
