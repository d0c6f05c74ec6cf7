"""Real clusters on the tests' own database, with short times, and ways to kill their processes."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
from django.db import connection

from tests.databases import url_of
from tests.orchestrate_site.queue.harness import Site, name_of, wait_until

NAMES: Final = ("default", "io", "fix")
ROLES: Final = {"q-main": 3, "q-sentinel": 3, "q-pusher": 3, "q-monitor": 3, "q-worker": 5}
# Seconds. What a killed process held is free again after LEASE; a task that nobody acknowledged is delivered again
# after `retry`, unless the sweep was faster.
TIMES: Final = {
    "ORCHESTRATE_LEASE": "3",
    "ORCHESTRATE_FIX_LEASE": "3",
    "ORCHESTRATE_COOL_DOWN": "1",
    "ORCHESTRATE_SWEEP_GRACE": "1",
}
_HUM: Final = re.compile(
    r"Enqueued|sweep_|prune_|list_repository|ready for work|stopped|monitoring at|pushing tasks at"
)
_QUICK: Final = {"timeout": 10, "retry": 12}
_QUEUE: Final = {"poll": 0.05, "guard_cycle": 0.125, **_QUICK, "io": _QUICK, "fix": {"timeout": 60, "retry": 90}}


class Clusters(Site):
    """The clusters `default`, `io` and `fix` under one supervisor, from `with` to the end of its block."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.faults = folder / "faults"
        self.storage = folder / "storage"
        self.tmp = folder / "tmp"
        for made in (self.faults, self.storage, self.tmp):
            made.mkdir()
        self.env |= TIMES | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url_of(connection.settings_dict),
            "ORCHESTRATE_STORAGE_DIR": str(self.storage),
            "TMPDIR": str(self.tmp),
            "TEST_Q": json.dumps(_QUEUE),
            "TEST_FAULTS": str(self.faults),
        }
        self._read_from = 0

    def start_all(self) -> None:
        """Start them and wait until every process runs."""
        self.supervisor: subprocess.Popen[bytes] = self.start(*NAMES)
        wait_until(self.is_up, "all clusters are up", 30)

    def is_up(self) -> bool:
        """True when every process of every cluster runs, and no other."""
        names = Counter(name_of(process) for process in self.processes())
        return all(names[role] == count for role, count in ROLES.items())

    def stop(self) -> None:
        """Stop as the operating system's supervisor would, with SIGTERM."""
        self.supervisor.terminate()
        assert self.supervisor.wait(30) == 0

    def left_behind(self) -> list[str]:
        """What still runs or lies about of all that was started: processes by their command line, directories."""
        return [*_commands_that_mention(str(self.folder)), *(str(path) for path in self.tmp.iterdir())]

    def left_of_fixes(self) -> list[str]:
        """The processes and directories of fix attempts that are still there."""
        place = str(self.tmp / "orchestrate-fix-")
        return [*_commands_that_mention(place), *(str(path) for path in self.tmp.iterdir())]

    def forget(self) -> None:
        """Begin with no fault armed or fired, and with the log from here on."""
        shutil.rmtree(self.faults)
        self.faults.mkdir()
        self._read_from = (self.folder / "log").stat().st_size

    def log_tail(self) -> str:
        """The end of what the workers wrote since `forget`, without what goes on all the time."""
        with (self.folder / "log").open("rb") as log:
            log.seek(self._read_from)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(line for line in lines if not _HUM.search(line))[-12_000:]

    def die_at_sql(self, pattern: str, *, after: bool = False) -> None:
        """Have the process that executes a matching statement killed, before or after the statement, once."""
        written = self.faults / "new"
        written.write_text(json.dumps({"pattern": pattern, "after": after}))
        written.rename(self.faults / "armed")

    def killer(self, role: str) -> Callable[[int], None]:
        """A function that kills, of the cluster whose worker has a connection from the given port, one process."""

        def kill(port: int) -> None:
            worker = _process_at(port)
            assert name_of(worker) == "q-worker", worker
            victim = _relative(worker, role)
            victim.kill()
            # The whole cluster goes down with it; nobody may answer the worker before.
            wait_until(lambda: _is_gone(worker), f"the worker is gone after its {role} was killed", 10)
            (self.faults / "fired").touch()

        return kill

    def has_killed(self) -> bool:
        """True once a fault has killed its process."""
        return (self.faults / "fired").exists()


def _process_at(port: int) -> psutil.Process:
    for one in psutil.net_connections("tcp4"):
        if one.laddr and one.laddr.port == port and one.pid not in {None, os.getpid()}:
            return psutil.Process(one.pid)
    raise AssertionError(f"no other process has a connection from port {port}")


def _relative(worker: psutil.Process, role: str) -> psutil.Process:
    sentinel = worker.parent()
    assert sentinel is not None
    main = sentinel.parent()
    assert main is not None
    if role in {"busy", "sentinel", "main"}:
        return {"busy": worker, "sentinel": sentinel, "main": main}[role]
    wanted = "q-worker" if role == "idle" else f"q-{role}"
    return next(child for child in sentinel.children() if name_of(child) == wanted and child.pid != worker.pid)


def _is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _commands_that_mention(text: str) -> list[str]:
    """The command lines of living processes, but this one, that have the text there or in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            command = " ".join(process.cmdline())
            if any(text in word for word in (command, *process.environ().values())):
                found.append(f"{process.pid} {command}")
    return found
