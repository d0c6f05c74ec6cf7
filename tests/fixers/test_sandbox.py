import os
import sys
import time
from pathlib import Path

import pytest

from fixers import processes
from fixers.outcome import AttemptState, Ended
from fixers.sandbox import OUTPUT_BYTES, PROCESSES, Sandbox
from tests.fixers.conftest import git


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
        assert not processes.end_marked("mine-7-", seconds=0)
        assert processes.end_marked("mine-7-")
        assert os.waitpid(marked, 0)[1] == 9
        assert alive(other)
    finally:
        os.kill(other, 9)
        os.waitpid(other, 0)


def test_a_tree_that_looks_like_a_repository_has_no_commands_run(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("objects", "refs"):
        (tree / name).mkdir(parents=True)
    (tree / "HEAD").write_text("ref: refs/heads/main\n")
    trap = f'\tfsmonitor = "touch {tmp_path}/trapped"\n'
    (tree / "config").write_text(f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n{trap}")
    result = sandbox.run(["git", "ls-files", "--others"], cwd=tree, seconds=20)
    assert result.exit_code == 128
    assert not (tmp_path / "trapped").exists()


def test_no_repository_above_the_tree_and_no_settings_of_the_user_are_found(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    git("init", "--quiet", cwd=tmp_path)
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Ada\n")
    assert sandbox.run(["git", "rev-parse", "--git-dir"], cwd=tree, seconds=20).exit_code == 128
    assert sandbox.run(["git", "config", "--global", "user.name"], cwd=tree, seconds=20).exit_code == 1


def test_a_process_that_forks_and_ends_again_and_again_is_caught(sandbox: Sandbox, tmp_path: Path) -> None:
    code = """
import os, time
os.setsid() if os.fork() == 0 else os._exit(0)
for number in range(400):
    if os.fork():
        os._exit(0)
    time.sleep(0.003)
    open("number", "w").write(str(number))
open("over", "w")
"""
    started, before = time.monotonic(), processes.children()
    sandbox.run(python(code), cwd=tmp_path, seconds=20)
    assert time.monotonic() - started < 10
    assert processes.children() == before
    reached = (tmp_path / "number").read_text() if (tmp_path / "number").exists() else ""
    time.sleep(0.1)
    assert ((tmp_path / "number").read_text() if (tmp_path / "number").exists() else "") == reached
    assert not (tmp_path / "over").exists()


def test_many_processes_are_ended_quickly(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "import os, time\nfor _ in range(300):\n    if not os.fork():\n        time.sleep(60)\ntime.sleep(60)"
    started, before = time.monotonic(), processes.children()
    assert sandbox.run(python(code), cwd=tmp_path, seconds=1).timed_out
    assert time.monotonic() - started < 6
    assert processes.children() == before


def test_what_cannot_be_ended_fails_the_attempt(tmp_path: Path) -> None:
    hurried = Sandbox(home=tmp_path, mark="test-hurried-", end_seconds=0)
    with pytest.raises(Ended, match=r"what .* started could not be ended") as caught:
        hurried.run(python("pass"), cwd=tmp_path, seconds=20)
    assert caught.value.state is AttemptState.FAILED


def test_the_number_of_processes_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[1])"
    assert 0 < int(sandbox.run(python(code), cwd=tmp_path, seconds=20).output) <= PROCESSES
