"""Shapes of answers that a configuration can describe, served as they are."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from ci_integrations.domain import (
    ArtifactRef,
    JobRef,
    Outcome,
    RetryRequest,
    RetryScope,
    RunRef,
    State,
    TriggerRequest,
)
from ci_integrations.errors import Conflict, Invalid, NotFound, NotSupported, ProviderError, Unavailable
from ci_integrations.providers.custom import logs
from ci_integrations.providers.custom.convert import identity, moment
from tests.ci_integrations.providers.connections import REPO, connect

RUN = RunRef(REPO, "7")
Routes = Mapping[str, Any]


class Served:
    """The address of the server and the requests it got: method, path, body, headers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, str, bytes, Mapping[str, str]]] = []


@contextmanager
def serving(routes: Routes) -> Iterator[Served]:
    """Answers `METHOD /path?query` with a JSON value, bytes, a list of such in turn (as a tuple), or 404."""
    turns: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            served.requests.append((self.command, self.path, body, dict(self.headers)))
            key = f"{self.command} {self.path}"
            found = routes.get(key, 404)
            if isinstance(found, tuple):
                turns[key] = turns.get(key, -1) + 1
                found = found[min(turns[key], len(found) - 1)]
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(found if isinstance(found, int) else 200)
            self.end_headers()
            self.wfile.write(b"" if isinstance(found, int) else data)

        def do_POST(self) -> None:
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def described(served: Served, /, **endpoints: Any) -> dict[str, Any]:
    """A config with these endpoints and a status."""
    return {"base_url": served.url, "endpoints": {"status": {"url": "/runs/{run_id}"}, **endpoints}}


@pytest.mark.parametrize(
    ("answer", "run_id"),
    [
        ({"id": 7}, "7"),
        ({"run_id": "r-7"}, "r-7"),
        ({"build_id": "7"}, "7"),
        ({"id": 1.5}, None),
        ({"id": True}, None),
        ({"id": {"a": 1}}, None),
        ({"id": "x" * 300}, None),
        ({"id": "a\0b"}, None),
        ([], None),
        (b"", None),
    ],
)
def test_the_short_form_reads_common_answers(answer: Any, run_id: str | None) -> None:
    with serving({"POST /trigger": answer}) as served:
        provider = connect({"trigger_url": f"{served.url}/trigger", "status_url": f"{served.url}/status/{{run_id}}"})
        ref = provider.trigger(TriggerRequest(REPO, "unit", "main", "", {"a": "b"}, "i1"))
    assert ref == (None if run_id is None else RunRef(REPO, run_id))
    sent = json.loads(served.requests[0][2])
    assert sent == {"workflow": "unit", "branch": "main", "commit": "", "inputs": {"a": "b"}, "id": "i1"}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"state": "passed"}, State.SUCCESS),
        ({"status": "In Progress"}, State.RUNNING),
        ({"status": "completed", "conclusion": "failure"}, State.FAILURE),
        ({"status": "running", "result": None}, State.RUNNING),
        ({"status": "completed"}, State.UNKNOWN),
        ({"status": {"deep": 1}}, State.UNKNOWN),
        ({}, State.UNKNOWN),
    ],
)
def test_the_short_form_reads_common_states(answer: Any, state: State) -> None:
    with serving({"GET /status/7": answer}) as served:
        run = connect({"status_url": f"{served.url}/status/{{run_id}}"}).get_run(RUN)
    assert run.state is state
    (job,) = run.jobs or ()
    assert (job.ref, job.state) == (JobRef(RUN, "7"), state)


@pytest.mark.parametrize(
    ("value", "state"), [(0, State.SUCCESS), (None, State.RUNNING), (True, State.CANCELED), ("2", State.FAILURE)]
)
def test_states_may_be_any_json_value(value: Any, state: State) -> None:
    states = {0: "success", None: "running", True: "canceled", 2: "failure"}
    with serving({"GET /runs/7": {"state": value}}) as served:
        assert connect({**described(served), "states": states}).get_run(RUN).state is state


@pytest.mark.parametrize("answer", [None, {"runs": []}, b""])
def test_a_root_that_is_not_there_is_not_found(answer: Any) -> None:
    with serving({"GET /runs/7": answer}) as served:
        provider = connect(described(served, status={"url": "/runs/{run_id}", "root": "runs[0]"}))
        with pytest.raises(NotFound):
            provider.get_run(RUN)


