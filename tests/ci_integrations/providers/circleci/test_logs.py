"""The logs of jobs: step by step, live by v3 and whole by v1.1, each byte once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from ci_integrations.domain import LogChunk
from ci_integrations.errors import AuthFailed, Invalid, NotFound, Unavailable
from ci_integrations.providers.circleci import CircleCIProvider
from tests.circleci import TOKEN, job_of, provider_for, run_of
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakePipeline, FakeProject, FakeStep


@pytest.fixture
def running(circleci: FakeCircleCI, shop: FakeProject) -> FakePipeline:
    """A pipeline whose one job runs, without steps yet."""
    pipeline = circleci.add_pipeline(shop)
    circleci.advance_job(job(pipeline), "running")
    return pipeline


def job(pipeline: FakePipeline) -> FakeJob:
    return pipeline.workflows[0].jobs[0]


def step(server: FakeCircleCI, pipeline: FakePipeline, name: str, data: bytes, *, execution: int = 0) -> FakeStep:
    made = server.add_step(job(pipeline), name, command=name, execution=execution)
    server.write(made, data)
    return made


def read(provider: CircleCIProvider, pipeline: FakePipeline, offset: int = 0) -> LogChunk:
    return provider.read_log(job_of(pipeline, job(pipeline)), offset=offset)


def whole(provider: CircleCIProvider, pipeline: FakePipeline, offset: int = 0) -> bytes:
    data = b""
    while True:
        chunk = read(provider, pipeline, offset)
        data += chunk.data
        assert chunk.next_offset == offset + len(chunk.data)
        offset = chunk.next_offset
        if chunk.complete:
            return data


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if some seconds had gone by since a job was last looked at."""
    monkeypatch.setattr("ci_integrations.providers.circleci.logs.LOOK_EVERY", -1.0)


def two_steps(server: FakeCircleCI, pipeline: FakePipeline) -> bytes:
    """A job that has ended after two steps; gives its log."""
    server.end_step(step(server, pipeline, "Checkout", b"cloned"))
    failed = step(server, pipeline, "Run tests", b"\x1b[31m1 failed\x1b[0m\n")
    server.end_step(failed, "failed", exit_code=1)
    server.advance_job(job(pipeline), "failed")
    return b"=== Checkout ===\ncloned\n=== Run tests ===\n\x1b[31m1 failed\x1b[0m\n"


@pytest.mark.parametrize("has_v3", [True, False])
def test_steps_stand_one_after_another(circleci: FakeCircleCI, running: FakePipeline, has_v3: bool) -> None:
    circleci.has_v3 = has_v3
    expected = two_steps(circleci, running)
    chunk = read(provider_for(circleci), running)
    assert (chunk.data, chunk.next_offset, chunk.complete, chunk.is_final) == (expected, len(expected), True, True)


@pytest.mark.parametrize("has_v3", [True, False])
def test_any_offset_works_on_a_new_provider(circleci: FakeCircleCI, running: FakePipeline, has_v3: bool) -> None:
    circleci.has_v3 = has_v3
    expected = two_steps(circleci, running)
    for offset in range(0, len(expected) + 9, 9):
        chunk = read(provider_for(circleci), running, offset)
        assert chunk.data == expected[offset:]
        assert chunk.is_final


def test_any_offset_works_on_the_same_provider(circleci: FakeCircleCI, running: FakePipeline) -> None:
    expected = two_steps(circleci, running)
    provider = provider_for(circleci)
    for offset in (0, 30, 5, 55, 0, 20):
        assert read(provider, running, offset).data == expected[offset:]


