"""status, list, and how a run is named."""

from pathlib import Path
from typing import Any

import pytest

from ci_integrations.configfile import ConnectionSpec, RepositorySpec
from ci_integrations.domain import Outcome, State, TestData
from ci_integrations.errors import AuthFailed, Unavailable
from ci_integrations.models import Repository, Run
from ci_integrations.services.connections import connect
from tests.factories import ago, make_coverage, make_job, make_log, make_run
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import Terminal, ci

pytestmark = pytest.mark.django_db
EPOCH = "2026-01-01T00:00:00Z"
RUN_FIELDS = {
    "id", "external_id", "attempt", "retry_of", "connection", "repository", "workflow", "branch", "commit", "state",
    "raw_state", "event", "title", "actor", "url", "created_at", "started_at", "finished_at", "results_are_in",
    "parent", "problem", "coverage",
}  # fmt: skip


def known(repository: Repository, external_id: str, state: State = State.RUNNING, **fields: object) -> Run:
    """A run that has a row."""
    return Run.objects.create(
        repository=repository, external_id=external_id, state=state, **{"created_at": EPOCH, **fields}
    )


def test_status_asks_the_server_and_shows_what_failed_where(repository: Repository, server: MemoryServer) -> None:
    run = known(repository, "r1")
    server.add_run("r1", State.FAILURE).tests = [
        TestData("suite", "test_a", Outcome.FAILED, message="boom\nmore", file="test_a.py", line=7)
    ]
    result = ci("status", "--run", run.pk)

    assert result.code == 0
    assert f"run {run.pk}: failure" in result.out
    assert "suite::test_a" in result.out
    assert "test_a.py:7: boom\n" in result.out
    assert f"orchestrate ci logs --run {run.pk} --failed" in result.err


def test_status_as_json_has_the_documented_fields(repository: Repository, server: MemoryServer) -> None:
    run = known(repository, "r1")
    server.add_run("r1", State.FAILURE).tests = [TestData("s", "t", Outcome.FAILED, message="boom", file="f", line=7)]
    document = ci("status", "--run", run.pk, "--json").json

    assert set(document) == RUN_FIELDS | {
        "jobs", "tests", "failed_tests", "coverage_report", "triage", "timeline", "queued_seconds", "worked_seconds",
    }  # fmt: skip
    assert (document["id"], document["state"], document["jobs"][0]["state"]) == (run.pk, "failure", "failure")
    assert document["failed_tests"] == [
        {
            "suite": "s",
            "name": "t",
            "outcome": "failed",
            "source": "api",
            "message": "boom",
            "file": "f",
            "line": 7,
            "duration": None,
            "signature": "boom",
            "job": "test",
            "is_flaky": False,
        }
    ]


def test_status_tells_what_was_covered(repository: Repository) -> None:
    base = make_run(repository=repository, commit_sha="1234abc" + "0" * 33, created_at=ago(days=1))
    make_coverage(base, 808, 1000)
    run = make_run(repository=repository, branch="topic")
    assert "coverage" not in ci("status", "--run", run.pk).out
    change: dict[str, Any] = {
        "base_sha": base.commit_sha,
        "patch_covered": 2,
        "patch_total": 3,
        "patch_missed": {"a.py": [7]},
    }
    make_coverage(run, 812, 1000, note="evil\x1b[31m", **change)
    line = "\ncoverage: 81.20 % of lines (+0.40 against main's 1234abc, 2 of 3 changed lines); evil"
    shown = ci("status", "--run", run.pk).out
    assert line in shown
    assert "\x1b" not in shown

    told = ci("status", "--run", run.pk, "--json").json["coverage_report"]
    assert told["lines"] == {"covered": 812, "total": 1000, "percent": 81.2}
    assert (told["base"]["run"], told["base"]["commit"], told["base"]["lines"]) == (base.pk, base.commit_sha, 0.4)
    assert (told["branches"], told["previous"], told["base"]["branches"]) == (None, None, None)
    missed = [{"path": "a.py", "lines": [7]}]
    assert told["patch"] == {"covered": 2, "total": 3, "percent": 66.67, "missed": missed}
    assert ci("status", "--run", base.pk, "--json").json["coverage_report"]["patch"] is None


