"""Collect, where servers fail in part and texts are long, secret or broken."""

from dataclasses import replace

import pytest

from ci_integrations.domain import JobData, JobRef, Outcome, State, TestData
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, ProviderError, Unavailable
from ci_integrations.models import Artifact, Job, JobLog, LogFinding, Repository, Run, TestCase, TestResult
from ci_integrations.services import collect, results, sync
from tests.fakes.memory import MemoryServer

SECRET = "s3cr3t-canary-value"
REPORT = """<testsuite name="pytest"><testcase classname="tests.{0}" name="test_{0}" file="tests/{0}.py">
  <failure message="no {0}">expected {0} in the answer</failure></testcase></testsuite>"""
BAD = "a\0b\ud800c"
INT4 = 2**31 - 1


def ended(repository: Repository, server: MemoryServer, *, jobs: int = 1) -> Run:
    """A failed run with jobs `job-0`, `job-1`... that is not collected yet."""
    run = server.add_run("7")
    server.finish("7", State.FAILURE)
    names = [f"job-{number}" for number in range(jobs)]
    each = tuple(JobData(JobRef(run.data.ref, name), name, State.FAILURE) for name in names)
    run.data = replace(run.data, jobs=each)
    run.logs |= {name: f"Error: {name}\n".encode() for name in names}
    run.artifacts["junit.xml"] = REPORT.format("x").encode()
    return sync.record_run(repository, run.data)


def collected(run: Run) -> Run:
    collect.collect_run(run.pk)
    run.refresh_from_db()
    return run


def test_no_secret_of_the_connection_is_in_any_result(
    repository: Repository, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", SECRET)
    repository.connection.config = {"server": "one", "headers": {"PRIVATE-TOKEN": "${CANARY}"}}
    repository.connection.save()
    run = ended(repository, server)
    server.runs[("7", 1)].artifacts = {f"{SECRET}.xml": REPORT.format(SECRET).encode()}
    server.fail_next("read_log", Invalid(f"bad request: {SECRET}"))
    run = collected(run)
    result = TestResult.objects.select_related("case").get()
    case = result.case
    assert (case.suite, case.name, result.file) == ("tests.***", "test_***", "tests/***.py")
    assert (result.message, "***" in result.details) == ("no ***", True)
    tables = (TestCase, TestResult, Artifact, Run)
    assert SECRET not in str([list(table._default_manager.values()) for table in tables])


def test_no_secret_is_in_the_servers_own_results(
    repository: Repository, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", SECRET)
    repository.connection.config = {"server": "one", "auth": {"token": "${CANARY}"}}
    repository.connection.save()
    run = ended(repository, server)
    server.runs[("7", 1)].artifacts = {}
    server.runs[("7", 1)].tests.append(TestData(SECRET, SECRET, Outcome.FAILED, None, SECRET, SECRET, SECRET))
    collected(run)
    result = TestResult.objects.select_related("case").get()
    texts = (result.case.suite, result.case.name, result.message, result.details, result.file)
    assert texts == ("***",) * 5


@pytest.mark.parametrize("bad", ["x" * 5000, BAD, BAD * 500])
def test_texts_of_any_kind_can_be_stored(repository: Repository, server: MemoryServer, bad: str) -> None:
    run = ended(repository, server)
    server.runs[("7", 1)].artifacts = {bad: b"", f"{bad}.xml": b""}
    server.runs[("7", 1)].tests.append(TestData(bad, bad, Outcome.FAILED, None, bad, bad, bad, INT4 + 1))
    server.runs[("7", 1)].logs["job-0"] = f"app.c:4:2: error: {bad}\n".encode("utf-8", "replace")
    assert collected(run).settled_at is not None
    result = TestResult.objects.get()
    assert result.line is None
    assert result.message.startswith(bad[:1])
    assert 1 <= run.artifacts.count() <= 2
    LogFinding.objects.get()
    if len(bad) > 1000:
        assert len(result.file) == 500


def test_names_that_are_alike_up_to_their_columns_end_are_two_tests(
    repository: Repository, server: MemoryServer
) -> None:
    run = ended(repository, server)
    job = Job.objects.get()
    tests = [TestData("s", "x" * 2000 + end, Outcome.PASSED) for end in "ab"]
    results.store_results(run, {job: results.JobResults(tests=tests)})
    assert TestCase.objects.count() == 2


def test_a_test_may_be_repeated_more_often_than_a_small_number_tells(
    repository: Repository, server: MemoryServer
) -> None:
    run = ended(repository, server)
    results.store_results(
        run, {Job.objects.get(): results.JobResults(tests=[TestData("s", "t", Outcome.SKIPPED)] * 32_800)}
    )
    assert TestResult.objects.order_by("-ordinal")[0].ordinal == 32_799


@pytest.mark.parametrize("error", [Invalid("the log is a web page"), AuthFailed("403"), Conflict("409")])
def test_a_log_that_cannot_be_read_is_noted_and_the_rest_kept(
    repository: Repository, server: MemoryServer, error: ProviderError
) -> None:
    run = ended(repository, server, jobs=3)
    server.fail_next("read_log", error)
    run = collected(run)
    assert run.settled_at is not None
    assert run.dead_at is None
    assert f"the log of job-0 could not be read: {error}" in run.last_error
    assert TestResult.objects.count() == 1
    assert JobLog.objects.count() == 2


def test_a_log_that_comes_later_keeps_nobody_else_waiting(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, jobs=3)
    server.fail_next("read_log", Unavailable("502", retry_after=77))
    run = collected(run)
    assert run.settled_at is None
    assert run.not_before is not None
    assert TestResult.objects.count() == 1
    assert JobLog.objects.count() == 2
    Run.objects.update(not_before=None)
    run = collected(run)
    assert run.settled_at is not None
    assert (run.last_error, JobLog.objects.count()) == ("", 3)


@pytest.mark.parametrize(
    ("error", "note"), [(NotFound("404"), ""), (AuthFailed("403 no"), "403 no"), (Invalid("odd list"), "odd list")]
)
def test_without_artifacts_the_servers_own_tests_are_asked_for(
    repository: Repository, server: MemoryServer, error: ProviderError, note: str
) -> None:
    run = ended(repository, server)
    server.runs[("7", 1)].tests.append(TestData("s", "t", Outcome.FAILED, message="no"))
    server.fail_next("list_artifacts", error)
    run = collected(run)
    assert run.settled_at is not None
    assert note in run.last_error
    assert bool(note) == bool(run.last_error)
    assert TestResult.objects.get().message == "no"


@pytest.mark.parametrize("error", [AuthFailed("403"), Conflict("409"), Invalid("410"), NotFound("404")])
def test_one_file_that_cannot_be_read_leaves_the_others(
    repository: Repository, server: MemoryServer, error: ProviderError
) -> None:
    run = ended(repository, server)
    server.runs[("7", 1)].artifacts["more.xml"] = REPORT.format("y").encode()
    server.fail_next("open_artifact", error)
    collected(run)
    assert TestResult.objects.get().case.name == "test_y"
    assert str(error) in run.artifacts.get(name="junit.xml").note


def test_test_results_that_cannot_be_read_are_noted(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server)
    server.runs[("7", 1)].artifacts = {}
    server.fail_next("list_tests", NotFound("no tests here"))
    run = collected(run)
    assert run.settled_at is not None
    assert JobLog.objects.count() == 1
