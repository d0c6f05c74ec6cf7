"""Running other people's programs: clean environment, limits, a wall clock, and nothing left behind.

What this is not: a wall. A program runs as the user of the fix process and can read what that user can read; see
docs/fixing.md, section Limits.
"""

import os
import resource
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from ci_integrations.parsing.ansi import clean_line
from fixers import processes
from fixers.git import git_settings
from fixers.outcome import AttemptState, Ended

OUTPUT_BYTES: Final = 64 * 1024
TAIL_CHARACTERS: Final = 4000
FILE_BYTES: Final = 1_000_000_000
OPEN_FILES: Final = 4096
PROCESSES: Final = 4096
# See https://git-scm.com/docs/git-config: safe.bareRepository counts only in settings that are not a repository's own.
_HARMLESS_GIT: Final = git_settings(
    {"safe.bareRepository": "explicit", "core.fsmonitor": "false", "core.hooksPath": "/dev/null"}
) | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
_POLL: Final = 0.2
_DRAIN: Final = 1.0
_NOT_FOUND: Final = 127


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended. `output` is the end of what it wrote, stdout and stderr as they came, at most 64 KiB.

    `exit_code` is negative for a signal and 127 where the program could not be started.
    """

    exit_code: int
    output: str
    timed_out: bool = False

    def tail(self, lines: int = 30) -> str:
        """The last lines of the output as a reader sees them, at most 4,000 characters: fit to be stored."""
        last = self.output.strip().splitlines()[-lines:]
        return "\n".join(clean_line(line) for line in last)[-TAIL_CHARACTERS:]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where programs run: `home` is their HOME and TMPDIR, `mark` stands in the environment of all of them.

    Ending what they started is tried for `end_seconds`.
    """

    home: Path
    mark: str
    environment: Mapping[str, str] = field(default_factory=dict)
    end_seconds: float = processes.END_SECONDS

    def run(self, argv: Sequence[str], *, cwd: Path, seconds: float, memory: int | None = None) -> Result:
        """Run a program to its end or for `seconds`; then all it started is ended too, new sessions included.

        `memory` (bytes) bounds the address space of each process. Call it from a process without other threads. Raises
        Ended (failed) where something it started could not be ended.
        """
        before = processes.children()
        processes.adopt_orphans()
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=self._environment(cwd),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # The process that calls this has one thread, so forking and then setting limits is safe.
                preexec_fn=_limits(os.getpid(), seconds, memory),
            )
        except OSError as error:
            return Result(_NOT_FOUND, f"{argv[0]} could not be started: {error.strerror}")
        with process:
            try:
                result = _watch(process, seconds, end=lambda: self._end(process, keep=before))
            finally:
                gone = self._end(process, keep=before)
        if not gone:
            raise Ended(AttemptState.FAILED, f"what {argv[0]} started could not be ended; look at the machine")
        return result

    def _end(self, process: subprocess.Popen[bytes], *, keep: set[int]) -> bool:
        if process.poll() is None:
            processes.end_tree(process.pid)
            process.wait()
        return processes.end_children(keep=keep, seconds=self.end_seconds)

    def _environment(self, cwd: Path) -> dict[str, str]:
        """Nothing of ours but the search path."""
        return {
            "PATH": search_path(),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            # A tool may ask git about the tree, and a tree can look like a repository with commands in its settings.
            **_HARMLESS_GIT,
            "GIT_CEILING_DIRECTORIES": str(cwd.parent),
            **self.environment,
            processes.MARK: self.mark,
        }


def search_path() -> str:
    """Where programs are looked for: beside our own Python first, then the PATH of this process."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def find_program(name: str) -> str:
    """The full path of a program; "" where there is none."""
    return shutil.which(name, path=search_path()) or ""


def _limits(parent: int, seconds: float, memory: int | None) -> Callable[[], None]:
    def apply() -> None:
        processes.die_with_parent(parent)
        cpu = 8 * int(seconds) + 1  # of all threads together
        for limit, value in (
            (resource.RLIMIT_CPU, cpu),
            (resource.RLIMIT_FSIZE, FILE_BYTES),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            # Of this user in all, other processes included; the kernel does not hold root to it.
            (resource.RLIMIT_NPROC, PROCESSES),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, memory),
        ):
            if value is not None:
                processes.lower_limit(limit, value)

    return apply


def _watch(process: subprocess.Popen[bytes], seconds: float, *, end: Callable[[], bool]) -> Result:
    pipe = process.stdout
    if pipe is None:
        raise ValueError("the process has no output pipe")
    tail = bytearray()
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        reading = True
        while process.poll() is None and time.monotonic() < deadline:
            wait = min(_POLL, max(0.0, deadline - time.monotonic()))
            if not reading:
                _wait(process, wait)
            elif selector.select(wait):
                reading = _read(pipe, tail)
        timed_out = process.poll() is None
        end()
        # What is still in the pipe; its other ends are closed now.
        until = time.monotonic() + _DRAIN
        while reading and time.monotonic() < until and selector.select(0):
            reading = _read(pipe, tail)
    return Result(process.returncode, bytes(tail[-OUTPUT_BYTES:]).decode(errors="replace"), timed_out)


def _read(pipe: IO[bytes], tail: bytearray) -> bool:
    data = os.read(pipe.fileno(), 65536)
    tail += data
    del tail[: -2 * OUTPUT_BYTES]
    return bool(data)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
