"""The API of how long things take."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ci_integrations.domain import Outcome, State
from ci_integrations.models import Job
from tests.factories import ago, make_case, make_flaky, make_job, make_passes, make_result, make_run, make_step

pytestmark = pytest.mark.django_db
BEGIN = ago(hours=1)


@pytest.fixture
def reader(db: None) -> Client:
    """Logged in, without permissions."""
    client = Client()
    client.force_login(User.objects.create_user("reader"))
    return client


@pytest.fixture
def job() -> Job:
    """A job that waited 5 s and worked 60 s, of a run that waited 8 s."""
    run = make_run(State.FAILURE, created_at=BEGIN)
    created, started = BEGIN + timedelta(seconds=3), BEGIN + timedelta(seconds=8)
    row = make_job(
        run, name="unit", created_at=created, started_at=started, finished_at=started + timedelta(seconds=60)
    )
    make_step(row, 1, name="pytest")
    return row


@pytest.mark.parametrize("path", ["/api/runs/1/timings", "/api/tests/slowest", "/api/tests/1"])
def test_strangers_see_nothing(path: str) -> None:
    assert Client().get(path).status_code == 401


def test_the_timings_of_a_run(reader: Client, job: Job) -> None:
    case = make_case(job.run.repository)
    make_passes(job, (case, 1.5))
    assert reader.get(f"/api/runs/{job.run_id}/timings").json() == {
        "run": job.run_id,
        "total_seconds": 95.0,
        "queued_seconds": 8.0,
        "worked_seconds": 60.0,
        "machine_seconds": 60.0,
        "jobs": [
            {
                "id": job.pk,
                "name": "unit",
                "state": "success",
                "counts": True,
                "queued_seconds": 5.0,
                "worked_seconds": 60.0,
                "steps": [{"number": 1, "name": "pytest", "state": "success", "worked_seconds": 60.0}],
            }
        ],
        "slowest_tests": [
            {
                "id": case.pk,
                "suite": case.suite,
                "name": case.name,
                "job": "unit",
                "outcome": "passed",
                "seconds": 1.5,
            }
        ],
    }
    assert reader.get("/api/runs/4711/timings").status_code == 404


def test_a_run_tells_its_times(reader: Client, job: Job) -> None:
    document = reader.get(f"/api/runs/{job.run_id}").json()
    assert (document["queued_seconds"], document["worked_seconds"]) == (8.0, 60.0)
    assert document["jobs"][0]["created_at"].startswith(f"{job.created_at:%Y-%m-%dT%H:%M:%S}")


def test_the_slowest_tests(reader: Client, job: Job) -> None:
    case = make_case(job.run.repository)
    make_passes(job, (case, 1.0), (case, 2.0))
    make_passes(make_job(make_run(repository=job.run.repository, created_at=ago(days=8))), (case, 1.0))
    document = reader.get("/api/tests/slowest", {"repository": case.repository.name}).json()
    assert (document["days"], document["jobs"], document["jobs_before"]) == (7, 1, 1)
    assert document["tests"] == [
        {
            "id": case.pk,
            "repository": case.repository.name,
            "suite": case.suite,
            "name": case.name,
            "results": 2,
            "median_seconds": 1.5,
            "p95_seconds": pytest.approx(1.95),
            "before_seconds": 1.0,
            "change": 0.5,
        }
    ]
    assert reader.get("/api/tests/slowest?repository=acme/none").json()["tests"] == []
    assert reader.get("/api/tests/slowest?days=30").json()["jobs"] == 2


def test_one_test(reader: Client, job: Job) -> None:
    case = make_case(job.run.repository)
    make_flaky(case, job.run, job.run, reason="It failed and passed.")
    make_result(job, case, Outcome.FAILED, message="boom\nmore", duration=2.0)
    document = reader.get(f"/api/tests/{case.pk}").json()
    assert (document["name"], document["is_flaky"], document["verdict"]) == (case.name, True, "It failed and passed.")
    assert (document["median_seconds"], document["p95_seconds"], document["change"]) == (2.0, 2.0, None)
    assert [(point["run"], point["seconds"]) for point in document["trend"]] == [(job.run_id, 2.0)]
    (result,) = document["results"]
    assert result | {"at": ""} == {
        "run": job.run_id,
        "job": "unit",
        "at": "",
        "outcome": "failed",
        "seconds": 2.0,
        "message": "boom",
        "is_retried": False,
    }


def test_a_test_of_which_nothing_is_known(reader: Client, job: Job) -> None:
    case = make_case(job.run.repository)
    document = reader.get(f"/api/tests/{case.pk}?days=1").json()
    told = {
        name: document[name] for name in ("is_flaky", "verdict", "median_seconds", "p95_seconds", "results", "days")
    }
    assert told == {
        "is_flaky": False,
        "verdict": "",
        "median_seconds": None,
        "p95_seconds": None,
        "results": [],
        "days": 1,
    }
    assert reader.get("/api/tests/4711").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/tests/1?days=0",
        "/api/tests/slowest?days=366",
        "/api/tests/slowest?limit=501",
        "/api/tests/slowest?repository=%00",
    ],
)
def test_a_wrong_query_is_refused(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert (answer.status_code, set(answer.json())) == (422, {"error"})