def test_details_add_what_is_missing_and_overwrite_nothing() -> None:
    routes = {
        "GET /runs/7": {"state": "running", "set": 3, "branch": "main"},
        "GET /sets/3?run=7": {"source": {"branch": "other", "commit": "abc"}},
    }
    status = {
        "url": "/runs/{run_id}",
        "details": [
            {"url": "/sets/{set}?run={run_id}", "with": {"set": "set"}, "root": "source"},
            {"url": "/builders/{builder}", "with": {"builder": "builder"}},
            {"url": "/gone/{run_id}"},
        ],
    }
    with serving(routes) as served:
        run = connect(described(served, status=status)).get_run(RUN)
    assert (run.branch, run.commit_sha) == ("main", "abc")
    assert [path for _, path, _, _ in served.requests] == ["/runs/7", "/sets/3?run=7", "/gone/7"]


def test_jobs_and_steps_may_lie_in_the_status_answer() -> None:
    steps = [{"name": "build", "status": "ok"}, {"name": "test", "status": "failed"}]
    answer = {"status": "failed", "stages": [{"id": 1, "name": "unit", "status": "failed", "steps": steps}]}
    with serving({"GET /runs/7": answer}) as served:
        run = connect(described(served, jobs={"items": "stages"}, steps={})).get_run(RUN)
    (job,) = run.jobs or ()
    assert [(step.number, step.name, step.state) for step in job.steps] == [
        (1, "build", State.SUCCESS),
        (2, "test", State.FAILURE),
    ]
    assert len(served.requests) == 1


def test_a_job_without_an_id_names_the_path() -> None:
    with (
        serving({"GET /runs/7": {"jobs": [{"title": "x"}]}}) as served,
        pytest.raises(Invalid, match="a job in the list has no id at `id"),
    ):
        connect(described(served, jobs={})).get_run(RUN)


def test_pages_are_followed_and_end() -> None:
    routes = {
        "GET /list": {"runs": [{"id": 2}], "next": "/list?page=2"},
        "GET /list?page=2": {"runs": [{"id": 1}], "next": "/list"},
    }
    with serving(routes) as served:
        provider = connect(described(served, runs={"url": "/list", "next": "next"}))
        assert [run.ref.external_id for run in provider.list_runs(REPO)] == ["2", "1"]


def test_a_page_at_another_server_is_not_followed() -> None:
    with (
        serving({"GET /list": {"runs": [], "next": "http://127.0.0.1:1/"}}) as served,
        pytest.raises(Invalid, match="another server"),
    ):
        list(connect(described(served, runs={"url": "/list", "next": "next"})).list_runs(REPO))


def test_runs_of_other_repositories_and_since_when() -> None:
    item = [{"id": 1, "repo": "other"}, {"id": 2, "repo": "sample"}]
    with serving({"GET /list?since=2026-01-02T03%3A04%3A05Z": item}) as served:
        runs = {"url": "/list?since={since}", "fields": {"repository": "repo"}}
        found = connect(described(served, runs=runs)).list_runs(
            REPO, updated_since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        )
        assert [run.ref.external_id for run in found] == ["2"]


def test_a_list_that_is_none_is_refused() -> None:
    with (
        serving({"GET /list": {"runs": {"id": 1}}}) as served,
        pytest.raises(Invalid, match="expected a list at `runs`"),
    ):
        list(connect(described(served, runs={"url": "/list"})).list_runs(REPO))


LOOKUP = {"url": "/queue/{trigger_id}", "run_id": "run"}


def test_a_second_lookup_is_asked_until_it_knows() -> None:
    trigger = {"url": "/trigger", "run_id": "queued", "lookup": LOOKUP}
    routes = {"POST /trigger": {"queued": 5}, "GET /queue/5": (404, {"run": None}, {"run": 70})}
    with serving(routes) as served:
        assert connect(described(served, trigger=trigger)).trigger(TriggerRequest(REPO, "u", "m")) == RunRef(REPO, "70")


def test_a_lookup_that_fails_is_no_failed_trigger() -> None:
    trigger = {"url": "/trigger", "run_id": "queued", "lookup": LOOKUP}
    with serving({"POST /trigger": {"queued": 5}, "GET /queue/5": 400}) as served:
        assert connect(described(served, trigger=trigger)).trigger(TriggerRequest(REPO, "u", "m")) is None
    assert [method for method, *_ in served.requests].count("POST") == 1


def test_a_found_request_without_a_run_yet_is_not_none() -> None:
    find = {"url": "/find/{intent}", "run_id": "queued"}
    trigger = {"url": "/trigger", "run_id": "queued", "lookup": LOOKUP, "find": find}
    with (
        serving({"GET /find/i1": {"queued": 5}, "GET /queue/5": {"run": None}}) as served,
        pytest.raises(Unavailable, match="no run of it yet"),
    ):
        connect(described(served, trigger=trigger)).find_run(TriggerRequest(REPO, "u", "m", intent_id="i1"))


