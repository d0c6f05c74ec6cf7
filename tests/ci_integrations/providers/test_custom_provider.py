"""A custom connection to a server that is not like Buildbot: the whole life of runs, and faults in each call."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ci_integrations.domain import (
    ArtifactRef,
    JobRef,
    RepoRef,
    RetryRequest,
    RetryScope,
    RunRef,
    State,
    TriggerRequest,
)
from ci_integrations.errors import (
    AuthFailed,
    Conflict,
    Invalid,
    NotFound,
    NotSupported,
    ProviderError,
    RateLimited,
    Unavailable,
)
from ci_integrations.providers.custom import CustomProvider
from tests.ci_integrations.providers.connections import REPO, connect
from tests.fakes.ci_server import FakeCI, Job, Kind, Outcome

REPORT = b'<?xml version="1.0"?><testsuite tests="0"/>'
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def server() -> Iterator[FakeCI]:
    with FakeCI() as running:
        yield running


@pytest.fixture
def provider(server: FakeCI) -> CustomProvider:
    return connect(server.config())


def wish(intent: str = "intent1", **inputs: str) -> TriggerRequest:
    return TriggerRequest(REPO, "unit", "feature/ä b", COMMIT, inputs, intent)


def started(provider: CustomProvider, request: TriggerRequest | None = None) -> RunRef:
    ref = provider.trigger(request or wish())
    assert ref is not None
    return ref


def ended(provider: CustomProvider, ref: RunRef) -> State:
    states = [provider.get_run(ref).state for _ in range(3)]
    return states[-1]


def test_a_trigger_carries_what_was_wished(server: FakeCI, provider: CustomProvider) -> None:
    ref = started(provider, wish(level="high", quote='"'))
    assert ref == RunRef(REPO, "b-1", 1)
    (record,) = server.triggers
    assert (record.workflow, record.branch, record.commit) == ("unit", "feature/ä b", COMMIT)
    assert (record.inputs, record.intent) == ({"level": "high", "quote": '"'}, "intent1")


def test_a_run_is_read_with_jobs_and_times(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome("red", jobs=(Job("lint"), Job("test", "red")))])
    ref = started(provider)
    first = provider.get_run(ref)
    assert (first.state, first.raw_state, first.finished_at) == (State.RUNNING, "building", None)
    run = provider.get_run(ref)
    assert (run.state, run.raw_state, run.workflow) == (State.FAILURE, "red", "unit")
    assert (run.branch, run.commit_sha, run.url) == ("feature/ä b", COMMIT, "http://ci.example/builds/1")
    assert run.created_at == datetime.fromtimestamp(1_790_000_001, UTC)
    assert run.finished_at == datetime(2026, 9, 21, 13, 34, 20, tzinfo=UTC)
    assert [(job.name, job.state) for job in run.jobs or ()] == [("lint", State.SUCCESS), ("test", State.FAILURE)]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("green", State.SUCCESS),
        ("broken", State.ERROR),
        ("overtime", State.TIMED_OUT),
        ("aborted", State.CANCELED),
        ("skipped", State.SKIPPED),
        ("mauve", State.UNKNOWN),
    ],
)
def test_states_are_ours(server: FakeCI, provider: CustomProvider, word: str, state: State) -> None:
    server.script("unit", [Outcome(word, states=())])
    assert provider.get_run(started(provider)).state is state


def test_an_unknown_run_is_not_found_even_without_a_body(provider: CustomProvider) -> None:
    with pytest.raises(NotFound):
        provider.get_run(RunRef(REPO, "b-99"))


@pytest.mark.parametrize("run_id", ["..", "."])
def test_an_id_of_dots_does_not_climb_the_path(server: FakeCI, provider: CustomProvider, run_id: str) -> None:
    with pytest.raises(Invalid, match="only dots"):
        provider.get_run(RunRef(REPO, run_id))
    assert server.requests == []


def test_an_id_with_slashes_stays_one_segment(server: FakeCI, provider: CustomProvider) -> None:
    with pytest.raises(NotFound):
        provider.get_run(RunRef(REPO, "../../admin?x=1#y"))
    assert server.requests[0][1] == "/api/v1/builds/..%2F..%2Fadmin%3Fx%3D1%23y"


def test_wrong_credentials_are_said(server: FakeCI) -> None:
    provider = connect(server.config(token="wrong-token-4711"))
    with pytest.raises(AuthFailed) as caught:
        provider.trigger(wish())
    assert "wrong-token-4711" not in str(caught.value)
    assert server.triggers == []


def test_a_refused_trigger_started_nothing(server: FakeCI, provider: CustomProvider) -> None:
    with pytest.raises(Invalid, match="pipeline is missing") as caught:
        provider.trigger(TriggerRequest(REPO, "", "main"))
    assert not caught.value.effect_unknown
    assert server.triggers == []


@pytest.mark.parametrize("kind", ["502_after", "reset", "hang", "truncated"])
def test_a_lost_answer_is_found_again_by_its_intent(server: FakeCI, provider: CustomProvider, kind: Kind) -> None:
    server.fail_next(kind, on="trigger")
    with pytest.raises(Unavailable) as caught:
        provider.trigger(wish())
    assert caught.value.effect_unknown
    assert provider.find_run(wish()) == RunRef(REPO, "b-1")
    assert len(server.triggers) == 1


@pytest.mark.parametrize("kind", ["502_before", "reset_before", "hang_before", "html_200"])
def test_a_trigger_that_never_arrived_is_not_found(server: FakeCI, provider: CustomProvider, kind: Kind) -> None:
    server.fail_next(kind, on="trigger")
    with pytest.raises(Unavailable) as caught:
        provider.trigger(wish())
    assert caught.value.effect_unknown
    assert provider.find_run(wish()) is None
    assert server.triggers == []


def test_a_trigger_that_was_too_much_is_told_when_to_come_back(server: FakeCI, provider: CustomProvider) -> None:
    server.fail_next("429", on="trigger", retry_after="7")
    with pytest.raises(RateLimited) as caught:
        provider.trigger(wish())
    assert (caught.value.retry_after, caught.value.effect_unknown) == (7.0, False)


def test_without_an_intent_nothing_is_looked_for(provider: CustomProvider) -> None:
    started(provider, wish(intent=""))
    with pytest.raises(NotSupported, match="without an intent id"):
        provider.find_run(wish(intent=""))


@pytest.mark.parametrize("kind", ["502_before", "reset", "429", "truncated"])
def test_a_read_survives_a_passing_fault(server: FakeCI, provider: CustomProvider, kind: Kind) -> None:
    ref = started(provider)
    server.fail_next(kind, on="status")
    assert provider.get_run(ref).workflow == "unit"


def test_a_login_page_is_no_run(server: FakeCI, provider: CustomProvider) -> None:
    ref = started(provider)
    server.fail_next("html_200", on="status")
    with pytest.raises(Invalid, match="not JSON"):
        provider.get_run(ref)


def test_logs_are_read_by_offset(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome(log="0123456789")])
    job = (provider.get_run(started(provider)).jobs or ())[0].ref
    whole = provider.read_log(job)
    assert (whole.data, whole.next_offset, whole.complete) == (b"0123456789", 10, True)
    rest = provider.read_log(job, offset=4)
    assert (rest.data, rest.next_offset, rest.complete) == (b"456789", 10, True)
    nothing = provider.read_log(job, offset=10)
    assert (nothing.data, nothing.next_offset, nothing.complete) == (b"", 10, True)


def test_a_job_without_a_log_is_not_found(server: FakeCI, provider: CustomProvider) -> None:
    with pytest.raises(NotFound):
        provider.read_log(JobRef(started(provider), "b-1.1.nobody"))


def test_artifacts_are_listed_by_job_and_opened(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome("red", jobs=(Job("lint"), Job("test", "red", junit=REPORT)))])
    ref = started(provider)
    (artifact,) = provider.list_artifacts(ref)
    assert artifact == ArtifactRef(ref, "b-1.1.test", "junit.xml", len(REPORT), JobRef(ref, "b-1.1.test"))
    with provider.open_artifact(artifact) as stream:
        assert stream.read() == REPORT
    gone = ArtifactRef(ref, "b-1.1.lint", "junit.xml")
    with pytest.raises(NotFound), provider.open_artifact(gone):
        pytest.fail("opened a file that is not there")


def test_a_running_run_is_canceled_once(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome(holds=True)])
    ref = started(provider)
    provider.cancel(ref)
    assert provider.get_run(ref).state is State.CANCELED
    with pytest.raises(Conflict, match="already ended"):
        provider.cancel(ref)
    assert server.cancels == ["b-1"]


def test_a_retry_is_the_next_attempt(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome("red", states=()), Outcome("green")])
    ref = started(provider)
    again = provider.retry(RetryRequest(ref, RetryScope.FAILED, intent_id="r1"))
    assert again == RunRef(REPO, "b-1", 2)
    assert ended(provider, again) is State.SUCCESS
    assert [job.ref.external_id for job in provider.get_run(again).jobs or ()] == ["b-1.2.unit"]
    (record,) = server.retries
    assert (record.scope, record.intent, record.attempt) == ("failed", "r1", 2)


def test_a_lost_retry_is_found_by_the_attempt(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome("red", states=())])
    ref = started(provider)
    request = RetryRequest(ref, RetryScope.ALL, intent_id="r1")
    assert provider.find_run(request) is None
    server.fail_next("502_after", on="retry")
    with pytest.raises(Unavailable):
        provider.retry(request)
    assert provider.find_run(request) == RunRef(REPO, "b-1", 2)
    assert len(server.retries) == 1


def test_one_job_is_repeated_by_its_id(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome("red", states=())])
    ref = started(provider)
    job = (provider.get_run(ref).jobs or ())[0].ref
    provider.retry(RetryRequest(ref, RetryScope.JOB, job))
    assert server.retries[0].scope == job.external_id


def test_a_retry_may_be_a_new_run() -> None:
    with FakeCI(retries="run") as server:
        server.script("unit", [Outcome("red", states=())])
        provider = connect(server.config())
        ref = started(provider)
        request = RetryRequest(ref, RetryScope.ALL, intent_id="r1")
        assert provider.find_run(request) is None
        assert provider.retry(request) == provider.find_run(request) == RunRef(REPO, "b-2", 1)


def test_a_retry_of_a_running_run_is_a_conflict(server: FakeCI, provider: CustomProvider) -> None:
    server.script("unit", [Outcome(holds=True)])
    with pytest.raises(Conflict, match="has not ended"):
        provider.retry(RetryRequest(started(provider), RetryScope.ALL))


def test_runs_are_listed_newest_first_without_jobs(server: FakeCI, provider: CustomProvider) -> None:
    started(provider)
    server.start_outside("unit", branch="main")
    runs = list(provider.list_runs(REPO))
    assert [(run.ref.external_id, run.branch, run.jobs) for run in runs] == [
        ("b-2", "main", None),
        ("b-1", "feature/ä b", None),
    ]


def test_without_a_log_route_the_rest_works() -> None:
    with FakeCI(logs=False) as server:
        provider = connect(server.config())
        ref = started(provider)
        assert provider.get_run(ref).jobs
        with pytest.raises(NotSupported):
            provider.read_log(JobRef(ref, "b-1.1.unit"))


def test_a_webhook_names_its_run_and_is_the_same_again(server: FakeCI, provider: CustomProvider) -> None:
    ref = started(provider)
    headers, body = server.webhook("b-1")
    sent = {name.lower(): value for name, value in headers.items()}
    delivery = provider.authenticate_webhook(sent, body)
    assert (delivery.delivery_id, delivery.event) == ("b-1.1.building", "build.changed")
    assert provider.read_webhook(delivery).runs == (ref,)
    assert server.webhook("b-1") == (headers, body)


def test_each_fault_of_each_write_leaves_one_effect_at_most(server: FakeCI, provider: CustomProvider) -> None:
    kinds: tuple[Kind, ...] = ("502_before", "502_after", "reset", "reset_before", "html_200", "429", "truncated")
    for number, kind in enumerate(kinds):
        server.fail_next(kind, on="trigger")
        with pytest.raises(ProviderError):
            provider.trigger(wish(intent=f"i{number}"))
    time.sleep(0.2)
    assert sorted(record.intent for record in server.triggers) == ["i1", "i2", "i6"]


def test_another_repository_is_passed_on(server: FakeCI) -> None:
    config = server.config()
    config["endpoints"]["trigger"]["body"]["pipeline"] = "{repository}/{workflow}"
    del config["webhooks"]
    provider = connect(config, "one", "two")
    provider.trigger(TriggerRequest(RepoRef("two"), "unit", "main", intent_id="x"))
    assert server.triggers[0].workflow == "two/unit"
