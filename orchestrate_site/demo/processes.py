"""Child processes that never outlive this one."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from orchestrate_site.queue.process import die_with_parent

_POLL_SECONDS: Final = 0.05


class Child:
    """A program running in a session of its own, from construction until `stop`.

    It gets SIGTERM from the kernel when the thread that made it ends, kill -9 included, so make children in the main
    thread; to end what it started itself is then its own duty. Its standard output and error are appended to
    `log_path`. `env` is the whole environment. Raises OSError where the program cannot be started.
    """

    def __init__(self, argv: Sequence[str], *, name: str, env: Mapping[str, str], cwd: Path, log_path: Path) -> None:
        self.name = name
        self.log_path = log_path
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                argv,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )

    @property
    def pid(self) -> int:
        """Process id, which is the id of the session and of its first process group too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the program itself has not ended yet. What it started may live on until `stop`."""
        if self._process.returncode is not None:
            return False
        # Not reaped here: its id stays taken, so `stop` cannot hit a stranger.
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def stop(self, timeout: float = 10.0) -> int:
        """End the program and everything of its session: SIGTERM, and SIGKILL for what is left after `timeout` seconds.

        Returns the exit code, negative for a signal. May be called again.
        """
        if self._process.returncode is None:
            if self.running:
                os.killpg(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + timeout
            while self.running and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            _kill_session(self.pid)
        return self._process.wait()

    def tail(self, lines: int = 20) -> str:
        """The last `lines` lines of what the program wrote."""
        return tail(self.log_path, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def tail(path: Path, lines: int) -> str:
    """The last `lines` lines of a text file, "" where there is none. Reads at most 64 KiB."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _die_with(parent: int) -> Callable[[], None]:
    return lambda: die_with_parent(parent, signal.SIGTERM)


def _kill_session(leader: int) -> None:
    # A CI worker puts each command into a process group of its own: the group of the leader is not enough.
    # Repeated, since a process may start another while the list is made.
    for _ in range(100):
        members = list(_session(leader))
        if not members:
            return
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _session(leader: int) -> Iterator[int]:
    """Processes of the session that have not ended; https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything: state, parent, group and session follow the last one.
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] not in "ZX":
            yield int(entry.name)
