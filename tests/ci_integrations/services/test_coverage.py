"""Coverage of attempts that repeat a part of the jobs only, and figures that no column holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from ci_integrations.domain import Capability, JobData, JobRef, RepoRef, RunRef, State
from ci_integrations.models import CoverageReport, Repository, Run, TestResult
from ci_integrations.selectors.coverage import coverage_of, coverage_text
from ci_integrations.selectors.coverage_files import FileOrder, coverage_files
from ci_integrations.services import collect, coverage, sync
from tests.fakes.memory import EPOCH, EVERYTHING, MemoryServer

pytestmark = pytest.mark.django_db
REF = RunRef(RepoRef("repo"), "7")
A, B = JobData(JobRef(REF, "a"), "a", State.SUCCESS), JobData(JobRef(REF, "b"), "b", State.FAILURE)
B_AGAIN = JobData(JobRef(REF, "b2"), "b", State.SUCCESS)


@pytest.fixture
def server() -> MemoryServer:
    """A server that goes on with the same run, as GitLab does."""
    return MemoryServer("one", capabilities=EVERYTHING | Capability.RESUMES)


def lcov(path: str, *hits: int, more: str = "") -> bytes:
    lines = "".join(f"DA:{number},{count}\n" for number, count in enumerate(hits, 1))
    return f"SF:{path}\n{lines}{more}end_of_record\n".encode()


def collected(repository: Repository, server: MemoryServer, artifacts: Mapping[str, bytes], *jobs: JobData) -> Run:
    """An attempt that ended with these jobs and files."""
    run = server.runs.get(("7", 1)) or server.add_run("7")
    later = (run.data.updated_at or EPOCH) + timedelta(minutes=1)
    run.data = replace(run.data, state=jobs[-1].state, jobs=jobs, updated_at=later, finished_at=timezone.now())
    run.artifacts = dict(artifacts)
    for attempt in (2, 3):
        server.runs[("7", attempt)] = run
    row = sync.sync_run(repository, REF)
    collect.collect_run(row.pk)
    row.refresh_from_db()
    assert row.settled_at is not None
    assert not row.last_error
    return row


def by_job(run: Run) -> dict[str | None, tuple[int | None, int | None]]:
    rows = CoverageReport.objects.filter(run=run).values_list("job__name", "lines_covered", "lines_total")
    return {name: (covered, total) for name, covered, total in rows}


def test_a_job_alone_has_its_row_too_where_runs_go_on(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, {"a/lcov.info": lcov("a.py", 1, 0)}, A, B)
    assert by_job(run) == {"a": (1, 2), None: (1, 2)}


def test_what_did_not_run_again_counts_with_the_jobs_that_did(repository: Repository, server: MemoryServer) -> None:
    files = {"a/lcov.info": lcov("a.py", 1, 1), "b/lcov.info": lcov("b.py", 0, 0)}
    assert coverage_text(collected(repository, server, files, A, B)) == "50.00 % of lines"
    files["b2/lcov.info"] = files.pop("b/lcov.info")
    second = collected(repository, server, files, A, B_AGAIN)
    assert (second.attempt, by_job(second)) == (2, {"b": (0, 2), None: (2, 4)})
    assert coverage_text(second) == "50.00 % of lines (±0.00 against main's c0ffee)"
    found = coverage_of(second)
    assert found is not None
    assert coverage_files(found, FileOrder.CHANGED) == []


def test_a_line_that_a_kept_job_and_a_repeated_one_tell_of_counts_once(
    repository: Repository, server: MemoryServer
) -> None:
    ways = "BRDA:2,0,0,1\nBRDA:2,0,1,0\n"
    first = {"a/lcov.info": lcov("a.py", 1, 0, 3, more=ways), "b/lcov.info": lcov("a.py", 0, 0)}
    collected(repository, server, first, A, B)
    again = lcov("a.py", 0, 7, 0, 0, more="BRDA:2,0,0,1\nBRDA:2,0,1,1\nBRDA:4,0,0,0\n")
    run = collected(repository, server, {"a/lcov.info": b"gone", "b2/lcov.info": again}, A, B_AGAIN)
    together = CoverageReport.objects.get(run=run, job=None)
    assert (together.lines_covered, together.lines_total) == (3, 4)
    assert (together.branches_covered, together.branches_total) == (2, 3)


def test_statements_of_a_kept_job_are_told_apart_by_their_place(repository: Repository, server: MemoryServer) -> None:
    profile = "mode: set\nx/a.go:1.1,2.2 3 {}\nx/a.go:3.1,4.2 1 {}\n"
    files = {"a/cover.out": profile.format(1, 0).encode(), "b/cover.out": profile.format(0, 0).encode()}
    collected(repository, server, files, A, B)
    run = collected(repository, server, {"b2/cover.out": profile.format(0, 1).encode()}, A, B_AGAIN)
    together = CoverageReport.objects.get(run=run, job=None)
    assert (together.statements_covered, together.statements_total) == (4, 4)


def test_an_attempt_whose_own_jobs_tell_nothing_has_what_was_kept(repository: Repository, server: MemoryServer) -> None:
    files = {"a/lcov.info": lcov("a.py", 1, 0)}
    collected(repository, server, files, A, B)
    run = collected(repository, server, files, A, B_AGAIN)
    assert by_job(run) == {None: (1, 2)}
    third = collected(repository, server, files, A, replace(B_AGAIN, ref=JobRef(REF, "b3")))
    assert (third.attempt, by_job(third)) == (3, {None: (1, 2)})


def test_what_a_repeated_job_told_before_counts_no_more(repository: Repository, server: MemoryServer) -> None:
    collected(repository, server, {"b/lcov.info": lcov("b.py", 1, 1)}, A, B)
    run = collected(repository, server, {"b2/lcov.info": lcov("b.py", 0, 1)}, A, B_AGAIN)
    assert by_job(run) == {"b": (1, 2), None: (1, 2)}


def test_an_earlier_attempt_that_was_not_collected_is_noted(repository: Repository, server: MemoryServer) -> None:
    first = collected(repository, server, {"a/lcov.info": lcov("a.py", 1, 1)}, A, B)
    CoverageReport.objects.all().delete()
    Run.objects.filter(pk=first.pk).update(settled_at=None)
    run = collected(repository, server, {"b2/lcov.info": lcov("b.py", 0, 1)}, A, B_AGAIN)
    assert CoverageReport.objects.get(run=run, job=None).note == coverage.UNKNOWN
    assert not CoverageReport.objects.get(run=run, job__name="b").note


def test_lines_are_kept_only_where_an_attempt_may_ask_for_them(repository: Repository, storage: None) -> None:
    counting = MemoryServer("one")
    hits = [number * number % 3 for number in range(5_000)]
    run = collected(repository, counting, {"a/lcov.info": lcov("a.py", *hits)}, A, B)
    sizes = {len(row.files) for row in CoverageReport.objects.filter(run=run)}
    assert max(sizes) < 100


def test_figures_that_no_column_holds_are_left_out(repository: Repository, server: MemoryServer) -> None:
    much = "9" * 20
    jacoco = (
        f'<report name="x"><counter type="LINE" missed="{much}" covered="{much}"/>'
        '<counter type="BRANCH" missed="1" covered="3"/></report>'
    )
    junit = b'<testsuite name="s"><testcase name="t"/></testsuite>'
    files = {"a/jacoco.xml": f"<!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' ''>{jacoco}".encode()}
    run = collected(repository, server, files | {"a/junit.xml": junit, "b/lcov.info": lcov("b.py", 1)}, A, B)
    fields = ("job__name", "lines_covered", "lines_total", "branches_covered")
    rows = CoverageReport.objects.filter(run=run).values_list(*fields)
    assert set(rows) == {(None, None, None, 3), ("a", None, None, 3), ("b", 1, 1, None)}
    assert TestResult.objects.exists() or run.jobs.filter(passed_tests__isnull=False).exists()
