"""Keeps worker clusters running: starts each, starts again what ends, stops all on SIGTERM."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from orchestrate_site.queue.process import name_process

logger = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """Times, all in seconds."""

    first_delay: float = 0.5
    """Before the first restart; each further one waits twice as long."""
    max_delay: float = 30.0
    """No restart waits longer than this."""
    steady: float = 60.0
    """A cluster that lived this long begins again with `first_delay`."""
    grace: float = 25.0
    """From SIGTERM until what still runs is killed."""


def restart_delay(failures: int, limits: Limits) -> float:
    """Seconds to wait before restart number `failures`, counted from 1."""
    return min(limits.max_delay, limits.first_delay * 2.0 ** min(failures - 1, 30))


@dataclass(slots=True)
class Program:
    """One program to keep running, as the leader of a session of its own, with exactly this `argv` and `env`."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    limits: Limits
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _due: float = field(default=0.0, init=False)

    def tend(self) -> None:
        """Notice an end, and start the program when its time has come."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
        elif self._process.poll() is not None:
            self._plan_restart(self._process)

    def is_running(self) -> bool:
        """True while the program's first process lives."""
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        """Ask the program, and only its first process, to finish."""
        if self._process is not None and self.is_running():
            self._process.terminate()

    def kill(self) -> None:
        """Kill whatever is left in the program's group, and wait for its first process to be gone."""
        if self._process is not None:
            _kill_group(self._process.pid)
            self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            list(self.argv), env=dict(self.env), stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._started = time.monotonic()
        logger.info("%s started, pid %d", self.name, self._process.pid)

    def _plan_restart(self, process: subprocess.Popen[bytes]) -> None:
        _kill_group(process.pid)
        lived = time.monotonic() - self._started
        self._failures = 1 if lived >= self.limits.steady else self._failures + 1
        delay = restart_delay(self._failures, self.limits)
        self._due = time.monotonic() + delay
        self._process = None
        logger.error(
            "%s ended with code %s after %.0f s; it starts again in %.1f s", self.name, process.returncode, lived, delay
        )


def _kill_group(leader_pid: int) -> None:
    try:
        os.killpg(leader_pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(slots=True)
class Supervisor:
    """Runs `programs` until SIGTERM or SIGINT."""

    programs: Sequence[Program]
    limits: Limits
    _signals: list[int] = field(default_factory=list, init=False)

    def run(self) -> int:
        """Keep every program running until SIGTERM or SIGINT, then stop them all; give the exit code 0.

        The first signal lets each program finish within `limits.grace`; a second SIGINT, from somebody who will not
        wait, kills at once. Call it from the main thread: it sets signal handlers.
        """
        name_process("q-supervisor")
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda signum, _: self._signals.append(signum))
        while not self._signals:
            for program in self.programs:
                program.tend()
            time.sleep(_POLL_SECONDS)
        self._stop()
        return 0

    def _stop(self) -> None:
        logger.info("stopping; unfinished work has %.0f s", self.limits.grace)
        deadline = time.monotonic() + self.limits.grace
        for program in self.programs:
            program.terminate()
        while any(program.is_running() for program in self.programs):
            if time.monotonic() >= deadline or self._signals.count(signal.SIGINT) > 1:
                break
            time.sleep(_POLL_SECONDS)
        for program in self.programs:
            if program.is_running():
                logger.warning("%s did not finish in time and is killed; its unfinished tasks run again", program.name)
            program.kill()
