"""The real CI server does with the sample repository what the demo counts on."""

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.buildbot import Buildbot
from orchestrate_site.demo.ports import free_port
from orchestrate_site.demo.sample import Sample
from orchestrate_site.demo.sample_files import BUG, FLAKY, FORMATTING, GREEN
from tests.peers.conftest import WEBHOOK_TOKEN, Listener, Push

pytestmark = pytest.mark.peers

SUCCESS, FAILURE, CANCELLED = 0, 2, 6
_numbers = itertools.count()


def send(server: Buildbot, method: str, path: str, body: object = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between us and loopback
        answer = session.request(method, f"{server.url}/api/v2{path}", json=body, timeout=10)
    answer.raise_for_status()
    return answer


def get(server: Buildbot, path: str) -> Any:
    return send(server, "GET", path).json()


def call(server: Buildbot, path: str, method: str, **params: object) -> Any:
    body = {"id": 1, "jsonrpc": "2.0", "method": method, "params": params}
    return send(server, "POST", path, body).json()["result"]


def force(server: Buildbot, sha: str, marker: str = "") -> int:
    """Ask for a build of one commit; returns the build request's id."""
    marker = marker or f"run-{next(_numbers)}"
    _, requests_by_builder = call(
        server,
        "/forceschedulers/force",
        "force",
        builderNames=["ci"],
        branch="main",
        revision=sha,
        orchestrate_id=marker,
        reason=f"orchestrate {marker}",
    )
    return int(next(iter(requests_by_builder.values())))


def finish(server: Buildbot, request: int) -> int:
    """Wait for a build request to end; returns its results."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = get(server, f"/buildrequests/{request}")["buildrequests"][0]
        if found["complete"]:
            return int(found["results"])
        time.sleep(0.1)
    raise AssertionError(f"build request {request} did not end; {server.log_tail()}")


def build_of(server: Buildbot, request: int) -> dict[str, Any]:
    builds: list[dict[str, Any]] = get(server, f"/builds?buildrequestid={request}&property=*")["builds"]
    assert len(builds) == 1
    return builds[0]


def steps_of(server: Buildbot, build: dict[str, Any]) -> dict[str, int]:
    return {step["name"]: step["results"] for step in get(server, f"/builds/{build['buildid']}/steps")["steps"]}


def log_of(server: Buildbot, build: dict[str, Any], step: str, log: str) -> str:
    return send(server, "GET", f"/builds/{build['buildid']}/steps/{step}/logs/{log}/raw").text


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.05)


def processes_in(directory: Path) -> list[int]:
    """Processes that work in a directory or below it: the server and the commands of its builds."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(directory):
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def test_green_commit_passes_every_step(buildbot: Buildbot, sample: Sample) -> None:
    request = force(buildbot, sample.sha(GREEN))
    assert finish(buildbot, request) == SUCCESS
    build = build_of(buildbot, request)
    assert build["properties"]["got_revision"][0] == sample.sha(GREEN)
    steps = steps_of(buildbot, build)
    assert list(steps) == ["worker_preparation", "checkout", "format", "lint", "test"]
    assert set(steps.values()) == {SUCCESS}
    assert 'failures="0"' in log_of(buildbot, build, "test", "junit")
    assert "2 passed" in log_of(buildbot, build, "test", "stdio")


def test_bug_fails_one_test_and_says_which(buildbot: Buildbot, sample: Sample) -> None:
    request = force(buildbot, sample.sha(BUG))
    assert finish(buildbot, request) == FAILURE
    build = build_of(buildbot, request)
    steps = steps_of(buildbot, build)
    assert [name for name, results in steps.items() if results != SUCCESS] == ["test"]
    report = log_of(buildbot, build, "test", "junit")
    assert 'errors="0" failures="1"' in report
    assert 'name="test_discount_takes_a_share_of_the_price"' in report
    assert "assert 19990 == 18000" in report
    assert "tests/test_prices.py:9: AssertionError" in report


def test_formatting_failure_ends_the_build_at_its_step(buildbot: Buildbot, sample: Sample) -> None:
    request = force(buildbot, sample.sha(FORMATTING))
    assert finish(buildbot, request) == FAILURE
    build = build_of(buildbot, request)
    steps = steps_of(buildbot, build)
    assert steps["format"] == FAILURE
    assert "test" not in steps
    assert "1 file would be reformatted" in log_of(buildbot, build, "format", "stdio")


def test_flaky_test_passes_when_its_commit_is_built_again(buildbot: Buildbot, sample: Sample) -> None:
    first = force(buildbot, sample.sha(FLAKY))
    assert finish(buildbot, first) == FAILURE
    report = log_of(buildbot, build_of(buildbot, first), "test", "junit")
    assert 'errors="0" failures="1"' in report
    assert 'name="test_rates_know_the_euro"' in report
    again = call(buildbot, f"/builds/{build_of(buildbot, first)['buildid']}", "rebuild")
    assert finish(buildbot, int(next(iter(again[1].values())))) == SUCCESS


def test_build_is_found_again_by_the_marker_in_its_reason(buildbot: Buildbot, sample: Sample) -> None:
    request = force(buildbot, sample.sha(GREEN), marker="marker-4711")
    buildsets = get(buildbot, "/buildsets?reason__contains=marker-4711")["buildsets"]
    found = get(buildbot, f"/buildrequests?buildsetid={buildsets[0]['bsid']}")["buildrequests"]
    assert [item["buildrequestid"] for item in found] == [request]
    assert finish(buildbot, request) == SUCCESS


def test_two_requests_for_one_commit_are_two_builds_and_a_waiting_one_can_be_cancelled(
    buildbot: Buildbot, sample: Sample
) -> None:
    running, waiting = force(buildbot, sample.sha(GREEN)), force(buildbot, sample.sha(GREEN))
    call(buildbot, f"/buildrequests/{waiting}", "cancel", reason="not needed")
    assert finish(buildbot, waiting) == CANCELLED
    assert finish(buildbot, running) == SUCCESS


def test_webhook_brings_start_and_end_with_the_token(buildbot: Buildbot, sample: Sample, listener: Listener) -> None:
    request = force(buildbot, sample.sha(GREEN))
    assert finish(buildbot, request) == SUCCESS
    pushes: list[Push] = []
    while len(pushes) < 2:
        push = listener.pushes.get(timeout=5)
        if push.body["buildrequestid"] == request:
            pushes.append(push)
    assert [(push.body["complete"], push.body["results"]) for push in pushes] == [(False, None), (True, SUCCESS)]
    assert {push.headers["X-Orchestrate-Token"] for push in pushes} == {WEBHOOK_TOKEN}


def test_server_sees_no_secret_of_ours_and_keeps_the_token_to_itself(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTRATE_TEST_SECRET", "s3cret-of-the-product")
    with Buildbot(tmp_path, free_port(), sample.remote, webhook_url="http://127.0.0.1:9", webhook_token="t0ken"):
        environments = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in processes_in(tmp_path))
    assert b"GIT_CONFIG_NOSYSTEM=1" in environments
    assert b"s3cret-of-the-product" not in environments
    assert b"t0ken" not in environments
    assert (tmp_path / "settings.json").stat().st_mode & 0o077 == 0


def test_nothing_is_left_when_the_process_that_started_the_server_is_killed(sample: Sample, tmp_path: Path) -> None:
    server = Buildbot(tmp_path, free_port(), sample.remote)
    code = (
        "import sys; from pathlib import Path; from orchestrate_site.demo.buildbot import Buildbot\n"
        f"with Buildbot(Path({str(tmp_path)!r}), {server.port}, {sample.remote!r}): print('up', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        request = force(server, sample.sha(GREEN))
        until(lambda: bool(get(server, f"/builds?buildrequestid={request}")["builds"]))
        parent.kill()
    until(lambda: not processes_in(tmp_path))


def test_stopped_server_starts_again_where_it_was(sample: Sample, tmp_path: Path) -> None:
    server = Buildbot(tmp_path, free_port(), sample.remote)
    with server:
        request = force(server, sample.sha(GREEN))
        assert finish(server, request) == SUCCESS
    server.stop()
    assert not server.running
    with pytest.raises(requests.ConnectionError):
        get(server, "/buildrequests")
    with server:
        assert finish(server, request) == SUCCESS


def test_port_in_use_is_refused_before_anything_starts(sample: Sample, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = Buildbot(tmp_path / "buildbot", taken.getsockname()[1], sample.remote)
        with pytest.raises(OrchestrateError, match=r"port \d+ is in use: .*--buildbot-port"):
            server.start()
    assert not (tmp_path / "buildbot").exists()


def test_server_that_cannot_be_set_up_says_why(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_text("this is no database, and long enough to be noticed as none " * 20)
    server = Buildbot(tmp_path, free_port(), sample.remote)
    with pytest.raises(OrchestrateError, match="file is not a database"):
        server.start()


def test_server_that_ends_at_its_start_says_why(sample: Sample, tmp_path: Path) -> None:
    for name in ("buildbot.tac", "state.sqlite"):
        (tmp_path / name).write_text("")
    server = Buildbot(tmp_path, free_port(), sample.remote)
    with pytest.raises(OrchestrateError, match=r"(?s)ended while starting.*unexpected content in .*buildbot\.tac"):
        server.start()
    assert not server.running


def test_server_that_is_too_slow_is_ended(sample: Sample, tmp_path: Path) -> None:
    server = Buildbot(tmp_path, free_port(), sample.remote)
    with pytest.raises(OrchestrateError, match=r"did not answer on http://127\.0\.0\.1:\d+ within 0\.01 s"):
        server.start(timeout=0.01)
    assert not server.running


def test_webhook_address_that_buildbot_would_choke_on_is_refused(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(OrchestrateError, match="ends with a slash"):
        Buildbot(tmp_path, free_port(), sample.remote, webhook_url="http://127.0.0.1:9/hook/")


def test_missing_buildbot_names_the_requirements(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "buildbot", None)
    with pytest.raises(OrchestrateError, match=r"requirements-dev\.lock"):
        Buildbot(tmp_path, free_port(), sample.remote).start()


def test_missing_git_is_named(sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OrchestrateError, match="git is not found on PATH"):
        Buildbot(tmp_path, free_port(), sample.remote).start()
