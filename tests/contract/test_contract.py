"""What every provider promises, by name of the promise: the same for all, over a server of each kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice

import pytest

from ci_integrations.domain import (
    ArtifactRef,
    Capability,
    JobRef,
    RetryRequest,
    RetryScope,
    RunData,
    RunRef,
    State,
    TriggerRequest,
)
from ci_integrations.errors import (
    AuthFailed,
    BadWebhook,
    ConfigError,
    Conflict,
    NotFound,
    NotSupported,
    ProviderError,
    RateLimited,
    Unavailable,
)
from ci_integrations.providers.base import CIProvider
from ci_integrations.providers.registry import provider_slugs
from tests.contract.bench import LOG, Bench
from tests.contract.benches import BENCHES


def whole_log(provider: CIProvider, ref: JobRef, offset: int = 0) -> bytes:
    data = b""
    while True:
        chunk = provider.read_log(ref, offset=offset + len(data))
        assert chunk.next_offset == offset + len(data) + len(chunk.data)
        data += chunk.data
        if chunk.complete:
            return data


def times_of(run: RunData) -> list[datetime]:
    of_run = [run.created_at, run.started_at, run.finished_at, run.updated_at]
    of_jobs = [moment for job in run.jobs or () for moment in (job.started_at, job.finished_at)]
    return [moment for moment in [*of_run, *of_jobs] if moment is not None]


def retry_of(ref: RunRef, scope: RetryScope = RetryScope.FAILED, job: JobRef | None = None) -> RetryRequest:
    return RetryRequest(ref, scope, job, intent_id="2e", sent_at=datetime.now(UTC))


@pytest.mark.needs(Capability.LIST_RUNS)
def test_a_run_is_listed_and_read_with_its_jobs(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    run = provider.get_run(ref)
    assert run.ref == ref
    assert not run.state.is_terminal
    assert run.state is not State.UNKNOWN
    assert run.jobs is not None
    (job,) = run.jobs
    assert (job.ref, job.state) == (bench.job(ref), State.RUNNING)
    assert all(moment.tzinfo is not None for moment in times_of(run))
    listed = list(islice(provider.list_runs(bench.repo), 20))
    assert [one.ref.external_id for one in listed] == [ref.external_id]
    assert listed[0].jobs is None
    assert list(provider.list_runs(bench.repo, updated_since=datetime.now(UTC) - timedelta(days=1)))


@pytest.mark.parametrize("state", [State.SUCCESS, State.FAILURE])
def test_the_end_of_a_run_is_told(bench: Bench, state: State) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, state)
    run = provider.get_run(ref)
    assert (run.state, [job.state for job in run.jobs or ()]) == (state, [state])
    assert run.raw_state


def test_a_run_that_is_not_there_is_not_found(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    with pytest.raises(NotFound):
        provider.get_run(replace(ref, external_id=ref.external_id[:-1] + "0" if ref.external_id[-1] != "0" else "77"))


@pytest.mark.needs(Capability.TRIGGER)
def test_a_trigger_starts_one_run_which_is_found(bench: Bench) -> None:
    provider = bench.connect()
    wish = replace(bench.wish(), sent_at=datetime.now(UTC))
    assert provider.find_run(wish) is None
    ref = provider.trigger(wish)
    found = provider.find_run(wish)
    assert found is not None
    assert ref in {None, found}
    assert not provider.get_run(found).state.is_terminal
    assert bench.done("trigger") == 1


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.needs(Capability.TRIGGER)
def test_a_trigger_whose_answer_was_lost_is_found_where_it_was_done(bench: Bench, done: bool) -> None:
    provider = bench.connect()
    wish = replace(bench.wish(), sent_at=datetime.now(UTC))
    bench.lose("trigger", done=done)
    with pytest.raises(Unavailable) as lost:
        provider.trigger(wish)
    assert lost.value.effect_unknown
    assert bench.done("trigger") == done
    assert (bench.connect().find_run(wish) is not None) == done


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(RetryScope.ALL, marks=pytest.mark.needs(Capability.RETRY_ALL)),
        pytest.param(RetryScope.FAILED, marks=pytest.mark.needs(Capability.RETRY_FAILED)),
        pytest.param(RetryScope.JOB, marks=pytest.mark.needs(Capability.RETRY_JOB)),
    ],
)
def test_a_retry_is_the_next_attempt_or_a_new_run(bench: Bench, scope: RetryScope) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, State.FAILURE)
    before = provider.get_run(ref)
    again = provider.retry(retry_of(ref, scope, bench.job(ref) if scope is RetryScope.JOB else None))
    again = again or provider.find_run(retry_of(ref, scope))
    assert again is not None
    assert again == replace(ref, attempt=ref.attempt + 1) or again.external_id != ref.external_id
    run = provider.get_run(again)
    assert not run.state.is_terminal
    # The new job is followed, under an id of its own where the server gives it one.
    known = {(before.ref, job.ref.external_id) for job in before.jobs or ()}
    assert known.isdisjoint({(run.ref, job.ref.external_id) for job in run.jobs or ()})
    assert bench.done("retry") == 1


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.needs(Capability.RETRY_FAILED)
def test_a_retry_whose_answer_was_lost_is_found_where_it_was_done(bench: Bench, done: bool) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, State.FAILURE)
    bench.lose("retry", done=done)
    wish = retry_of(ref)
    with pytest.raises(Unavailable) as lost:
        provider.retry(wish)
    assert lost.value.effect_unknown
    found = bench.connect().find_run(wish)
    assert (found is not None, bench.done("retry")) == (done, done)
    assert found in {None, replace(ref, attempt=ref.attempt + 1)} or found.external_id != ref.external_id


@pytest.mark.needs(Capability.CANCEL)
def test_a_run_is_canceled_once_and_an_ended_one_not_at_all(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    provider.cancel(ref)
    assert provider.get_run(ref).state in {State.CANCELING, State.CANCELED, State.RUNNING}
    assert bench.done("cancel") == 1
    ended = bench.begin()
    bench.end(ended, State.SUCCESS)
    with pytest.raises(Conflict):
        provider.cancel(ended)


@pytest.mark.needs(Capability.APPROVE)
def test_a_job_that_waits_is_let_go_on(bench: Bench) -> None:
    provider = bench.connect()
    ref = bench.block()
    run = provider.get_run(ref)
    assert (run.state, [job.state for job in run.jobs or ()]) == (State.BLOCKED, [State.BLOCKED])
    job = (run.jobs or ())[0].ref
    provider.approve(job)
    assert State.BLOCKED not in {one.state for one in provider.get_run(ref).jobs or ()}
    assert bench.done("approve") == 1
    with pytest.raises(Conflict):
        provider.approve(job)


@pytest.mark.needs(Capability.LOGS)
def test_a_log_is_the_same_from_any_offset(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    if Capability.LIVE_LOG in provider.capabilities:
        assert LOG in whole_log(provider, bench.job(ref)).replace(b"\r\n", b"\n")
        assert not provider.read_log(bench.job(ref)).is_final
    bench.end(ref, State.FAILURE)
    whole = whole_log(provider, bench.job(ref))
    assert LOG in whole.replace(b"\r\n", b"\n")
    for offset in (1, len(whole) // 2, len(whole)):
        assert whole_log(bench.connect(), bench.job(ref), offset) == whole[offset:]


@pytest.mark.needs(Capability.LOGS)
def test_a_log_that_is_not_there_is_not_found(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    job = bench.job(ref)
    with pytest.raises(NotFound):
        provider.read_log(replace(job, external_id=job.external_id[:-1] + ("0" if job.external_id[-1] != "0" else "7")))


@pytest.mark.needs(Capability.ARTIFACTS)
def test_artifacts_are_listed_and_streamed(bench: Bench) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, State.FAILURE)
    (artifact,) = provider.list_artifacts(ref)
    with bench.connect().open_artifact(artifact) as stream:
        data = stream.read()
    assert data[:2] == b"PK" if artifact.is_archive else data.startswith(b"<")
    with pytest.raises(NotFound), provider.open_artifact(replace(artifact, external_id=gone(artifact))):
        pass


def gone(artifact: ArtifactRef) -> str:
    """The id of an artifact that is not there."""
    return artifact.external_id.replace("report.xml", "gone.xml") if "report.xml" in artifact.external_id else "404"


@pytest.mark.parametrize("flip", ["unsigned", "flipped", "nothing"])
def test_a_webhook_is_believed_with_its_signature_only(bench: Bench, flip: str) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, State.SUCCESS)
    headers, body = bench.ring(ref)
    if flip == "nothing":
        delivery = provider.authenticate_webhook(headers, body)
        named = {one if isinstance(one, RunRef) else one.ref for one in provider.read_webhook(delivery).runs}
        assert {(one.repo, one.external_id) for one in named} == {(ref.repo, ref.external_id)}
        assert provider.authenticate_webhook(headers, body).delivery_id == delivery.delivery_id
        return
    wrong = {"unsigned": {"content-type": "application/json"}, "flipped": flipped(headers)}[flip]
    with pytest.raises(BadWebhook):
        provider.authenticate_webhook(wrong, body)


def flipped(headers: dict[str, str]) -> dict[str, str]:
    """Each header but the type with its last character changed."""
    return {
        name: value if name == "content-type" else value[:-1] + ("A" if value[-1:] != "A" else "B")
        for name, value in headers.items()
    }


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, AuthFailed),
        (429, {"Retry-After": "120"}, RateLimited),
        (429, {"Retry-After": "date"}, RateLimited),
        (503, {"Retry-After": "120"}, Unavailable),
    ],
)
def test_refusals_are_told_apart_and_show_no_secret(
    bench: Bench, status: int, headers: dict[str, str], error: type[ProviderError]
) -> None:
    provider, ref = bench.connect(), bench.begin()
    in_two_minutes = format_datetime(datetime.now(UTC) + timedelta(seconds=121), usegmt=True)
    bench.answer(status, {name: in_two_minutes if value == "date" else value for name, value in headers.items()})
    with pytest.raises(error) as raised:
        provider.get_run(ref)
    assert bench.secret not in f"{raised.value!r} {provider!r}"
    if headers:
        assert raised.value.retry_after == pytest.approx(120, abs=2)


ABSENT: dict[Capability, Callable[[CIProvider, RunRef, JobRef, TriggerRequest], object]] = {
    Capability.WEBHOOKS: lambda provider, run, job, wish: provider.authenticate_webhook({}, b"{}"),
    Capability.LIST_RUNS: lambda provider, run, job, wish: list(provider.list_runs(run.repo)),
    Capability.TRIGGER: lambda provider, run, job, wish: provider.trigger(wish),
    Capability.INPUTS: lambda provider, run, job, wish: provider.trigger(replace(wish, inputs={"a": "b"})),
    Capability.VARIABLES: lambda provider, run, job, wish: provider.trigger(replace(wish, variables={"A": "b"})),
    Capability.CANCEL: lambda provider, run, job, wish: provider.cancel(run),
    Capability.FORCE_CANCEL: lambda provider, run, job, wish: provider.cancel(run, force=True),
    Capability.RETRY_ALL: lambda provider, run, job, wish: provider.retry(retry_of(run, RetryScope.ALL)),
    Capability.RETRY_FAILED: lambda provider, run, job, wish: provider.retry(retry_of(run)),
    Capability.RETRY_JOB: lambda provider, run, job, wish: provider.retry(retry_of(run, RetryScope.JOB, job)),
    Capability.RETRY_DEBUG: lambda provider, run, job, wish: provider.retry(replace(retry_of(run), debug=True)),
    Capability.LOGS: lambda provider, run, job, wish: provider.read_log(job),
    Capability.ARTIFACTS: lambda provider, run, job, wish: provider.list_artifacts(run),
    Capability.NATIVE_TESTS: lambda provider, run, job, wish: list(provider.list_tests(run)),
    Capability.APPROVE: lambda provider, run, job, wish: provider.approve(job),
}


@pytest.mark.parametrize(
    "capability", [pytest.param(one, marks=pytest.mark.lacks(one), id=str(one.name)) for one in ABSENT]
)
def test_what_is_absent_is_refused(bench: Bench, capability: Capability) -> None:
    provider, ref = bench.connect(), bench.begin()
    bench.end(ref, State.FAILURE)
    with pytest.raises(NotSupported):
        ABSENT[capability](provider, ref, bench.job(ref), bench.wish())
    assert sum(bench.done(wish) for wish in ("trigger", "retry", "cancel", "approve")) == 0


def test_a_key_that_nobody_knows_is_refused_with_its_place(bench: Bench) -> None:
    with pytest.raises(ConfigError, match="colour"):
        bench.connect(colour="blue")
    with pytest.raises(ConfigError):
        bench.connect(base_url="${NOT_SET_ANYWHERE}")


def test_every_installed_provider_keeps_the_contract(bench: Bench) -> None:
    assert set(BENCHES) == set(provider_slugs())
    assert bench.connect().capabilities == bench.can
