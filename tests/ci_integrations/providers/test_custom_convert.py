"""Values of a server that nobody can trust, made safe to keep."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ci_integrations.domain import RepoRef, RunRef
from ci_integrations.providers.custom.convert import moment, number, only_job, text, to_job, to_run
from ci_integrations.providers.custom.fields import JobFields, RunFields

INT4 = 2**31 - 1


def test_a_text_can_be_stored_anywhere() -> None:
    assert text("a\0b\ud800c\udfff") == "a\ufffdb\ufffdc\ufffd"
    assert text("öé\U0001f600") == "öé\U0001f600"


def test_a_state_of_its_own_can_be_stored_anywhere() -> None:
    run = to_run(RunRef(RepoRef("r"), "1"), [(RunFields(), {"state": "odd\0\ud800"})], {}, None)
    assert run.raw_state == "odd\ufffd\ufffd"


@pytest.mark.parametrize(
    ("value", "expected"), [(INT4, INT4), (INT4 + 1, None), (-1, None), ("7", 7), ("9" * 15, None)]
)
def test_a_number_fits_its_column(value: Any, expected: int | None) -> None:
    assert number(value) == expected


def test_an_attempt_without_bounds_is_not_believed() -> None:
    run = to_run(RunRef(RepoRef("r"), "1", 2), [(RunFields(), {"attempt": 10**12})], {}, None)
    assert run.ref.attempt == 2


@pytest.mark.parametrize(
    "value",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "1970-01-01T00:00:00Z", "1970-12-31T23:59:59+00:00", 0, 1, "0", -5],
)
def test_a_time_before_1971_stands_for_none(value: Any) -> None:
    assert moment(value) is None


def test_a_time_after_1970_is_one() -> None:
    assert moment("1971-01-01T00:00:00Z") == datetime(1971, 1, 1, tzinfo=UTC)
    assert moment(1_790_000_001) == datetime.fromtimestamp(1_790_000_001, UTC)


@pytest.mark.parametrize("key", ["queued_at", "queued", "created_at", "created"])
def test_since_when_a_job_waits(key: str) -> None:
    item = {"id": 5, key: "2026-01-01T10:00:00Z", "started_at": "2026-01-01T10:00:30Z"}
    job = to_job(RunRef(RepoRef("r"), "1"), JobFields(), item, {}, ())
    assert job is not None
    assert job.created_at == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_where_a_job_tells_since_when_it_waits_can_be_described() -> None:
    fields = JobFields.model_validate({"queued": "times.enqueued"})
    item = {"id": 5, "created_at": "2026-01-01T10:00:00Z", "times": {"enqueued": "2026-01-01T11:00:00Z"}}
    job = to_job(RunRef(RepoRef("r"), "1"), fields, item, {}, ())
    assert job is not None
    assert job.created_at == datetime(2026, 1, 1, 11, tzinfo=UTC)


def test_the_job_that_stands_for_a_run_waits_with_it() -> None:
    told = {"created_at": "2026-01-01T10:00:00Z", "started_at": "2026-01-01T10:00:30Z"}
    run = to_run(RunRef(RepoRef("r"), "1"), [(RunFields(), told)], {}, None)
    assert only_job(run).created_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
