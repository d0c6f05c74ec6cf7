"""logs: of ended and of running jobs."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ci_integrations.domain import Capability, State
from ci_integrations.errors import Unavailable
from ci_integrations.models import JobLog, Repository, Run
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import Terminal, ci

pytestmark = pytest.mark.django_db
COLOURED = b"\x1b[31mred\x1b[0m \x1b]0;owned\x07\x1b[2Jplain\n50%\r100%\n"


def a_run(server: MemoryServer, repository: Repository, state: State, log: bytes | None) -> Run:
    """A run with one job `test` and its log on the server."""
    on_server = server.add_run("r1", state)
    if log is not None:
        on_server.logs["r1-job"] = log
    return Run.objects.create(repository=repository, external_id="r1", created_at="2026-01-01T00:00:00Z")


def test_the_log_of_an_ended_job_is_stored_and_printed(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE, b"one\ntwo\nthree")
    first = ci("logs", "--run", run.pk)
    server.runs[("r1", 1)].logs.clear()

    assert (first.code, first.out) == (0, "one\ntwo\nthree\n")
    assert ci("logs", "--run", run.pk, "--job", "test").out == first.out
    assert JobLog.objects.count() == 1


def test_the_log_of_a_running_job_comes_from_the_server_and_is_not_kept(
    repository: Repository, server: MemoryServer
) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\ntwo\nthree\n")

    assert ci("logs", "--run", run.pk).out == "one\ntwo\nthree\n"
    assert not JobLog.objects.exists()


def test_several_jobs_are_told_apart(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE, b"one\n")
    server.runs[("r1", 1)].logs["other"] = b"two\n"
    ci("status", "--run", run.pk)
    run.jobs.create(external_id="other", name="other", state=State.SUCCESS)

    assert ci("logs", "--run", run.pk).out == "== test ==\none\n== other ==\ntwo\n"
    assert ci("logs", "--run", run.pk, "--failed").out == "one\n"
    assert ci("logs", "--run", run.pk, "--job", "other").out == "two\n"


def test_json_holds_the_lines_of_each_job(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE, b'a "quoted"\n' + b"x\n" * 1200)
    document = ci("logs", "--run", run.pk, "--json").json

    (job,) = document["jobs"]
    assert (document["run"], job["name"], job["state"]) == (run.pk, "test", "failure")
    assert (job["lines"][0], len(job["lines"])) == ('a "quoted"', 1201)


@pytest.mark.parametrize("state", [State.FAILURE, State.RUNNING])
def test_a_log_that_is_not_there_is_not_an_empty_one(
    repository: Repository, server: MemoryServer, state: State
) -> None:
    run = a_run(server, repository, state, None)
    result = ci("logs", "--run", run.pk)

    assert (result.code, result.out) == (5, "")


def test_no_failed_job_is_said(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.SUCCESS, b"one\n")

    assert ci("logs", "--run", run.pk, "--failed").code == 5


def test_a_server_without_logs_says_so(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE, b"one\n")
    server.capabilities &= ~Capability.LOGS

    assert ci("logs", "--run", run.pk).code == 2


def test_a_log_that_cannot_be_fetched_is_no_failed_run(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\n")
    server.fail_next("read_log", Unavailable("502"))

    assert ci("logs", "--run", run.pk).code == 4


def test_a_terminal_gets_colours_and_no_other_sequence(
    repository: Repository, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    run = a_run(server, repository, State.FAILURE, COLOURED)

    assert ci("logs", "--run", run.pk, stdout=Terminal()).out == "\x1b[31mred\x1b[0m plain\x1b[0m\n100%\n"


def test_a_file_gets_plain_text(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE, COLOURED)

    assert ci("logs", "--run", run.pk).out == "red plain\n100%\n"


def later(*steps: Callable[[], object]) -> None:
    """Do these things in another thread, one every 0.3 s."""

    def act() -> None:
        for step in steps:
            time.sleep(0.3)
            step()

    threading.Thread(target=act, daemon=True).start()


def append(server: MemoryServer, text: bytes) -> None:
    logs = server.runs[("r1", 1)].logs
    logs["r1-job"] = logs.get("r1-job", b"") + text


def test_a_log_is_followed_to_the_end_of_its_job(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\n")
    later(
        lambda: append(server, b"two\nthr"), lambda: append(server, b"ee\n"), lambda: server.finish("r1", State.SUCCESS)
    )
    result = ci("logs", "--run", run.pk, "--job", "test", "--follow", "--interval", "0.1")

    assert (result.code, result.out) == (0, "one\ntwo\nthree\n")


def test_a_job_that_is_not_there_yet_is_waited_for(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.QUEUED, None)
    later(lambda: append(server, b"one\n"), lambda: server.finish("r1", State.SUCCESS))
    result = ci("logs", "--run", run.pk, "--follow", "--interval", "0.1")

    assert (result.code, result.out) == (0, "== test ==\none\n")
    assert ci("logs", "--run", run.pk, "--job", "lint", "--follow").code == 5


def test_a_followed_log_outlives_a_server_that_is_away(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\n")
    server.fail_next("read_log", Unavailable("502"), times=2)
    later(lambda: server.finish("r1", State.FAILURE))
    result = ci("logs", "--run", run.pk, "--job", "test", "-f", "--interval", "0.1", "--json")

    (line,) = map(json.loads, result.out.splitlines())
    assert (result.code, line["name"], line["line"]) == (0, "test", "one")


def test_following_gives_up_in_time(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\n")

    assert ci("logs", "--run", run.pk, "-f", "--timeout", "0.5", "--interval", "0.1").code == 8
    server.fail_next("read_log", Unavailable("502"), times=100)
    assert ci("logs", "--run", run.pk, "-f", "--patience", "0.3", "--interval", "0.1").code == 4
    assert ci("logs", "--run", run.pk, "-f", "--failed").code == 2


def test_a_server_without_live_logs_is_followed_to_the_end_first(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING, b"one\n")
    server.capabilities &= ~Capability.LIVE_LOG
    later(lambda: append(server, b"two\n"), lambda: server.finish("r1", State.SUCCESS))
    result = ci("logs", "--run", run.pk, "--job", "test", "--follow", "--interval", "0.1")

    assert (result.code, result.out) == (0, "one\ntwo\n")
    assert "once it has ended" in result.err


def test_following_gives_up_on_a_server_that_is_gone_before_there_is_a_job(
    repository: Repository, server: MemoryServer
) -> None:
    on_server = server.add_run("r1", State.QUEUED)
    on_server.data = replace(on_server.data, jobs=())
    run = Run.objects.create(repository=repository, external_id="r1", created_at="2026-01-01T00:00:00Z")
    server.fail_next("get_run", Unavailable("502"), times=1000)

    assert ci("logs", "--run", run.pk, "-f", "--patience", "0.3", "--interval", "0.1", "--timeout", "20").code == 4
