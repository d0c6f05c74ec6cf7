"""Children end with everything they started, whatever happens to their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrate_site.demo.processes import Child, tail

PYTHON = sys.executable
# Starts a grandchild in a process group of its own, as CI workers do, and writes down its id.
FAMILY = """
import os, pathlib, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
pathlib.Path("pids.tmp").write_text(f"{os.getpid()} {grandchild.pid}")
os.rename("pids.tmp", "pids")
time.sleep(600)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FAMILY


def start(code: str, directory: Path) -> Child:
    return Child(
        [PYTHON, "-c", code], name="child", env={"MARK": "given"}, cwd=directory, log_path=directory / "child.log"
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.02)


def family(directory: Path) -> list[int]:
    until((directory / "pids").exists)
    return [int(pid) for pid in (directory / "pids").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("code", [FAMILY, DEAF])
def test_stop_ends_the_child_and_what_it_started(tmp_path: Path, code: str) -> None:
    child = start(code, tmp_path)
    pids = family(tmp_path)
    child.stop(timeout=0.5)
    assert not child.running
    assert not any(alive(pid) for pid in pids)


def test_stop_tells_the_signal_and_may_be_repeated(tmp_path: Path) -> None:
    child = start(FAMILY, tmp_path)
    family(tmp_path)
    assert child.running
    assert child.stop() == -signal.SIGTERM
    assert child.stop() == -signal.SIGTERM


def test_stop_ends_what_a_dead_child_left_behind(tmp_path: Path) -> None:
    child = start(FAMILY, tmp_path)
    pids = family(tmp_path)
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: not child.running)
    assert alive(pids[1])
    assert child.stop() == -signal.SIGKILL
    assert not alive(pids[1])


def test_with_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), start(FAMILY, tmp_path):
        raise ZeroDivisionError(family(tmp_path))
    assert not any(alive(pid) for pid in family(tmp_path))


def test_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from orchestrate_site.demo.processes import Child\n"
        f"Child([sys.executable, '-c', {FAMILY!r}], name='x', env={{}}, cwd=Path({str(tmp_path)!r}),"
        f" log_path=Path({str(tmp_path / 'log')!r}))\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([PYTHON, "-c", code], start_new_session=True)
    pids = family(tmp_path)
    parent.kill()
    parent.wait()
    until(lambda: not alive(pids[0]))
    os.kill(pids[1], signal.SIGKILL)


def test_child_sees_only_the_environment_it_was_given_and_its_output_is_kept(tmp_path: Path) -> None:
    code = "import os, sys; print(sorted(os.environ), file=sys.stderr); print('last'); sys.exit(3)"
    child = start(code, tmp_path)
    until(lambda: not child.running)
    assert child.stop() == 3
    assert "last" in child.tail().splitlines()
    assert "MARK" in child.tail()
    assert "PATH" not in child.tail()


def test_tail_gives_the_last_lines_and_nothing_for_a_missing_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 3) == ""
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(50_000)) + b"\xff end")
    assert tail(log, 2) == "line 49999\n\ufffd end"
