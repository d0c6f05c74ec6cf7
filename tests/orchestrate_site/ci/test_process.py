"""The program as a process: signals, pipes, and configurations that cannot work."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from orchestrate_site.paths import BASE_DIR
from tests.fakes.ci_server import FakeCI, Outcome

Env = Mapping[str, str]


def orchestrate(env: Env, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        command(*args), env=dict(env), cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )


def command(*args: str) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "manage.py", "ci", *args]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation without a database."""
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "tests-only-" + "x" * 50,
        "ORCHESTRATE_FIELD_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "ORCHESTRATE_DATA_DIR": f"{tmp_path_factory.mktemp('data')}",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('empty') / 'db.sqlite3'}",
    }


@pytest.fixture(scope="module")
def migrated(empty: Env, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, env={**empty, "DATABASE_URL": f"sqlite:///{path}"}, cwd=BASE_DIR, check=True, timeout=120)
    return path


@pytest.fixture
def server() -> Iterator[FakeCI]:
    """A CI server."""
    with FakeCI() as running:
        yield running


@pytest.fixture
def env(empty: Env, migrated: Path, server: FakeCI, tmp_path: Path) -> Env:
    """An installation with a database, connected to the server."""
    shutil.copy(migrated, tmp_path / "db.sqlite3")
    env = {**empty, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    file = tmp_path / "orchestrate.yaml"
    file.write_text(yaml.safe_dump({"ci": {"provider": "custom", "config": server.config()}}))
    assert orchestrate(env, "connect", "-f", f"{file}").returncode == 0
    return env


def triggered(env: Env) -> str:
    """The number of a new run."""
    result = orchestrate(env, "trigger", "--workflow", "unit")
    assert (result.returncode, result.stderr.count("error")) == (0, 0)
    return result.stdout.strip()


def test_from_trigger_to_green_without_any_worker(env: Env, server: FakeCI) -> None:
    server.script("unit", [Outcome("green")])
    done = orchestrate(env, "wait", "--run", triggered(env), "--interval", "0.1")

    assert (done.returncode, "success" in done.stdout) == (0, True)


def test_a_red_run_is_exit_code_1(env: Env, server: FakeCI) -> None:
    server.script("unit", [Outcome("red", log="boom\n")])
    run = triggered(env)

    assert orchestrate(env, "wait", "--run", run, "--interval", "0.1").returncode == 1
    assert orchestrate(env, "logs", "--run", run, "--failed").stdout == "boom\n"


def test_ctrl_c_while_waiting_leaves_the_run_alone(env: Env, server: FakeCI) -> None:
    server.script("unit", [Outcome(holds=True)])
    run = triggered(env)
    waiting = subprocess.Popen(
        command("wait", "--run", run), env=dict(env), cwd=BASE_DIR, stderr=subprocess.PIPE, text=True
    )
    assert waiting.stderr is not None
    first = waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    _, rest = waiting.communicate(timeout=30)

    assert "running" in first
    assert waiting.returncode == 130
    assert f"the run goes on. To wait again: orchestrate ci wait --run {run}" in rest
    assert "Traceback" not in rest
    assert server.cancels == []


def test_a_reader_that_goes_away_is_no_error(env: Env, server: FakeCI) -> None:
    server.script("unit", [Outcome("red", states=(), log="a line of the log\n" * 200_000)])
    run = triggered(env)
    orchestrate(env, "wait", "--run", run)
    printing = subprocess.Popen(
        command("logs", "--run", run),
        env=dict(env),
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert printing.stdout is not None
    assert printing.stderr is not None
    assert printing.stdout.readline() == "a line of the log\n"
    printing.stdout.close()

    assert (printing.wait(timeout=30), printing.stderr.read()) == (0, "")
    printing.stderr.close()


def test_a_reader_that_goes_away_does_not_hide_a_failed_run(env: Env, server: FakeCI) -> None:
    server.script("unit", [Outcome("red", states=())])
    run = triggered(env)
    reading, writing = os.pipe()
    os.close(reading)
    waiting = subprocess.run(
        command("wait", "--run", run), env=dict(env), cwd=BASE_DIR, stdout=writing, timeout=60, check=False
    )
    os.close(writing)

    assert waiting.returncode == 1


@pytest.mark.parametrize(("name", "as_json"), [("SECRET_KEY", True), ("ORCHESTRATE_FIELD_KEYS", False)])
def test_a_missing_secret_is_a_bad_configuration(empty: Env, name: str, as_json: bool) -> None:
    result = orchestrate({**empty, name: ""}, "list", *(["--json"] if as_json else []))

    assert (result.returncode, result.stdout) == (7, "")
    message = json.loads(result.stderr)["error"]["message"] if as_json else result.stderr
    assert f"{name} is not set" in message
    assert "Traceback" not in result.stderr


def test_a_missing_secret_ends_every_command_so(empty: Env) -> None:
    check = [sys.executable, "manage.py", "check"]
    result = subprocess.run(
        check, env={**empty, "SECRET_KEY": ""}, cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )

    assert result.returncode == 7
    assert result.stderr.startswith("error: SECRET_KEY is not set")


def test_a_database_without_tables_is_a_bad_configuration(empty: Env) -> None:
    result = orchestrate(empty, "list")

    assert (result.returncode, result.stdout) == (7, "")
    assert "orchestrate migrate" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_help_is_data(empty: Env) -> None:
    result = orchestrate(empty, "wait", "--help")

    assert (result.returncode, result.stderr) == (0, "")
    assert "orchestrate ci wait" in result.stdout
