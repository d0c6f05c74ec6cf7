"""The supervisor with programs that end at once, and a process that follows its parent without the kernel's help."""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from orchestrate_site.queue.supervisor import Limits, Program, restart_delay
from tests.orchestrate_site.queue.harness import ROOT, wait_until

LIMITS = Limits(first_delay=0.5, max_delay=4, steady=60)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 4), (100_000, 4)])
def test_each_restart_waits_twice_as_long_up_to_the_most(failures: int, seconds: float) -> None:
    assert restart_delay(failures, LIMITS) == seconds


def _starts(folder: Path, limits: Limits, seconds: float) -> list[float]:
    """When a program that lives for 0.1 s was started, in seconds since the epoch."""
    log = folder / "starts"
    code = f"import time; open({str(log)!r}, 'a').write(f'{{time.time()}}\\n'); time.sleep(0.1)"
    program = Program("short", [sys.executable, "-S", "-c", code], os.environ, limits)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        program.tend()
        time.sleep(0.01)
    program.kill()
    return [float(line) for line in log.read_text().splitlines()]


def test_a_program_that_keeps_ending_is_started_ever_more_slowly(tmp_path: Path) -> None:
    starts = _starts(tmp_path, Limits(first_delay=0.1, max_delay=10), 1.8)
    waits = [after - before for before, after in itertools.pairwise(starts)]
    assert len(waits) >= 2
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0] - 0.2


def test_a_program_that_lived_long_enough_is_started_soon_again(tmp_path: Path) -> None:
    first, second, third = _starts(tmp_path, Limits(first_delay=0.5, max_delay=10, steady=0.05), 1.6)[:3]
    assert second - first < 1
    assert third - second < 1


@pytest.mark.cluster
def test_without_prctl_a_process_still_follows_its_parent() -> None:
    child = (
        "import os, signal, time; from orchestrate_site.queue.process import watch_parent; "
        "parent = os.getppid(); print(os.getpid(), flush=True); watch_parent(parent, signal.SIGKILL); time.sleep(20)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child_process = psutil.Process(int(process.stdout.readline()))
        assert _is_alive(child_process)
        process.kill()
        wait_until(lambda: not _is_alive(child_process), "the child is gone", 4)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