def test_status_shows_the_lines_of_the_log_that_say_why(repository: Repository) -> None:
    run = make_run(State.FAILURE, repository=repository)
    text = "".join(f"line {number}\n" for number in range(1, 20))
    make_log(make_job(run, State.FAILURE), "a\n", excerpts=[[31, 49]], excerpt=text)
    shown = ci("status", "--run", run.pk).out
    assert "lines 31 to 49 of its log:\n        line 1\n" in shown
    assert "line 12\n" in shown
    assert "line 13" not in shown


def test_status_of_a_silent_server_says_nothing_about_the_run(repository: Repository, server: MemoryServer) -> None:
    run = known(repository, "r1")
    server.fail_next("get_run", Unavailable("502 Bad Gateway"))
    result = ci("status", "--run", run.pk)

    assert (result.code, result.out, result.err) == (4, "", "error: 502 Bad Gateway\n")


def test_status_of_an_ended_run_needs_no_server(repository: Repository, server: MemoryServer) -> None:
    run = known(repository, "r1", State.SUCCESS, settled_at=EPOCH)
    server.fail_next("get_run", AuthFailed("401"))

    assert ci("status", "--run", run.pk).code == 0


def test_a_run_may_be_named_by_the_servers_id(repository: Repository) -> None:
    first = known(repository, "abc", State.FAILURE, settled_at=EPOCH)
    second = known(repository, "abc", State.SUCCESS, attempt=2, settled_at=EPOCH)

    assert ci("status", "--run", "abc", "--json").json["id"] == second.pk != first.pk


def test_an_id_that_two_servers_use_is_refused(repository: Repository, server: MemoryServer, tmp_path: Path) -> None:
    MemoryServer("two")
    spec = ConnectionSpec("two", "memory", {"server": "two"}, (RepositorySpec("repo", "acme/two"),), "a: ci")
    other = connect(spec).repositories.get()
    runs = [known(repository, "abc"), known(other, "abc")]
    result = ci("status", "--run", "abc")

    assert result.code == 2
    assert all(f"{run.pk} (" in result.err for run in runs)


@pytest.mark.parametrize("name", ["4711", "nothing", "9" * 40, "-0", "²"])
def test_an_unknown_run_is_not_found(repository: Repository, name: str) -> None:
    result = ci("status", f"--run={name}", "--json")

    assert (result.code, result.error["code"]) == (5, "not_found")


def test_list_shows_the_newest_first_and_what_the_options_leave(repository: Repository) -> None:
    known(repository, "a", State.FAILURE, branch="main", workflow="ci")
    known(repository, "b", State.ERROR, branch="main", workflow="ci")
    known(repository, "c", State.SUCCESS, branch="topic", workflow="deploy")

    def listed(*options: str) -> list[str]:
        return [run["external_id"] for run in ci("list", "--json", *options).json["runs"]]

    assert listed() == ["c", "b", "a"]
    assert listed("--state", "failure", "--state", "error") == ["b", "a"]
    assert listed("--branch", "topic") == listed("--workflow", "deploy") == ["c"]
    assert listed("--repo", "acme/repo", "--limit", "1") == ["c"]
    assert listed("--repo", "acme/other") == []
    assert set(ci("list", "--json").json["runs"][0]) == RUN_FIELDS


def test_list_is_a_table(repository: Repository) -> None:
    run = known(repository, "a", State.FAILURE, branch="main", workflow="ci", commit_sha="c0ffee")
    head, row = ci("list").out.splitlines()

    assert head.split() == ["RUN", "STATE", "WORKFLOW", "BRANCH", "COMMIT", "REPOSITORY", "AGE"]
    assert row.split()[:6] == [f"{run.pk}", "failure", "ci", "main", "c0ffee", "acme/repo"]


def test_an_unknown_state_is_a_usage_error(repository: Repository) -> None:
    assert ci("list", "--state", "red").code == 2


def test_nothing_that_a_server_says_reaches_the_terminal_as_an_order(repository: Repository) -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jmain\u202e\r\nx"
    known(repository, "a", State.FAILURE, branch=evil, settled_at=EPOCH, url=f"http://x/{evil}")
    run = Run.objects.get()
    shown = ci("list", stdout=Terminal()).out + ci("status", "--run", run.pk, stdout=Terminal()).out

    assert "main" in shown
    assert not any(order in shown for order in ("\x1b]", "\x1b[2J", "\x07", "\u202e", "\r"))


def test_colours_are_for_terminals_that_want_them(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    known(repository, "a", State.FAILURE)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[31mfailure" in ci("list", stdout=Terminal()).out
    assert "\x1b" not in ci("list").out

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in ci("list", stdout=Terminal()).out