def test_a_refusal_in_a_good_answer_is_a_refusal() -> None:
    trigger = {"url": "/trigger", "refused": "error.message"}
    with (
        serving({"POST /trigger": {"error": {"message": "no such workflow"}}}) as served,
        pytest.raises(Invalid, match="no such workflow"),
    ):
        connect(described(served, trigger=trigger)).trigger(TriggerRequest(REPO, "u", "m"))


def test_placeholders_in_headers_bodies_and_urls() -> None:
    trigger = {
        "url": "/trigger/{workflow}?env={input_env}",
        "headers": {"Idempotency-Key": "{intent}"},
        "body": {"text": "on {branch} {{really}}", "all": "{inputs}", "n": [1, None, "{input_none}"]},
    }
    with serving({"POST /trigger/a%2Fb?env=x%26y": {"id": 1}}) as served:
        connect(described(served, trigger=trigger)).trigger(
            TriggerRequest(REPO, "a/b", "main", "", {"env": "x&y"}, "i1")
        )
    (_, _, body, headers) = served.requests[0]
    assert headers["Idempotency-Key"] == "i1"
    assert json.loads(body) == {"text": "on main {really}", "all": {"env": "x&y"}, "n": [1, None, ""]}


def test_a_header_value_cannot_add_a_line() -> None:
    trigger = {"url": "/trigger", "headers": {"X-Branch": "{branch}"}}
    with serving({}) as served, pytest.raises(Invalid, match="header value"):
        connect(described(served, trigger=trigger)).trigger(TriggerRequest(REPO, "u", "m\r\nX-Evil: 1"))
    assert served.requests == []


AGAIN = {"url": "/again", "body": {"w": "{workflow}", "c": "{commit}", "j": "{job_id}"}, "run_id": "id"}


def test_a_retry_may_need_the_run_itself() -> None:
    run = {"status": "failed", "workflow": "unit", "commit": "abc", "jobs": [{"id": 1}, {"id": 2}]}
    with serving({"GET /runs/7": run, "POST /again": {"id": 8}}) as served:
        provider = connect(described(served, jobs={}, retry={"all": AGAIN}))
        assert provider.retry(RetryRequest(RUN, RetryScope.ALL)) == RunRef(REPO, "8")
    assert json.loads(served.requests[-1][2]) == {"w": "unit", "c": "abc", "j": "2"}


def test_a_retry_on_an_unknown_commit_is_not_sent() -> None:
    with (
        serving({"GET /runs/7": {"workflow": "unit", "jobs": [{"id": 1}]}, "POST /again": {"id": 8}}) as served,
        pytest.raises(Conflict, match="does not say the commit"),
    ):
        connect(described(served, jobs={}, retry={"all": AGAIN})).retry(RetryRequest(RUN, RetryScope.ALL))
    assert "POST" not in [method for method, *_ in served.requests]


def test_a_retry_that_answers_the_same_id_is_the_next_attempt() -> None:
    retry = {"all": {"url": "/again", "run_id": "id"}}
    with serving({"POST /again": {"id": 7}}) as served:
        status = {"url": "/runs/{run_id}", "fields": {"attempt": "attempt"}}
        provider = connect(described(served, retry=retry, status=status))
        assert provider.retry(RetryRequest(RUN, RetryScope.ALL)) == RunRef(REPO, "7", 2)


def test_the_same_id_again_is_no_attempt_where_attempts_are_not_told_apart() -> None:
    retry = {"all": {"url": "/again", "run_id": "id"}}
    with serving({"POST /again": {"id": 7}}) as served:
        assert connect(described(served, retry=retry)).retry(RetryRequest(RUN, RetryScope.ALL)) is None


def test_addresses_that_are_none_are_refused() -> None:
    items = [{"name": "a.xml", "url": "http://[bad"}]
    answers = {"GET /files": items, "GET /log": {"at": "http://[bad"}, "GET /runs": {"runs": [], "next": "//[bad"}}
    with serving(answers) as served:
        parts = {"artifacts": {"url": "/files"}, "logs": {"url": "/log", "link": "at"}}
        provider = connect(described(served, runs={"url": "/runs", "next": "next"}, **parts))
        with pytest.raises(Invalid, match="cannot be read"):
            provider.read_log(JobRef(RUN, "1"))
        with pytest.raises(Invalid, match="cannot be read"):
            list(provider.list_runs(REPO))
        with pytest.raises(Invalid, match="cannot be read"), provider.open_artifact(ArtifactRef(RUN, "a.xml", "a.xml")):
            pytest.fail("opened an address that is none")