@pytest.mark.parametrize("past_end", [416, 200, 204, 206])
def test_a_running_step_is_told_as_it_goes_and_each_byte_once(
    circleci: FakeCircleCI, running: FakePipeline, past_end: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    circleci.past_end = past_end
    circleci.end_step(step(circleci, running, "Checkout", b"cloned\n"))
    tests = step(circleci, running, "Run tests", b"")
    provider = provider_for(circleci)
    heard, offset = b"", 0
    for word in (b"one\n", b"", b"two\n", b"", b"three"):
        circleci.write(tests, word)
        chunk = read(provider, running, offset)
        heard, offset = heard + chunk.data, chunk.next_offset
        assert (chunk.complete, chunk.is_final) == (True, False)
        assert heard.endswith(word)
    circleci.end_step(tests, "failed", exit_code=1)
    circleci.end_step(step(circleci, running, "Report", b"sent\n"))
    circleci.advance_job(job(running), "failed")
    # A server that answers 416 tells no end with it: it is learned when the job itself is looked at.
    later(monkeypatch)
    final = read(provider, running, offset)
    expected = b"=== Checkout ===\ncloned\n=== Run tests ===\none\ntwo\nthree\n=== Report ===\nsent\n"
    assert heard + final.data == expected
    assert final.is_final
    written = {(job(running).id, 0, one.num, "stdout"): len(one.output) for one in job(running).steps}
    assert {key: size for key, size in circleci.served.items() if size} == written


def test_between_two_steps_the_log_is_not_at_its_end(circleci: FakeCircleCI, running: FakePipeline) -> None:
    circleci.end_step(step(circleci, running, "Checkout", b"cloned\n"))
    provider = provider_for(circleci)
    first = read(provider, running)
    assert (first.complete, first.is_final) == (True, False)
    circleci.end_step(step(circleci, running, "Run tests", b"ok\n"))
    # Nothing is being waited for, so the job is looked at again at once.
    second = read(provider, running, first.next_offset)
    assert (second.data, second.is_final) == (b"=== Run tests ===\nok\n", False)
    circleci.advance_job(job(running), "success")
    assert read(provider, running, second.next_offset) == LogChunk(
        b"", second.next_offset, complete=True, is_final=True
    )


def test_while_a_step_talks_nothing_but_its_output_is_asked_for(circleci: FakeCircleCI, running: FakePipeline) -> None:
    step(circleci, running, "Run tests", b"one\n")
    provider = provider_for(circleci)
    offset = read(provider, running).next_offset
    circleci.requests.clear()
    for _ in range(3):
        offset = read(provider, running, offset).next_offset
    assert [seen.path.rpartition("/")[2] for seen in circleci.requests] == ["stdout"] * 3
    assert {seen.headers["range"] for seen in circleci.requests} == {"bytes=4-"}


def test_a_server_without_ranges(circleci: FakeCircleCI, running: FakePipeline) -> None:
    circleci.serves_ranges = False
    tests = step(circleci, running, "Run tests", b"one\n")
    provider = provider_for(circleci)
    first = read(provider, running)
    circleci.write(tests, b"two\n")
    assert read(provider, running, first.next_offset).data == b"two\n"


def test_what_the_agent_says_on_stderr_stands_below_the_output(circleci: FakeCircleCI, running: FakePipeline) -> None:
    one = step(circleci, running, "Run tests", b"out\n")
    one.error = b"Too long with no output (exceeded 10m0s): context deadline exceeded\n"
    circleci.end_step(one, "timedout")
    circleci.advance_job(job(running), "failed")
    assert whole(provider_for(circleci), running) == b"=== Run tests ===\nout\n" + one.error


def test_parallel_executions_stand_in_their_order(
    circleci: FakeCircleCI, running: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(running).parallelism = 2
    for execution in (1, 0):
        circleci.end_step(step(circleci, running, "Checkout", b"ok\n", execution=execution))
    first = step(circleci, running, "Run tests", b"a\n")
    provider = provider_for(circleci)
    begun = read(provider, running)
    assert begun.data == b"=== Checkout ===\nok\n=== Checkout (execution 1) ===\nok\n=== Run tests ===\na\n"
    circleci.end_step(first)
    # The first is ahead: what comes after waits until the second has begun the step too, so that nothing moves.
    ahead = step(circleci, running, "Report", b"r\n")
    circleci.end_step(ahead)
    later(monkeypatch)
    assert whole(provider, running, begun.next_offset) == b""
    circleci.end_step(step(circleci, running, "Run tests", b"b\n", execution=1))
    circleci.advance_job(job(running), "success")
    rest = read(provider, running, begun.next_offset)
    assert rest.data == b"=== Run tests (execution 1) ===\nb\n=== Report ===\nr\n"
    assert begun.data + rest.data == whole(provider_for(circleci), running)


@pytest.mark.parametrize("has_v3", [True, False])
def test_an_execution_that_begins_late_moves_nothing(
    circleci: FakeCircleCI, running: FakePipeline, has_v3: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    circleci.has_v3 = has_v3
    job(running).parallelism = 2
    for name in ("Checkout", "Run tests"):
        circleci.end_step(step(circleci, running, name, b"a\n"))
    provider = provider_for(circleci)
    begun = read(provider, running)
    assert begun.data == b"=== Checkout ===\na\n"
    later(monkeypatch)
    for name in ("Checkout", "Run tests"):
        circleci.end_step(step(circleci, running, name, b"b\n", execution=1))
    circleci.advance_job(job(running), "success")
    rest = whole(provider, running, begun.next_offset)
    assert begun.data + rest == whole(provider_for(circleci), running)
    assert rest.startswith(b"=== Checkout (execution 1) ===\nb\n=== Run tests ===\na\n")


def test_an_execution_that_is_told_of_late_stands_below_what_was_shown(
    circleci: FakeCircleCI, running: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Checkout", "Run tests"):
        circleci.end_step(step(circleci, running, name, b"a\n"))
    provider = provider_for(circleci)
    begun = read(provider, running)
    assert begun.data == b"=== Checkout ===\na\n=== Run tests ===\na\n"
    later(monkeypatch)
    job(running).parallelism = 2
    circleci.end_step(step(circleci, running, "Checkout", b"b\n", execution=1))
    circleci.advance_job(job(running), "success")
    rest = read(provider, running, begun.next_offset)
    assert (rest.data, rest.is_final) == (b"=== Checkout (execution 1) ===\nb\n", True)
    assert read(provider, running).data == begun.data + rest.data


@pytest.mark.parametrize("has_v3", [True, False])
def test_large_output_comes_in_pieces(
    circleci: FakeCircleCI, running: FakePipeline, has_v3: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    circleci.has_v3 = has_v3
    for module in ("output", "logs"):
        monkeypatch.setattr(f"ci_integrations.providers.circleci.{module}.CHUNK", 100)
    lines = b"".join(b"line %d\n" % at for at in range(200))
    circleci.end_step(step(circleci, running, "Run tests", lines))
    circleci.advance_job(job(running), "success")
    first = read(provider_for(circleci), running)
    assert not first.complete
    assert len(first.data) < 300
    assert whole(provider_for(circleci), running) == b"=== Run tests ===\n" + lines


def test_a_job_that_ended_without_telling_the_end_of_its_output(circleci: FakeCircleCI, running: FakePipeline) -> None:
    one = step(circleci, running, "Run tests", b"one\n")
    circleci.advance_job(job(running), "canceled")
    ended = one.ended_at
    # As a server does that lost the step: the output is never said to be at its end.
    one.ended_at = None
    assert not read(provider_for(circleci), running).is_final
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert read(provider_for(circleci), running).is_final
    assert ended is not None


def test_a_job_that_never_told_when_it_ended_is_given_time_from_when_that_was_seen(
    circleci: FakeCircleCI, running: FakePipeline
) -> None:
    one = step(circleci, running, "Run tests", b"one\n")
    circleci.advance_job(job(running), "canceled")
    one.ended_at = job(running).stopped_at = None
    for seconds, is_final in ((0, False), (30, False), (90, True)):
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds)):
            chunk = read(provider_for(circleci), running)
        assert (chunk.data, chunk.is_final) == (b"=== Run tests ===\none\n", is_final)


def test_without_v3_output_whose_place_is_not_told_yet_is_waited_for(
    circleci: FakeCircleCI, running: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    circleci.has_v3 = False
    expected = two_steps(circleci, running)
    monkeypatch.setattr("tests.fakes.circleci.routes_v1._stored", lambda *_: None)
    provider = provider_for(circleci)
    early = read(provider, running)
    assert (early.data, early.is_final) == (b"=== Checkout ===\n", False)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        given_up = read(provider_for(circleci), running)
    assert (given_up.data, given_up.is_final) == (b"=== Checkout ===\n=== Run tests ===\n", True)
    monkeypatch.undo()
    later(monkeypatch)
    rest = read(provider, running, early.next_offset)
    assert (early.data + rest.data, rest.is_final) == (expected, True)


def test_what_has_no_log(circleci: FakeCircleCI, shop: FakeProject) -> None:
    hold, unit = FakeJob("hold", type="approval"), FakeJob("unit", requires=["hold"])
    pipeline = circleci.add_pipeline(shop, workflows={"build": [hold, unit]})
    for has_v3 in (True, False):
        circleci.has_v3 = has_v3
        for one in (hold, unit):
            with pytest.raises(NotFound, match="has no log"):
                provider_for(circleci).read_log(job_of(pipeline, one))
    with pytest.raises(Invalid, match="byte 0"):
        provider_for(circleci).read_log(job_of(pipeline, unit), offset=-1)
    with pytest.raises(NotFound, match="has no job"):
        provider_for(circleci).read_log(job_of(pipeline, FakeJob("other")))


def test_a_server_without_v3_is_asked_once(circleci: FakeCircleCI, running: FakePipeline) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    for _ in range(3):
        read(provider_for(circleci), running)
    assert circleci.count("GET", "/api/v3/") == 1
    assert circleci.count("GET", "/api/v1.1/project/github/acme/shop/1$") == 3


ODD_ANSWERS = [{"status": 200, "raw": b"<html>"}, *({"status": status} for status in (401, 403, 405, 501))]


@pytest.mark.parametrize("odd", ODD_ANSWERS)
def test_a_server_without_v3_may_answer_anything_there(
    circleci: FakeCircleCI, running: FakePipeline, odd: dict[str, object]
) -> None:
    expected = two_steps(circleci, running)
    circleci.fail_next("GET", "/api/v3/", times=99, **odd)
    assert read(provider_for(circleci), running).data == expected
    asked = circleci.count("GET", "/api/v3/")
    assert read(provider_for(circleci), running).data == expected
    (told,) = provider_for(circleci).get_run(run_of(running)).jobs or ()
    assert len(told.steps) == 2
    assert circleci.count("GET", "/api/v3/") == asked


@pytest.mark.parametrize(
    ("odd", "kind"),
    [({"status": 401}, AuthFailed), ({"status": 501}, Unavailable), ({"status": 200, "raw": b"<html>"}, Invalid)],
)
def test_where_v3_has_answered_its_trouble_is_told(
    circleci: FakeCircleCI, running: FakePipeline, odd: dict[str, object], kind: type[Exception]
) -> None:
    two_steps(circleci, running)
    read(provider_for(circleci), running)
    circleci.fail_next("GET", "/api/v3/", times=99, **odd)
    with pytest.raises(kind):
        read(provider_for(circleci), running)


def test_a_job_that_no_api_knows_while_v3_is_away_may_have_a_log(circleci: FakeCircleCI, running: FakePipeline) -> None:
    two_steps(circleci, running)
    circleci.fail_next("GET", "/api/v3/", times=3, status=503)
    circleci.fail_next("GET", "/api/v1.1/", status=404)
    with pytest.raises(Unavailable, match="v3"):
        read(provider_for(circleci), running)


def test_the_number_of_a_job_that_was_seen_is_known(circleci: FakeCircleCI, running: FakePipeline) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    provider = provider_for(circleci)
    provider.get_run(run_of(running))
    circleci.requests.clear()
    read(provider, running)
    assert [seen.path for seen in circleci.requests] == ["/api/v1.1/project/github/acme/shop/1"]


def test_a_job_that_v3_does_not_know_does_not_make_v3_unknown(circleci: FakeCircleCI, running: FakePipeline) -> None:
    two_steps(circleci, running)
    read(provider_for(circleci), running)
    circleci.fail_next("GET", "/api/v3/jobs", status=404)
    read(provider_for(circleci), running)
    circleci.requests.clear()
    read(provider_for(circleci), running)
    assert circleci.count("GET", "/api/v1.1/") == 0


def test_without_v3_a_running_step_is_told_once_it_has_ended(
    circleci: FakeCircleCI, running: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    circleci.has_v3 = False
    circleci.end_step(step(circleci, running, "Checkout", b"cloned\n"))
    tests = step(circleci, running, "Run tests", b"one\n")
    provider = provider_for(circleci)
    first = read(provider, running)
    assert (first.complete, first.is_final) == (True, False)
    assert first.data == b"=== Checkout ===\ncloned\n=== Run tests ===\n"
    circleci.end_step(tests)
    circleci.advance_job(job(running), "success")
    later(monkeypatch)
    rest = read(provider, running, first.next_offset)
    assert (rest.data, rest.is_final) == (b"one\n", True)
    # Each output is downloaded once.
    assert len(circleci.file_requests) == 2


def test_output_at_another_address_is_asked_for_without_the_token(
    circleci: FakeCircleCI, running: FakePipeline
) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    read(provider_for(circleci), running)
    assert circleci.file_requests
    assert not any(TOKEN in f"{seen.headers}{seen.query}" for seen in circleci.file_requests)


def test_output_in_a_private_network_is_refused_unless_trusted(circleci: FakeCircleCI, running: FakePipeline) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    with pytest.raises(Invalid, match="not public") as caught:
        read(provider_for(circleci, trusted=None), running)
    assert "Signature" not in f"{caught.value}"


@pytest.mark.parametrize(
    ("fault", "kind"), [({"status": 503}, Unavailable), ({"drop": True}, Unavailable), ({"status": 404}, NotFound)]
)
def test_output_that_cannot_be_had(
    circleci: FakeCircleCI, running: FakePipeline, fault: dict[str, object], kind: type[Exception]
) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    provider = provider_for(circleci)
    circleci.fail_next("GET", "/output", times=3, **fault)
    with pytest.raises(kind):
        read(provider, running)


@pytest.mark.parametrize("has_v3", [True, False])
def test_output_that_is_cut_is_read_again_from_where_it_was(
    circleci: FakeCircleCI, running: FakePipeline, has_v3: bool
) -> None:
    circleci.has_v3 = has_v3
    expected = two_steps(circleci, running)
    provider = provider_for(circleci)
    circleci.fail_next("GET", "/stdout|/output", truncate=True)
    with pytest.raises(Unavailable):
        read(provider, running)
    assert read(provider, running).data == expected
    assert read(provider, running, 10).data == expected[10:]


@pytest.mark.parametrize(
    "body", [b"not JSON", b'{"message": 1}', b'[{"message": 1}]', b"[1]", b'[{"message": "a"}', b"[" * 99_999]
)
def test_output_that_is_no_list_of_messages(circleci: FakeCircleCI, running: FakePipeline, body: bytes) -> None:
    circleci.has_v3 = False
    two_steps(circleci, running)
    circleci.fail_next("GET", "/output", status=200, raw=body)
    with pytest.raises(Invalid):
        read(provider_for(circleci), running)
