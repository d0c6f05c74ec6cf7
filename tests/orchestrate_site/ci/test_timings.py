"""timings."""

from datetime import timedelta

import pytest

from ci_integrations.domain import State
from ci_integrations.models import Repository, Run
from tests.factories import ago, make_case, make_job, make_passes, make_run, make_step
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db
BEGIN = ago(hours=1)


def timed_run(repository: Repository) -> Run:
    """A run with a job that waited 5 s and worked 75 s."""
    run = make_run(repository=repository, created_at=BEGIN)
    created, started = BEGIN + timedelta(seconds=3), BEGIN + timedelta(seconds=8)
    job = make_job(
        run, name="unit\x1b[31m", created_at=created, started_at=started, finished_at=started + timedelta(seconds=75)
    )
    make_step(job, 1, name="pytest -q")
    make_passes(job, (make_case(repository, "test_a"), 1.5), (make_case(repository, "test_b"), 61.0))
    make_job(run, State.SKIPPED, name="deploy", started_at=None, finished_at=None)
    return run


def test_a_run_with_its_jobs_steps_and_slowest_tests(repository: Repository) -> None:
    run = timed_run(repository)
    result = ci("timings", "--run", run.pk)
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"run {run.pk}: success"
    assert lines[1] == "  waited 8.00 s, worked 1 min 15 s, in all 1 min 35 s, on machines 1 min 15 s"
    assert "  5.00 s      1 min 15 s  unit" in lines
    assert any(line.endswith("1 min 15 s  pytest -q") for line in lines)
    assert "  -           -           deploy  (not counted)" in lines
    slow = lines[lines.index("slowest tests") + 1 :]
    assert [line.split("::")[1] for line in slow] == ["test_b  (unit)", "test_a  (unit)"]
    assert "\x1b" not in result.out


def test_as_json_it_is_what_the_api_says(repository: Repository) -> None:
    run = timed_run(repository)
    document = ci("timings", "--run", run.pk, "--json").json
    assert (document["run"], document["queued_seconds"], document["worked_seconds"]) == (run.pk, 8.0, 75.0)
    assert [job["queued_seconds"] for job in document["jobs"]] == [5.0, None]
    assert document["slowest_tests"][0]["seconds"] == 61.0


def test_without_a_number_it_is_the_newest_run_that_has_ended(repository: Repository, server: MemoryServer) -> None:
    timed_run(repository)
    newest = make_run(repository=repository, created_at=ago(minutes=20))
    make_run(State.RUNNING, repository=repository, created_at=ago(minutes=5))
    assert ci("timings", "--json").json["run"] == newest.pk


def test_no_run_has_ended_yet(repository: Repository) -> None:
    result = ci("timings", "--json")
    assert (result.code, result.error["code"]) == (5, "not_found")


def test_the_server_is_asked_about_a_run_that_goes_on(repository: Repository, server: MemoryServer) -> None:
    server.add_run("r1", State.FAILURE)
    run = Run.objects.create(repository=repository, external_id="r1", state=State.RUNNING, created_at=BEGIN)
    result = ci("timings", "--run", run.pk)
    assert result.out.startswith(f"run {run.pk}: failure\n  waited -, worked -")
