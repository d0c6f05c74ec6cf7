"""Collect: logs and results become rows, once; then the run is settled."""

from collections.abc import Iterator

import pytest
from django.dispatch import Signal
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from ci_integrations import selectors
from ci_integrations.domain import Capability, Outcome, State, TestData
from ci_integrations.errors import Invalid, Unavailable
from ci_integrations.models import FlakyEvidence, FlakyVerdict, Job, Repository, Run, TestCase, TestResult
from ci_integrations.services import collect, logs, results, sweep, sync, work
from ci_integrations.signals import run_settled
from tests.fakes.memory import EVERYTHING, MemoryServer

FAILED = b"""<testsuite name="pytest" tests="2">
  <testcase classname="tests.test_a" name="test_adds" time="0.1"/>
  <testcase classname="tests.test_a" name="test_breaks" file="tests/test_a.py" line="9" time="0.2">
    <failure message="assert 1 == 2">tests/test_a.py:11: AssertionError</failure></testcase></testsuite>"""
PASSED = b"""<testsuite name="pytest" tests="1">
  <testcase classname="tests.test_a" name="test_breaks" time="0.2"/></testsuite>"""


class Ears:
    """Hears the settled signal."""

    def __init__(self, signal: Signal) -> None:
        self.heard: list[int] = []
        signal.connect(self)

    def __call__(self, *, run_id: int, **_: object) -> None:
        self.heard.append(run_id)


@pytest.fixture
def ears() -> Iterator[Ears]:
    listener = Ears(run_settled)
    yield listener
    run_settled.disconnect(listener)


def ended(repository: Repository, server: MemoryServer, state: State, *, attempt: int = 1, report: bytes = b"") -> Run:
    """A run that has ended on the server, known here, not collected yet."""
    run = server.add_run("7", attempt=attempt)
    server.finish("7", state, attempt=attempt)
    if report:
        run.artifacts["junit.xml"] = report
    return sync.record_run(repository, run.data)


def how_many(run: Run) -> int:
    """The test results of a run, packed ones included."""
    return sum(selectors.test_counts(run).values())


def test_failed_tests_come_from_the_report(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED)
    collect.collect_run(run.pk)
    result = TestResult.objects.get(outcome=Outcome.FAILED)
    assert (result.case.suite, result.case.name) == ("tests.test_a", "test_breaks")
    assert "assert 1 == 2" in result.message
    assert (result.file, result.line) == ("tests/test_a.py", 11)
    assert how_many(Run.objects.get()) == 2


def test_a_failed_jobs_log_is_stored_with_what_went_wrong(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE)
    server.runs[("7", 1)].logs["7-job"] = b"collecting\nWould reformat: src/a.py\n1 file would be reformatted\n"
    collect.collect_run(run.pk)
    job = Job.objects.get()
    assert logs.read_page(job.log, 0, 100) == ["collecting", "Would reformat: src/a.py", "1 file would be reformatted"]
    finding = job.findings.first()
    assert finding is not None
    assert (finding.line, finding.kind) == (2, "format")


def test_a_log_that_still_comes_in_is_not_stored_cut(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE)
    server.runs[("7", 1)].logs["7-job"] = b"one\n"
    server.logs_are_final = False
    with pytest.raises(Unavailable, match="not come to its end"):
        logs.ensure_log(Job.objects.get())
    server.runs[("7", 1)].logs["7-job"] = b"one\ntwo\n"
    server.logs_are_final = True
    collect.collect_run(run.pk)
    assert logs.read_page(Job.objects.get().log, 0, 9) == ["one", "two"]


def test_a_passed_jobs_log_is_fetched_when_somebody_looks(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.SUCCESS)
    server.runs[("7", 1)].logs["7-job"] = b"all good\n"
    collect.collect_run(run.pk)
    assert "read_log" not in server.calls
    stored = logs.ensure_log(Job.objects.get())
    assert stored is not None
    assert logs.read_page(stored, 0, 9) == ["all good"]
    logs.ensure_log(Job.objects.get())
    assert server.calls.count("open_artifact") == 0
    assert server.calls.count("read_log") == 1


def test_a_server_without_logs_still_settles(repository: Repository, server: MemoryServer) -> None:
    server.capabilities = EVERYTHING & ~(Capability.LOGS | Capability.ARTIFACTS | Capability.NATIVE_TESTS)
    run = ended(repository, server, State.FAILURE)
    collect.collect_run(run.pk)
    run.refresh_from_db()
    assert run.settled_at is not None


def test_secrets_of_the_connection_never_reach_storage(
    repository: Repository, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "s3cr3t-canary-value")
    repository.connection.config = {"server": "one", "auth": {"token": "${CANARY}"}}
    repository.connection.save()
    run = ended(repository, server, State.FAILURE)
    server.runs[("7", 1)].logs["7-job"] = b"curl -H 'Authorization: s3cr3t-canary-value' x\n"
    collect.collect_run(run.pk)
    assert logs.read_page(Job.objects.get().log, 0, 9) == ["curl -H 'Authorization: ***' x"]


def test_the_servers_own_tests_serve_where_there_is_no_report(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE)
    server.runs[("7", 1)].tests.append(TestData("s", "t", Outcome.FAILED, message="no"))
    collect.collect_run(run.pk)
    assert TestResult.objects.get().message == "no"


