"""`orchestrate demo`: the whole loop with a real Buildbot, as a newcomer starts it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from orchestrate_site.demo.ports import free_port
from tests.databases import start_postgres

pytestmark = pytest.mark.peers
ORCHESTRATE = Path(sys.executable).with_name("orchestrate")


def arguments(*more: str) -> list[str]:
    return [str(ORCHESTRATE), "demo", "--port", str(free_port()), "--buildbot-port", str(free_port()), *more]


def environment(tmp_path: Path, **changes: str) -> dict[str, str]:
    """A newcomer's: no secrets, no settings; temporary files where the test can look for them."""
    ours = ("SECRET_KEY", "ORCHESTRATE_", "DATABASE_URL", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return env | {"TMPDIR": str(tmp_path)} | changes


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def nothing_left(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=15)
    return not alive


def start(tmp_path: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments(*more), env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_words(process: subprocess.Popen[str], *words: str) -> None:
    """Read what the demo says until it has said all the words."""
    assert process.stderr is not None
    said, missing = "", list(words)
    while missing:
        line = process.stderr.readline()
        said += line
        assert line, f"the demo ended before it said {missing}, it said: {said}"
        missing = [word for word in missing if word not in line]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_all_four_commits_come_out_right(tmp_path: Path, database: str) -> None:
    options = ["--database", start_postgres()] if database == "postgres" else []
    done = subprocess.run(
        arguments("--once", "--json", *options), env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    green, formatting, flaky, bug = story["runs"]
    assert (green["state"], green["decision"], green["attempts"]) == ("success", "nothing", 1)
    assert (formatting["decision"], formatting["fix"]["state"]) == ("fix", "fixed")
    assert formatting["fix"]["run_state"] == "success"
    assert (flaky["state"], flaky["decision"], flaky["attempts"]) == ("success", "retry", 2)
    assert (bug["state"], bug["decision"], bug["attempts"]) == ("failure", "report", 2)
    assert bug["findings"][0]["test"] == "test_discount_takes_a_share_of_the_price"
    assert (bug["findings"][0]["file"], bug["findings"][0]["line"]) == ("tests/test_prices.py", 9)
    assert "19990" in bug["findings"][0]["message"]
    assert list(tmp_path.glob("orchestrate-demo-*")) == []


def test_a_port_in_use_is_a_clear_line_and_nothing_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [str(ORCHESTRATE), "demo", "--once", "--port", port],
            env=environment(tmp_path), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_git_is_a_clear_line(tmp_path: Path) -> None:
    shutil.copytree(Path(sys.executable).parent, tmp_path / "bin", symlinks=True)
    done = subprocess.run(
        arguments("--once"),
        env=environment(tmp_path, PATH=str(tmp_path / "bin")), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "git" in done.stderr
    assert "Traceback" not in done.stderr


def _interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def _terminate(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


def _stop_buildbot(process: subprocess.Popen[str]) -> None:
    for child in descendants(process):
        if "buildbot.scripts.runner" in " ".join(child.cmdline()):
            child.kill()


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()


@pytest.mark.parametrize(
    ("moment", "disturb", "code", "words"),
    [
        ("green: triggered", _interrupt, 130, "nothing is left running"),
        ("starting: Buildbot", _terminate, 130, "nothing is left running"),
        ("a real bug: triggered", _stop_buildbot, 2, "Buildbot has stopped"),
        ("green: triggered", _kill, -signal.SIGKILL, ""),
    ],
    ids=["Ctrl-C", "SIGTERM", "Buildbot killed", "kill -9"],
)
def test_however_it_ends_nothing_is_left_running(
    tmp_path: Path, moment: str, disturb: Callable[[subprocess.Popen[str]], None], code: int, words: str
) -> None:
    process = start(tmp_path, "--once")
    wait_for_words(process, moment)
    started = descendants(process)
    assert started or moment.startswith("starting")
    disturb(process)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert words in said
    assert "Traceback" not in said
    assert nothing_left(started)
    if code != -signal.SIGKILL:
        deadline = time.monotonic() + 5
        while list(tmp_path.glob("orchestrate-demo-*")) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(tmp_path.glob("orchestrate-demo-*")) == []
