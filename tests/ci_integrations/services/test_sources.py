"""Where results come from: report files before the server's own word, that before the log; by job."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace

import pytest

from ci_integrations import selectors
from ci_integrations.domain import JobData, JobRef, Outcome, RunRef, State, TestData
from ci_integrations.errors import Unavailable
from ci_integrations.models import CoverageReport, JobLog, LogFinding, Repository, Run
from ci_integrations.packing import unpack_json
from ci_integrations.services import collect, logs, sync
from fixers import selectors as fixes
from fixers.diagnosis import Cause, diagnose
from tests.fakes.memory import MemoryServer

pytestmark = pytest.mark.django_db

REPORT = b"""<testsuite name="s" tests="2"><testcase classname="a" name="passes" time="0.1"/>
  <testcase classname="a" name="breaks" time="0.2"><failure message="no"/></testcase></testsuite>"""
GO_JSON = b"""{"Action":"run","Package":"p","Test":"TestW"}
{"Action":"pass","Package":"p","Test":"TestW","Elapsed":0.1}
{"Action":"run","Package":"p","Test":"TestX"}
{"Action":"fail","Package":"p","Test":"TestX","Elapsed":0.1}
{"Action":"fail","Package":"p","Elapsed":0.1}
"""
LOG = b"""===== FAILURES =====
=========================== short test summary info ============================
FAILED tests/test_a.py::test_breaks - assert 1 == 2
========================= 1 failed, 4 passed in 0.12s ==========================
"""
LCOV = b"SF:src/a.py\nDA:1,1\nDA:2,0\nend_of_record\n"
OTHER_LCOV = b"SF:src/a.py\nDA:1,0\nDA:2,3\nDA:3,0\nend_of_record\n"


def collected(
    repository: Repository,
    server: MemoryServer,
    artifacts: Mapping[str, bytes],
    told: Mapping[str, str] | None = None,
    *,
    settles: bool = True,
    **jobs: bytes,
) -> Run:
    """A failed run with these artifacts, these jobs with their logs, and failed tests that the server tells by job."""
    run = server.add_run("7")
    for job, name in (told or {}).items():
        owner = JobRef(run.data.ref, job) if job else None
        run.tests.append(TestData("told", name, Outcome.FAILED, job=owner))
    made = [_job(run.data.ref, name) for name in jobs]
    run = server.finish("7", State.FAILURE)
    run.data = replace(run.data, jobs=tuple(made))
    run.logs.update(jobs)
    run.artifacts.update(artifacts)
    row = sync.record_run(repository, run.data)
    collect.collect_run(row.pk)
    row.refresh_from_db()
    assert (row.settled_at is not None) is settles
    return row


def _job(run: RunRef, name: str) -> JobData:
    return JobData(JobRef(run, name), name, State.FAILURE)


def results(run: Run) -> set[tuple[str, str, str]]:
    """Job, source and name of what failed."""
    return set(selectors.failed_tests(run).values_list("job__name", "source", "case__name"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cover/excoveralls.json", b'{"source_files": [{"name": "a.ex", "coverage": [1, 0, null]}]}'),
        ("cover/codecov.json", b'{"coverage": {"a.hx": [null, 1, 0]}}'),
        ("gcovr.json", b'{"gcovr/summary_format_version": "0.6", "files": [], "line_total": 2, "line_covered": 1}'),
        ("all.coveragexml", b'<results><modules><module lines_covered="1" lines_not_covered="1"/></modules></results>'),
    ],
)
def test_coverage_is_fetched_under_the_names_that_tools_give_it(
    repository: Repository, server: MemoryServer, name: str, text: bytes
) -> None:
    run = collected(repository, server, {f"a/{name}": text}, a=b"")
    figures = CoverageReport.objects.filter(run=run).values_list("lines_covered", "lines_total")
    assert set(figures) == {(1, 2)}


def test_each_job_has_the_results_of_the_best_source_it_has(repository: Repository, server: MemoryServer) -> None:
    told = {"filed": "of_filed", "api": "of_api"}
    run = collected(repository, server, {"filed/junit.xml": REPORT}, told, filed=LOG, api=LOG, logged=LOG)
    assert results(run) == {
        ("filed", "report", "breaks"),
        ("api", "api", "of_api"),
        ("logged", "log", "tests/test_a.py::test_breaks"),
    }


def test_what_the_server_tells_of_no_job_is_taken_only_where_no_report_is(
    repository: Repository, server: MemoryServer
) -> None:
    run = collected(repository, server, {"filed/junit.xml": REPORT}, {"": "somewhere"}, filed=LOG, other=b"")
    assert results(run) == {("filed", "report", "breaks")}


def test_reports_of_other_formats_are_read_by_what_is_in_them(repository: Repository, server: MemoryServer) -> None:
    archive = zipped({"out/go-test.json": GO_JSON, "out/copy.json": GO_JSON, "out/junit.xml": REPORT, "a.html": b"<p>"})
    run = collected(repository, server, {"unit/everything.zip": archive}, unit=b"")
    assert results(run) == {("unit", "report", "TestX"), ("unit", "report", "breaks")}
    assert run.artifacts.get().note == "4 test results"


def test_a_report_that_stands_twice_counts_once(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, {"unit/junit.xml": REPORT, "unit/junit-all.xml": REPORT}, unit=b"")
    assert selectors.test_counts(run) == {"passed": 1, "failed": 1}


def test_coverage_is_stored_of_each_job_and_of_all_together(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, {"a/lcov.info": LCOV, "b/lcov.info": OTHER_LCOV}, a=b"", b=b"")
    figures = CoverageReport.objects.filter(run=run).order_by("job__name")
    assert set(figures.values_list("job__name", "lines_covered", "lines_total")) == {
        ("a", 1, 2),
        ("b", 1, 3),
        (None, 2, 3),
    }
    assert unpack_json(bytes(figures.get(job=None).files)) == {"src/a.py": [2, 3, None, None, None, None]}
    assert {row.note for row in run.artifacts.all()} == {"coverage"}


def test_a_log_tells_where_it_says_why_and_what_it_counts(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, {}, unit=b"setting up\n" * 50 + LOG + b"app.c:3:1: error: no\n")
    stored = JobLog.objects.get(job__run=run)
    assert "FAILED tests/test_a.py::test_breaks" in stored.excerpt or "app.c:3:1: error: no" in stored.excerpt
    first, last = stored.excerpts[0]
    assert 50 < first <= last <= 55
    assert (stored.tests_total, stored.tests_failed, stored.tests_seconds) == (5, 1, 0.12)
    finding = LogFinding.objects.get(file="app.c")
    assert (finding.severity, finding.line, finding.source_line) == ("error", 55, 3)
    assert finding.signature == "cc|app.c|no"


def test_a_log_that_cannot_be_had_keeps_no_other_logs_results_from_being_stored(
    repository: Repository, server: MemoryServer
) -> None:
    server.fail_next("read_log", Unavailable("reset"))
    run = collected(repository, server, {}, settles=False, a=LOG, b=LOG)
    assert results(run) == {("b", "log", "tests/test_a.py::test_breaks")}


def test_the_log_of_a_passed_run_whose_file_is_gone_is_done_without(
    repository: Repository, server: MemoryServer
) -> None:
    passed = server.add_run("6")
    job = replace(_job(passed.data.ref, "unit"), state=State.SUCCESS)
    passed.data = replace(passed.data, state=State.SUCCESS, jobs=(job,))
    passed.logs["unit"] = b"all good\n"
    logs.store_log(sync.record_run(repository, passed.data).jobs.get().pk)
    stored = JobLog.objects.get()
    stored.file.delete(save=False)
    run = collected(repository, server, {}, unit=LOG)
    assert JobLog.objects.get(job__run=run).failed_tests


def test_what_a_log_says_of_failed_tests_is_kept_with_them(repository: Repository, server: MemoryServer) -> None:
    lines = LOG.split(b"\n")
    lines[3:3] = [b"ERROR tests/test_x.py - ModuleNotFoundError: No module named 'foo'"]
    go = b"--- FAIL: TestX (0.00s)\nFAIL\nFAIL\texample.com/b.go\t0.1s\n"
    run = collected(repository, server, {}, unit=b"setting up\n" + b"\n".join(lines), go=go)
    assert JobLog.objects.get(job__name="unit").failed_tests == [
        {"name": "tests/test_a.py::test_breaks", "message": "assert 1 == 2", "line": 4},
        {"name": "tests/test_x.py", "message": "ModuleNotFoundError: No module named 'foo'", "line": 5},
    ]
    found = selectors.failed_tests(run).values_list("case__name", "message", "file", "signature")
    assert set(found) == {
        ("tests/test_a.py::test_breaks", "assert 1 == 2", "tests/test_a.py", "assert <n> == <n>"),
        (
            "tests/test_x.py",
            "ModuleNotFoundError: No module named 'foo'",
            "tests/test_x.py",
            "ModuleNotFoundError: No module named 'foo'",
        ),
        ("example.com/b.go::TestX", "", "", ""),
    }
    facts = fixes.facts(run)
    assert all(test.is_from_log for test in facts.failed_tests)
    diagnosis = diagnose(facts)
    assert (diagnosis.cause, diagnosis.will_repeat) == (Cause.TEST, True)
    assert "tests/test_a.py::test_breaks: assert 1 == 2" in diagnosis.evidence


def test_a_passing_run_of_the_same_job_tells_what_is_usual(repository: Repository, server: MemoryServer) -> None:
    usual = b"error: could not find the cache, going on without\n" * 3
    passed = server.add_run("6")
    passed.data = replace(
        passed.data, state=State.SUCCESS, jobs=(replace(_job(passed.data.ref, "unit"), state=State.SUCCESS),)
    )
    passed.logs["unit"] = usual
    row = sync.record_run(repository, passed.data)
    logs.store_log(row.jobs.get().pk)
    run = collected(repository, server, {}, unit=b"start\n" + usual + b"error: the answer is wrong\nend\n")
    assert JobLog.objects.get(job__run=run).excerpt.startswith("error: the answer is wrong")


def zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