def test_collecting_twice_changes_nothing_and_settles_once(
    repository: Repository, server: MemoryServer, ears: Ears
) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED)
    collect.collect_run(run.pk)
    collect.collect_run(run.pk)
    assert how_many(Run.objects.get()) == 2
    assert ears.heard == [run.pk]


def test_a_collection_cut_off_in_the_middle_is_done_again_whole(
    repository: Repository, server: MemoryServer, ears: Ears
) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED)
    server.runs[("7", 1)].logs["7-job"] = b"Error: no\n"
    server.fail_next("list_artifacts", Unavailable("reset"))
    collect.collect_run(run.pk)
    assert ears.heard == []
    Run.objects.update(not_before=None)
    collect.collect_run(run.pk)
    assert ears.heard == [run.pk]
    assert how_many(Run.objects.get()) == 2


def test_a_report_that_cannot_be_read_is_noted_and_the_rest_kept(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED[:250])
    server.runs[("7", 1)].artifacts["notes.txt"] = b"hello"
    collect.collect_run(run.pk)
    assert how_many(Run.objects.get()) == 2  # the last one is cut in its traceback
    assert "cut short" in run.artifacts.get(name="junit.xml").note
    assert run.artifacts.get(name="notes.txt").note == ""


def test_an_expired_report_is_noted(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED)
    server.fail_next("open_artifact", Invalid("410 gone"))
    collect.collect_run(run.pk)
    assert "410 gone" in run.artifacts.get().note


def test_a_silent_server_settles_the_run_in_the_end_and_says_what_is_missing(
    repository: Repository, server: MemoryServer, ears: Ears
) -> None:
    run = ended(repository, server, State.FAILURE, report=FAILED)
    server.fail_next("list_artifacts", Unavailable("no answer"), times=work.MAX_ATTEMPTS)
    for _ in range(work.MAX_ATTEMPTS):
        Run.objects.update(not_before=None)
        collect.collect_run(run.pk)
    run.refresh_from_db()
    assert ears.heard == [run.pk]
    assert "no answer" in run.last_error


def test_work_that_kills_its_worker_each_time_dies_and_settles(
    repository: Repository, server: MemoryServer, ears: Ears
) -> None:
    run = ended(repository, server, State.FAILURE)
    Run.objects.update(attempts=work.MAX_ATTEMPTS, leased_until=timezone.now())
    collect.collect_run(run.pk)
    run.refresh_from_db()
    assert "given up" in run.last_error
    assert ears.heard == [run.pk]


def test_a_pass_on_the_same_commit_is_flaky_evidence(repository: Repository, server: MemoryServer) -> None:
    first = ended(repository, server, State.FAILURE, report=FAILED)
    collect.collect_run(first.pk)
    second = ended(repository, server, State.SUCCESS, attempt=2, report=PASSED)
    collect.collect_run(second.pk)
    evidence = FlakyEvidence.objects.get()
    assert (evidence.failed_run, evidence.passed_run) == (first, second)
    assert evidence.case.name == "test_breaks"
    assert FlakyVerdict.objects.get(case=evidence.case).state == "flaky"


def test_a_failure_on_another_commit_is_no_evidence(repository: Repository, server: MemoryServer) -> None:
    first = ended(repository, server, State.FAILURE, report=FAILED)
    Run.objects.filter(pk=first.pk).update(commit_sha="other")
    collect.collect_run(first.pk)
    second = ended(repository, server, State.SUCCESS, attempt=2, report=PASSED)
    collect.collect_run(second.pk)
    assert not FlakyEvidence.objects.exists()


def test_many_results_are_stored_in_bulk(
    repository: Repository, server: MemoryServer, django_assert_max_num_queries: object
) -> None:
    run = ended(repository, server, State.SUCCESS)
    job = Job.objects.get()
    tests = [TestData("s", f"t{n}", Outcome.SKIPPED if n % 2 else Outcome.PASSED) for n in range(3000)]
    with django_assert_max_num_queries(60):  # type: ignore[operator]  # pytest-django's fixture
        results.store_results(run, {job: results.JobResults(tests=tests)})
    assert (TestCase.objects.count(), TestResult.objects.count(), job.passed_tests.count) == (3000, 1500, 1500)


def test_the_same_test_twice_in_a_report_is_two_results_of_one_case(
    repository: Repository, server: MemoryServer
) -> None:
    run = ended(repository, server, State.SUCCESS)
    results.store_results(run, {Job.objects.get(): results.JobResults(tests=[TestData("s", "t", Outcome.FAILED)] * 2)})
    assert TestCase.objects.count() == 1
    assert list(TestResult.objects.order_by("ordinal").values_list("ordinal", flat=True)) == [0, 1]


def test_the_sweep_brings_back_a_lost_collection(repository: Repository, server: MemoryServer) -> None:
    run = ended(repository, server, State.FAILURE)
    OrmQ.objects.all().delete()
    Run.objects.update(synced_at=timezone.now() - 3 * sweep.GRACE)
    sweep.sweep()
    assert (sync.COLLECT_TASK, (run.pk,)) in [(row.task["func"], row.task["args"]) for row in OrmQ.objects.all()]


def test_a_report_over_the_limit_is_not_read(repository: Repository, server: MemoryServer, settings: Settings) -> None:
    settings.ORCHESTRATE_ARTIFACT_MAX_BYTES = len(FAILED) - 1
    run = ended(repository, server, State.FAILURE, report=FAILED)
    collect.collect_run(run.pk)
    assert "larger than" in run.artifacts.get().note
    assert not TestResult.objects.exists()