def test_a_large_file_keeps_its_size() -> None:
    with serving({"GET /files": [{"name": "a", "size": 5_000_000_000}]}) as served:
        (found,) = connect(described(served, artifacts={"url": "/files"})).list_artifacts(RUN)
    assert found.size == 5_000_000_000


def test_a_literal_secret_in_a_header_is_in_no_error() -> None:
    headers = {"PRIVATE-TOKEN": "canary-4711"}
    with serving({}) as served, pytest.raises(ProviderError) as caught:
        connect(described(served, status={"url": "/canary-4711/{run_id}", "headers": headers})).get_run(RUN)
    assert "canary-4711" not in str(caught.value)


STEPS = [{"id": 11, "name": "build"}, {"id": 12, "name": "none"}, {"id": 13, "name": "test"}]
STEP_LOGS = {
    "GET /runs/7": {},
    "GET /jobs/1/steps": {"steps": STEPS},
    "GET /log/11": b"made",
    "GET /log/13": b"tested\n",
}


def step_logs(served: Served) -> dict[str, Any]:
    return described(
        served,
        jobs={"url": "/jobs"},
        steps={"url": "/jobs/{job_id}/steps"},
        logs={"for_each": "step", "url": "/log/{step_id}"},
    )


def test_the_logs_of_steps_are_one_log() -> None:
    with serving(STEP_LOGS) as served:
        provider = connect(step_logs(served))
        whole = provider.read_log(JobRef(RUN, "1"))
        assert whole.data == b"=== build ===\nmade\n=== test ===\ntested\n"
        rest = provider.read_log(JobRef(RUN, "1"), offset=20)
    assert (rest.data, rest.next_offset) == (whole.data[20:], whole.next_offset)


def test_a_job_whose_steps_have_no_log_has_none() -> None:
    with serving({"GET /jobs/1/steps": STEPS}) as served, pytest.raises(NotFound, match="no step"):
        connect(step_logs(served)).read_log(JobRef(RUN, "1"))


def test_a_long_log_comes_in_chunks() -> None:
    text = bytes(range(256)) * 4 * 1024 * 17
    with serving({"GET /log/1": text}) as served:
        provider = connect(described(served, logs={"url": "/log/{job_id}"}))
        first = provider.read_log(JobRef(RUN, "1"))
        assert (len(first.data), first.complete) == (logs.CHUNK, False)
        second = provider.read_log(JobRef(RUN, "1"), offset=first.next_offset)
    assert second.complete
    assert first.data + second.data == text


@pytest.mark.parametrize(
    ("answer", "expected"), [({"log": "a\nb"}, b"a\nb"), ({"log": ["a", "b"]}, b"a\nb"), ({"log": ""}, b"")]
)
def test_a_log_may_lie_in_json(answer: Any, expected: bytes) -> None:
    with serving({"GET /log": answer}) as served:
        assert (
            connect(described(served, logs={"url": "/log", "text": "log"})).read_log(JobRef(RUN, "1")).data == expected
        )


def test_the_headers_of_an_endpoint_go_with_its_files() -> None:
    key = {"X-Run": "{run_id}"}
    with serving({"GET /log": b"text", "GET /files/1": b"data"}) as served:
        artifacts = {"url": "/files", "download": "/files/{artifact_id}", "headers": key}
        provider = connect(described(served, logs={"url": "/log", "headers": key}, artifacts=artifacts))
        assert provider.read_log(JobRef(RUN, "1"), offset=2).data == b"xt"
        with provider.open_artifact(ArtifactRef(RUN, "1", "x")) as stream:
            assert stream.read() == b"data"
    assert [headers["X-Run"] for *_, headers in served.requests] == ["7", "7"]


def test_an_attempt_that_the_server_does_not_tell_cannot_be_looked_for() -> None:
    request = RetryRequest(RUN, RetryScope.ALL, intent_id="r1")
    status = {"url": "/runs/{run_id}", "fields": {"attempt": "nr"}}
    with serving({"GET /runs/7": {"status": "failed"}}) as served:
        provider = connect(described(served, retry={"all": {"url": "/again"}}, status=status))
        with pytest.raises(NotSupported, match="which attempt"):
            provider.find_run(request)


def test_a_log_behind_a_link_gets_credentials_at_home_only() -> None:
    with (
        serving({"GET /blob": b"away"}) as other,
        serving({"GET /log": ({"at": "/raw"}, {"at": f"{other.url}/blob"}), "GET /raw": b"home"}) as served,
    ):
        config = described(served, logs={"url": "/log", "link": "at"})
        config |= {"auth": {"type": "header", "name": "X-Key", "value": "canary"}, "trusted": [other.url]}
        provider = connect(config)
        assert provider.read_log(JobRef(RUN, "1")).data == b"home"
        assert provider.read_log(JobRef(RUN, "1")).data == b"away"
    assert served.requests[1][3]["X-Key"] == "canary"
    assert "X-Key" not in other.requests[0][3]


