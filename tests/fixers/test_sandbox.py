import os
import sys
import time
from pathlib import Path

import pytest

from fixers import processes
from fixers.sandbox import OUTPUT_BYTES, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(home=tmp_path, mark=f"test-{os.getpid()}-")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_exit_code_and_both_outputs_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    result = sandbox.run(python(code), cwd=tmp_path, seconds=20)
    assert (result.exit_code, result.output.split(), result.timed_out) == (3, ["out", "err"], False)


def test_nothing_of_our_environment_gets_in(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_TOKEN", "canary-token")
    monkeypatch.setenv("SECRET_KEY", "canary-key")
    result = sandbox.run(python("import os; print(os.environ)"), cwd=tmp_path, seconds=20)
    assert "canary" not in result.output
    assert str(tmp_path) in result.output


def test_time_up_ends_grandchildren_in_sessions_of_their_own(sandbox: Sandbox, tmp_path: Path) -> None:
    # The grandchild leaves the session and, its parent gone, the family; it would outlive a killed process group.
    code = """
import os, subprocess, sys, time
sleeper = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleeper!r}], start_new_session=True)"
subprocess.run([sys.executable, "-c", parent])
time.sleep(60)
"""
    started = time.monotonic()
    result = sandbox.run(python(code), cwd=tmp_path, seconds=2)
    assert result.timed_out
    assert time.monotonic() - started < 10
    assert not alive(int((tmp_path / "pid").read_text()))


def test_what_a_program_leaves_running_is_ended_with_it(sandbox: Sandbox, tmp_path: Path) -> None:
    code = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
open("pid", "w").write(str(child.pid))
"""
    result = sandbox.run(python(code), cwd=tmp_path, seconds=30)
    assert (result.exit_code, result.timed_out) == (0, False)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_other_children_of_this_process_live_on(sandbox: Sandbox, tmp_path: Path) -> None:
    other = os.posix_spawn(sys.executable, python("import time; time.sleep(60)"), {})
    try:
        sandbox.run(python("pass"), cwd=tmp_path, seconds=20)
        assert alive(other)
    finally:
        os.kill(other, 9)
        os.waitpid(other, 0)


def test_endless_output_is_bounded_and_its_end_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "import sys\nfor n in range(200_000): sys.stdout.write('x' * 50 + '\\n')\nprint('the end')"
    result = sandbox.run(python(code), cwd=tmp_path, seconds=30)
    assert len(result.output) <= OUTPUT_BYTES
    assert result.output.endswith("the end\n")


def test_memory_is_bounded(sandbox: Sandbox, tmp_path: Path) -> None:
    result = sandbox.run(python("bytearray(600_000_000)"), cwd=tmp_path, seconds=20, memory=300_000_000)
    assert result.exit_code == 1
    assert "MemoryError" in result.output


def test_a_program_that_is_not_there_is_said_so(sandbox: Sandbox, tmp_path: Path) -> None:
    result = sandbox.run(["no-such-tool"], cwd=tmp_path, seconds=5)
    assert result.exit_code == 127
    assert "no-such-tool could not be started" in result.output


def test_marked_processes_are_found_and_ended(tmp_path: Path) -> None:
    code = python("import time; time.sleep(60)")
    marked = os.posix_spawn(sys.executable, code, {processes.MARK: "mine-7-1-"})
    other = os.posix_spawn(sys.executable, code, {processes.MARK: "mine-77-1-"})
    try:
        time.sleep(0.1)
        assert processes.end_marked("mine-7-") == 1
        assert os.waitpid(marked, 0)[1] == 9
        assert alive(other)
    finally:
        os.kill(other, 9)
        os.waitpid(other, 0)
