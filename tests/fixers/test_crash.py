"""kill -9 of the fix process, and of the worker above it, in the middle of each step: the attempt ends the same way."""

import json
import os
import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fixers.conftest import PRETTY, PYPROJECT, UGLY, GitRepo, make_repo

SHOP_TEST = "from shop import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
# Kills the nearest fix process above it, once: the file `killed` says that it was done.
KILL = """
import os, pathlib, signal
done = pathlib.Path({done!r})
def parent(pid):
    return int(pathlib.Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[1])
if not done.exists():
    done.write_text("x")
    pid = os.getpid()
    while pid and "django\\0fix_attempt" not in pathlib.Path(f"/proc/{{pid}}/cmdline").read_text():
        pid = parent(pid)
    os.kill(pid, signal.SIGKILL)
"""

Ender = Callable[[], dict[str, Any]]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return make_repo(tmp_path)


def environment(place: Path) -> dict[str, str]:
    temporary = place / "tmp"
    temporary.mkdir(exist_ok=True)
    return os.environ | {
        "ORCHESTRATE_DATA_DIR": str(place / "data"),
        "DATABASE_URL": f"sqlite:///{place / 'data' / 'orchestrate.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(temporary),
    }


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows."""
    place = tmp_path_factory.mktemp("empty")
    (place / "data").mkdir()
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(command, env=environment(place), check=True)
    return place / "data" / "orchestrate.sqlite3"


@pytest.fixture(autouse=True)
def database(empty_database: Path, tmp_path: Path) -> None:
    """A copy of it for this story."""
    (tmp_path / "data").mkdir()
    with sqlite3.connect(empty_database) as source, sqlite3.connect(tmp_path / "data" / empty_database.name) as copy:
        source.backup(copy)
    source.close()
    copy.close()


@contextmanager
def started(place: Path, **story: Any) -> Iterator[subprocess.Popen[str]]:
    """A worker, killed at the end if it still lives."""
    (place / "story.json").write_text(json.dumps({"agent": "", **story}))
    command = [sys.executable, "-m", "tests.fixers.crash_story", str(place)]
    with subprocess.Popen(command, env=environment(place), stdout=subprocess.PIPE, text=True) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def tell(place: Path, **story: Any) -> dict[str, Any]:
    with started(place, **story) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    end: dict[str, Any] = json.loads(out.splitlines()[-1])
    return end


def check(end: dict[str, Any], repo: GitRepo, place: Path, *, starts: int) -> None:
    """One branch, one wish for CI, nothing left behind."""
    assert (end["state"], end["starts"]) == ("watching", starts), end
    assert end["triggers"] == 1
    assert sorted(repo.heads()) == ["main", end["branch"]]
    assert list((place / "tmp").iterdir()) == []
    assert [kind for kind in end["events"] if kind == "watching"] == ["watching"]


def ugly(repo: GitRepo) -> str:
    repo.commit({"pyproject.toml": PYPROJECT, "shop.py": PRETTY})
    return repo.commit({"shop.py": UGLY})


def kill_script(place: Path) -> str:
    return KILL.format(done=str(place / "killed"))


def test_without_a_kill_one_start_is_enough(repo: GitRepo, tmp_path: Path) -> None:
    check(tell(tmp_path, commit=ugly(repo)), repo, tmp_path, starts=1)


def test_killed_while_the_change_is_verified(repo: GitRepo, tmp_path: Path) -> None:
    # The test, run again on the changed tree, kills; on the unchanged one it fails before it comes to that.
    test = f"{SHOP_TEST}    exec({kill_script(tmp_path)!r}, {{}})\n"
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": test})
    script = f"open('shop.py', 'w').write({RIGHT!r})"
    command = shlex.join([sys.executable, "-c", script, "{prompt_file}"])
    check(tell(tmp_path, commit=sha, agent=command), repo, tmp_path, starts=2)
    assert (tmp_path / "killed").exists()


def test_time_up_ends_the_attempt_and_all_its_processes(repo: GitRepo, tmp_path: Path) -> None:
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": SHOP_TEST})
    pid = tmp_path / "pid"
    script = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(90)"
    command = shlex.join([sys.executable, "-c", script, "{prompt_file}"])
    end = tell(tmp_path, commit=sha, agent=command, seconds=10, lease=11)
    assert (end["state"], end["reason"]) == ("failed", "ended after 10 s, the longest an attempt may take")
    assert not is_alive(int(pid.read_text()))
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list(repo.heads()) == ["main"]


def test_a_lease_is_renewed_while_the_process_lives(repo: GitRepo, tmp_path: Path) -> None:
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": SHOP_TEST})
    go_on = tmp_path / "go_on"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(go_on)!r}).exists():\n    time.sleep(0.05)\n"
    script = f"{waits}open('shop.py', 'w').write({RIGHT!r})"
    command = shlex.join([sys.executable, "-c", script, "{prompt_file}"])
    with started(tmp_path, commit=sha, agent=command, lease=1) as worker:
        wait_for(lambda: lease(tmp_path) is not None)
        first = lease(tmp_path)
        wait_for(lambda: lease(tmp_path) != first)
        go_on.touch()
        out, _ = worker.communicate(timeout=60)
    check(json.loads(out.splitlines()[-1]), repo, tmp_path, starts=1)


def lease(place: Path) -> str | None:
    database = sqlite3.connect(place / "data" / "orchestrate.sqlite3", timeout=20)
    try:
        row = database.execute("SELECT leased_until FROM fixers_fixattempt").fetchone()
    finally:
        database.close()
    return row[0] if row else None


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