def test_a_link_into_a_private_network_is_not_followed() -> None:
    with serving({"GET /blob": b"away"}) as other, serving({"GET /log": {"at": f"{other.url}/blob"}}) as served:
        with pytest.raises(Invalid, match="not public"):
            connect(described(served, logs={"url": "/log", "link": "at"})).read_log(JobRef(RUN, "1"))
        assert other.requests == []


def test_an_artifact_is_fetched_where_the_list_says() -> None:
    items = [{"name": "a.xml", "url": "/files/a"}, {"name": "b.xml", "size": 4, "url": "/files/b"}]
    with serving({"GET /runs/7/files": items, "GET /files/b": b"text<?xml?>"}) as served:
        artifacts = {"url": "/runs/{run_id}/files", "skip_to": "<?xml"}
        provider = connect(described(served, artifacts=artifacts))
        found = provider.list_artifacts(RUN)
        assert found[1] == ArtifactRef(RUN, "b.xml", "b.xml", 4)
        with provider.open_artifact(found[1]) as stream:
            assert stream.read() == b"<?xml?>"


@pytest.mark.parametrize("data", [b"", b"no mark", b"<?xml" + b"x" * 200_000])
def test_a_file_without_the_mark_or_with_it_first_is_whole(data: bytes) -> None:
    with serving({"GET /files/1": data}) as served:
        artifacts = {"url": "/files", "download": "/files/{artifact_id}", "skip_to": "<?xml"}
        with connect(described(served, artifacts=artifacts)).open_artifact(ArtifactRef(RUN, "1", "x")) as stream:
            assert stream.read() == data


def test_tests_as_the_server_knows_them() -> None:
    items = [
        {"classname": "pkg.T", "name": "a", "result": "ok", "time": "0.5"},
        {"suite": "pkg.T", "name": "b", "status": "exploded", "message": "boom", "file": "t.py", "line": 12},
        {"name": "c", "status": "meh"},
        {"status": "ok"},
    ]
    with serving({"GET /tests/7": {"tests": items}}) as served:
        tests = {"url": "/tests/{run_id}", "outcomes": {"exploded": "failed"}}
        found = list(connect(described(served, tests=tests)).list_tests(RUN))
    assert [(one.suite, one.name, one.outcome, one.duration) for one in found] == [
        ("pkg.T", "a", Outcome.PASSED, 0.5),
        ("pkg.T", "b", Outcome.FAILED, None),
        ("", "c", Outcome.ERROR, None),
    ]
    assert (found[1].message, found[1].file, found[1].line) == ("boom", "t.py", 12)


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"type": "bearer", "token": "tök".encode().hex()}, "Bearer 74c3b66b"),
        ({"type": "basic", "username": "u", "password": "pä"}, "Basic dTpww6Q="),
        ({"type": "header", "name": "Authorization", "value": "Token x"}, "Token x"),
    ],
)
def test_credentials_in_headers(auth: dict[str, str], header: str) -> None:
    with serving({"GET /runs/7": {}}) as served:
        connect({**described(served), "auth": auth}).get_run(RUN)
    assert served.requests[0][3]["Authorization"] == header


def test_credentials_in_the_query_are_shown_nowhere() -> None:
    auth = {"type": "query", "name": "key", "value": "canary 4711"}
    with (
        serving({"GET /runs/7?key=canary+4711": 403}) as served,
        pytest.raises(Exception, match="answered 403") as caught,
    ):
        connect({**described(served), "auth": auth}).get_run(RUN)
    assert served.requests[0][1] == "/runs/7?key=canary+4711"
    assert "canary" not in str(caught.value)


AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1767323045, AT),
        ("1767323045", AT),
        (1767323045000, AT),
        (1767323045000000, AT),
        (1767323045000000000, AT),
        ("2026-01-02T03:04:05Z", AT),
        ("2026-01-02T04:04:05+01:00", AT),
        ("2026-01-02 03:04:05 UTC", AT),
        ("2026-01-02T03:04:05", AT),
        (None, None),
        ("", None),
        ("soon", None),
        (0, None),
        (-5, None),
        (True, None),
        (float("inf"), None),
        (10**400, None),
        ([], None),
    ],
)
def test_times(value: Any, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_a_huge_number_is_no_id() -> None:
    assert identity(10**5000) is None
