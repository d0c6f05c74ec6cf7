"""Results in zip archives, and what jobs remarked at lines of files."""

import io
import zipfile
from collections.abc import Sequence

import pytest

from ci_integrations import selectors
from ci_integrations.domain import Annotation, JobRef, Outcome, State
from ci_integrations.errors import AuthFailed, Unavailable
from ci_integrations.models import Artifact, JobAnnotation, Repository, Run, TestResult
from ci_integrations.services import collect, sync
from tests.fakes.memory import MemoryServer

REPORT = b"""<testsuite name="pytest" tests="2">
  <testcase classname="tests.test_a" name="test_adds" time="0.1"/>
  <testcase classname="tests.test_a" name="test_breaks" file="tests/test_a.py" line="9" time="0.2">
    <failure message="assert 1 == 2">tests/test_a.py:11: AssertionError</failure></testcase></testsuite>"""


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return made.getvalue()


def collected(repository: Repository, server: MemoryServer, state: State, **artifacts: bytes) -> Run:
    server.add_run("7")
    run = server.finish("7", state)
    run.artifacts.update({name.replace("_", "-"): data for name, data in artifacts.items()})
    row = sync.record_run(repository, run.data)
    collect.collect_run(row.pk)
    row.refresh_from_db()
    return row


def test_results_in_an_archive_are_read(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, State.FAILURE, test_results=packed(a__junit=REPORT, other=b"<html/>"))
    assert sum(selectors.test_counts(Run.objects.get()).values()) == 2
    assert TestResult.objects.get(outcome=Outcome.FAILED).line == 11
    assert Artifact.objects.get().note == "2 test results"
    assert run.last_error == ""


def test_the_archive_of_a_job_whose_report_is_known_is_not_counted_again(
    repository: Repository, server: MemoryServer
) -> None:
    server.add_run("7")
    run = server.finish("7", State.FAILURE)
    run.artifacts.update({"7-job/junit.xml": REPORT, "7-job/artifacts.zip": packed(a=REPORT)})
    collect.collect_run(sync.record_run(repository, run.data).pk)
    assert sum(selectors.test_counts(Run.objects.get()).values()) == 2
    assert Artifact.objects.count() == 2
    assert server.calls.count("open_artifact") == 1


@pytest.mark.parametrize(("state", "opened"), [(State.SUCCESS, 1), (State.FAILURE, 2)])
def test_an_archive_of_a_passing_run_is_fetched_for_its_name_only(
    repository: Repository, server: MemoryServer, state: State, opened: int
) -> None:
    collected(repository, server, state, test_results=packed(a=REPORT), wheels=packed(b=b"<x/>"))
    assert server.calls.count("open_artifact") == opened
    assert Artifact.objects.count() == 2


def test_a_broken_archive_is_noted_and_the_rest_is_kept(repository: Repository, server: MemoryServer) -> None:
    whole = packed(a=REPORT)
    run = collected(repository, server, State.FAILURE, reports=whole[:-20], tests=whole)
    assert sum(selectors.test_counts(Run.objects.get()).values()) == 2
    assert "cannot be read" in Artifact.objects.get(name="reports").note
    assert run.settled_at is not None


class Remarks:
    """A code host that knows annotations only."""

    def __init__(self, *found: Annotation, error: Exception | None = None) -> None:
        self.found, self.error, self.asked = found, error, 0

    def list_annotations(self, job: JobRef) -> Sequence[Annotation]:
        self.asked += 1
        if self.error:
            raise self.error
        return self.found


def test_a_failed_jobs_annotations_are_stored_once(repository: Repository, server: MemoryServer) -> None:
    remarks = Remarks(Annotation("src/a.py", 3, "undefined name"), Annotation(".github", 1, "exit code 1"))
    server.code_host = remarks  # type: ignore[assignment]  # what is not asked for here is left out
    run = collected(repository, server, State.FAILURE)
    Run.objects.update(settled_at=None)
    collect.collect_run(run.pk)
    assert [str(one) for one in JobAnnotation.objects.all()] == ["src/a.py:3: undefined name", ".github:1: exit code 1"]
    assert remarks.asked == 1


def test_a_passing_job_is_not_asked_for_annotations(repository: Repository, server: MemoryServer) -> None:
    remarks = Remarks(Annotation("src/a.py", 3, "old news"))
    server.code_host = remarks  # type: ignore[assignment]  # what is not asked for here is left out
    collected(repository, server, State.SUCCESS)
    assert remarks.asked == 0


def test_annotations_that_may_not_be_read_are_done_without(repository: Repository, server: MemoryServer) -> None:
    server.code_host = Remarks(error=AuthFailed("403"))  # type: ignore[assignment]  # as above
    run = collected(repository, server, State.FAILURE)
    assert (run.last_error, run.settled_at is None) == ("", False)


def test_annotations_that_are_late_are_waited_for(repository: Repository, server: MemoryServer) -> None:
    server.code_host = Remarks(error=Unavailable("503"))  # type: ignore[assignment]  # as above
    assert collected(repository, server, State.FAILURE).settled_at is None
