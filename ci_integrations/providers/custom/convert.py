"""From JSON values, of which nothing is certain, to our dataclasses."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ci_integrations.domain import JobData, JobRef, RunData, RunRef, StepData, TestData
from ci_integrations.parsing.texts import storable
from ci_integrations.providers.custom.fields import JobFields, RunFields, StepFields, TestFields
from ci_integrations.providers.custom.states import OutcomeMap, StateMap, map_outcome, map_state, word_of

Source = tuple[RunFields, Any]

MAX_ID = 200
MAX_TEXT = 1000
MAX_DETAILS = 64 * 1024
MAX_NUMBER = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is older is no time but a sign for "none": Go's zero time is in the year 1, a zero on a Unix clock in 1970.
_OLDEST = datetime(1971, 1, 1, tzinfo=UTC)


def identity(value: Any) -> str | None:
    """An id: a text or a whole number, printable and of at most 200 characters; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        text = str(value).strip()
    except ValueError:
        return None
    return text if text and len(text) <= MAX_ID and text.isprintable() else None


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """A text or number as text that can be stored, cut to `limit` characters; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return storable(str(value)[:limit])
    except ValueError:
        return ""


def number(value: Any, most: int = MAX_NUMBER) -> int | None:
    """A whole number of 0 to `most`, also where it is written as a text; None for anything else."""
    shown = identity(value)
    if not shown or not shown.isascii() or not shown.isdecimal():
        return None
    return int(shown) if int(shown) <= most else None


def moment(value: Any) -> datetime | None:
    """An aware time in UTC from ISO 8601 or from seconds, milli-, micro- or nanoseconds since 1970; None otherwise.

    One before 1971 is None too: it stands for "never". A time without a zone is taken as UTC. The unit is told by the
    size: seconds reach 10^11 in the year 5138.
    """
    found = _moment(value)
    return found if found is not None and found >= _OLDEST else None


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str) and value.strip().replace(".", "", 1).isdecimal():
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_epoch(float(value))
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return None


def to_run(ref: RunRef, sources: Sequence[Source], states: StateMap, jobs: tuple[JobData, ...] | None) -> RunData:
    """A run from one or more answers; what an earlier one says is not overwritten by a later one."""
    found = _first_values(sources)
    state = found.get("state")
    return RunData(
        ref=RunRef(ref.repo, ref.external_id, number(found.get("attempt")) or ref.attempt),
        state=map_state(state, states),
        raw_state=raw_state(state),
        workflow=text(found.get("workflow")),
        branch=text(found.get("branch")),
        commit_sha=text(found.get("commit"), 100),
        event=text(found.get("event"), 100),
        title=text(found.get("title")),
        actor=text(found.get("actor"), 200),
        url=link(found.get("url")),
        created_at=moment(found.get("created")),
        started_at=moment(found.get("started")),
        finished_at=moment(found.get("finished")),
        jobs=jobs,
    )


def to_job(run: RunRef, fields: JobFields, item: Any, states: StateMap, steps: tuple[StepData, ...]) -> JobData | None:
    """A job from its item; None where it has no id."""
    job_id = identity(fields.id.find(item))
    if job_id is None:
        return None
    state = fields.state.find(item)
    return JobData(
        ref=JobRef(run, job_id),
        name=text(fields.name.find(item)) or job_id,
        state=map_state(state, states),
        raw_state=raw_state(state),
        url=link(fields.url.find(item)),
        created_at=moment(fields.queued.find(item)),
        started_at=moment(fields.started.find(item)),
        finished_at=moment(fields.finished.find(item)),
        allow_failure=fields.allow_failure.find(item) is True,
        steps=steps,
    )


def to_steps(fields: StepFields, items: Sequence[Any], states: StateMap) -> tuple[StepData, ...]:
    """The steps of a job in the server's order; where numbers are missing or double, all are numbered anew."""
    given = [number(fields.number.find(item)) for item in items]
    numbers = list(range(1, len(items) + 1))
    if None not in given and len(set(given)) == len(given):
        numbers = [one or 0 for one in given]
    return tuple(
        StepData(
            number=place,
            name=text(fields.name.find(item)) or f"step {place}",
            state=map_state(fields.state.find(item), states),
            raw_state=raw_state(fields.state.find(item)),
            external_id=identity(fields.id.find(item)) or "",
            started_at=moment(fields.started.find(item)),
            finished_at=moment(fields.finished.find(item)),
        )
        for place, item in zip(numbers, items, strict=True)
    )


def to_test(fields: TestFields, item: Any, outcomes: OutcomeMap, job: JobRef | None) -> TestData | None:
    """A test result from its item; None where it has no name."""
    name = text(fields.name.find(item))
    if not name:
        return None
    return TestData(
        suite=text(fields.suite.find(item)),
        name=name,
        outcome=map_outcome(fields.outcome.find(item), outcomes),
        duration=_seconds(fields.duration.find(item)),
        message=text(fields.message.find(item), MAX_DETAILS),
        details=text(fields.details.find(item), MAX_DETAILS),
        file=text(fields.file.find(item)),
        line=number(fields.line.find(item)),
        job=job,
    )


def only_job(run: RunData) -> JobData:
    """The job that stands for a whole run, where the server knows no jobs: logs and tests need a home."""
    return JobData(
        ref=JobRef(run.ref, run.ref.external_id),
        name=run.workflow or "run",
        state=run.state,
        raw_state=run.raw_state,
        url=run.url,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def raw_state(value: Any) -> str:
    """The server's own word for a state, to show beside ours."""
    return "" if value is None else storable(word_of(value)[:100])


def link(value: Any) -> str:
    """A web address to show to people; "" for anything else, such as `javascript:`."""
    shown = text(value)
    return shown if shown.startswith(("http://", "https://")) and shown.isprintable() else ""


def _first_values(sources: Sequence[Source]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for fields, document in sources:
        for name in RunFields.model_fields:
            expression = getattr(fields, name)
            if expression is not None and found.get(name) in (None, ""):
                found[name] = expression.find(document)
    return found


def _from_epoch(value: float) -> datetime | None:
    if not math.isfinite(value) or value <= 0:
        return None
    for limit, unit in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if value < limit:
            return _EPOCH + timedelta(seconds=value / unit)
    return None


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
