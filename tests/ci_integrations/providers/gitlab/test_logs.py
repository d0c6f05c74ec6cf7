"""Traces: of jobs that run, without downloading what is known, and of those that ended."""

import gzip
import re

import pytest

from ci_integrations.domain import JobRef, LogChunk, RunRef
from ci_integrations.errors import Invalid, NotFound, Unavailable
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.gitlab import GitLabProvider, logs
from tests.ci_integrations.providers.raw_server import RawServer, answer, serving
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject
from tests.fakes.http import Seen
from tests.gitlab import REPO, provider_for


@pytest.fixture
def pipeline(gitlab: FakeGitLab, shop: FakeProject) -> FakePipeline:
    made = gitlab.add_pipeline(shop, jobs=[FakeJob("unit")])
    gitlab.advance(made, "running")
    return made


def job_of(pipeline: FakePipeline) -> JobRef:
    return JobRef(RunRef(REPO, f"{pipeline.id}"), f"{pipeline.jobs[0].id}")


def sent(gitlab: FakeGitLab, pipeline: FakePipeline) -> int:
    return gitlab.trace_bytes.get(pipeline.jobs[0].id, 0)


def read(provider: GitLabProvider, pipeline: FakePipeline, offset: int = 0) -> LogChunk:
    return provider.read_log(job_of(pipeline), offset=offset)


def test_a_trace_is_served_as_it_was_written(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    text = "section_start:1:step_script\r\x1b[0K\x1b[32;1m$ make ü\x1b[0m\n".encode() + b"\xff\xfe\r\n"
    gitlab.append_trace(pipeline.jobs[0], text)
    gitlab.advance(pipeline, "success")
    assert read(provider_for(gitlab), pipeline) == LogChunk(text, len(text), complete=True, is_final=True)


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole"])
@pytest.mark.parametrize("etags", [True, False], ids=["etags", "none"])
def test_a_trace_is_followed_to_its_end(gitlab: FakeGitLab, pipeline: FakePipeline, ranges: bool, etags: bool) -> None:
    gitlab.serves_ranges, gitlab.sends_etags = ranges, etags
    provider, got, offset = provider_for(gitlab), b"", 0
    for step in range(6):
        if step in {1, 3}:
            gitlab.append_trace(pipeline.jobs[0], b"line %d\n" % step)
        if step == 4:
            gitlab.append_trace(pipeline.jobs[0], b"the end\n")
            gitlab.advance(pipeline, "failed", "script_failure")
        chunk = read(provider, pipeline, offset)
        got, offset = got + chunk.data, chunk.next_offset
        assert chunk.complete
        assert chunk.is_final is (step == 5)
    assert got == b"line 1\nline 3\nthe end\n"
    assert offset == len(got)


def test_each_byte_is_downloaded_once_where_parts_are_served(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    gitlab.serves_ranges = True
    provider, offset = provider_for(gitlab), 0
    for _ in range(4):
        gitlab.append_trace(pipeline.jobs[0], b"x" * 999 + b"\n")
        for _ in range(3):
            offset = read(provider, pipeline, offset).next_offset
    assert sent(gitlab, pipeline) == offset == 4000


def test_a_whole_trace_is_downloaded_when_it_changed(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider, offset = provider_for(gitlab), 0
    for _ in range(3):
        gitlab.append_trace(pipeline.jobs[0], b"x" * 999 + b"\n")
        for _ in range(4):
            offset = read(provider, pipeline, offset).next_offset
    assert sent(gitlab, pipeline) == 1000 + 2000 + 3000


def test_the_state_of_a_job_is_asked_for_where_it_matters(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider, offset = provider_for(gitlab), 0
    for number in range(5):
        gitlab.append_trace(pipeline.jobs[0], b"line %d\n" % number)
        offset = read(provider, pipeline, offset).next_offset
    assert gitlab.count("GET", r"/jobs/\d+$") == 1, "while bytes come the job has not ended"
    gitlab.advance(pipeline, "success")
    assert all(read(provider, pipeline, offset).is_final for _ in range(4))
    assert gitlab.count("GET", r"/jobs/\d+$") == 2, "an end is remembered"


@pytest.mark.parametrize("look", ["trace", "state"])
def test_last_words_are_not_lost(gitlab: FakeGitLab, pipeline: FakePipeline, look: str) -> None:
    """A job writes and ends just after one of our looks was answered."""
    provider, job = provider_for(gitlab), pipeline.jobs[0]
    assert not read(provider, pipeline).is_final

    def end_it(seen: Seen) -> None:
        if seen.path.endswith("/trace") is (look == "trace"):
            gitlab.on_answer = None
            gitlab.append_trace(job, b"last words\n")
            gitlab.advance(pipeline, "success")

    gitlab.on_answer = end_it
    chunk = LogChunk(b"", 0, complete=True)
    got = b""
    while not chunk.is_final:
        chunk = read(provider, pipeline, chunk.next_offset)
        got += chunk.data
    assert got == b"last words\n"


@pytest.mark.parametrize("ranges", [True, False])
def test_any_offset_works_without_knowing_anything(gitlab: FakeGitLab, pipeline: FakePipeline, ranges: bool) -> None:
    gitlab.serves_ranges = ranges
    gitlab.append_trace(pipeline.jobs[0], b"0123456789")
    for offset, data in ((0, b"0123456789"), (4, b"456789"), (10, b""), (50, b"")):
        chunk = read(provider_for(gitlab), pipeline, offset)
        assert (chunk.data, chunk.next_offset) == (data, offset + len(data))
    with pytest.raises(Invalid):
        read(provider_for(gitlab), pipeline, -1)


def test_parts_of_a_packed_trace_are_not_asked_for(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    gitlab.append_trace(pipeline.jobs[0], b"0123456789")
    read(provider_for(gitlab), pipeline, 4)
    headers = gitlab.requests[-1].headers
    assert (headers["range"], headers["accept-encoding"]) == ("bytes=4-", "identity")


def test_a_large_trace_that_is_always_served_whole_is_asked_for_less_often(
    gitlab: FakeGitLab, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MIB", 1)
    provider, offset = provider_for(gitlab), 0
    for _ in range(5):
        gitlab.append_trace(pipeline.jobs[0], b"0123456789")
        offset = read(provider, pipeline, offset).next_offset
    assert gitlab.count("GET", "/trace$") == 2
    gitlab.advance(pipeline, "success")
    assert read(provider_for(gitlab), pipeline).data == b"0123456789" * 5


def test_a_trace_that_is_cut_is_no_trace(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    gitlab.append_trace(pipeline.jobs[0], b"x" * 1000)
    gitlab.fail_next("GET", "/trace$", truncate=True, times=9)
    with pytest.raises(Unavailable):
        read(provider_for(gitlab), pipeline)


def test_a_job_without_a_trace(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    with pytest.raises(NotFound):
        provider_for(gitlab).read_log(JobRef(RunRef(REPO, f"{pipeline.id}"), "1"))
    assert read(provider_for(gitlab), pipeline).data == b"", "it has none yet"


def test_an_endless_trace_is_kept_to_a_bound(
    gitlab: FakeGitLab, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_LOG", 100)
    gitlab.append_trace(pipeline.jobs[0], b"0123456789abcde\n" * 50)
    provider = provider_for(gitlab)
    whole = read(provider, pipeline)
    assert whole.data == b"0123456789abcde\n" * 6 + b"[the log goes on; the first 96 bytes are kept]\n"
    assert (whole.complete, whole.is_final) == (True, True)
    rest = read(provider, pipeline, whole.next_offset)
    assert (rest.data, rest.is_final) == (b"", True)
    tail = read(provider_for(gitlab), pipeline, 80)
    assert tail.data == b"0123456789abcde\n[the log goes on; the first 96 bytes are kept]\n"


JOB = answer(body=b'{"id": 5, "status": "running"}')


def raw(server: RawServer, offset: int) -> LogChunk:
    config = {"base_url": server.url, "token": "t"}
    provider = GitLabProvider(ConnectionConfig("gitlab", config, "here", (REPO.external_id,)))
    return provider.read_log(JobRef(RunRef(REPO, "1"), "5"), offset=offset)


def test_a_proxy_may_begin_earlier_than_it_was_asked_to() -> None:
    with serving(JOB, answer(206, b"23456", Content_Range="bytes 2-6/7")) as server:
        assert raw(server, 4).data == b"456"


def test_a_proxy_that_begins_later_is_not_believed() -> None:
    with (
        serving(JOB, answer(206, b"56", Content_Range="bytes 5-6/7")) as server,
        pytest.raises(Invalid, match="from 5"),
    ):
        raw(server, 4)


def test_a_proxy_that_does_not_say_where_it_begins() -> None:
    with serving(JOB, answer(206, b"456")) as server:
        assert raw(server, 4).data == b"456"


def test_a_packed_trace_is_unpacked() -> None:
    packed = gzip.compress(b"0123456789")
    with serving(JOB, answer(200, packed, Content_Encoding="gzip")) as server:
        assert raw(server, 4).data == b"456789"
        assert re.search(rb"(?i)accept-encoding: identity", server.requests[-1])


def test_a_whole_trace_that_holds_nothing_new_is_not_read() -> None:
    with serving(JOB, answer(200, b"", Content_Length="10")) as server:
        assert raw(server, 10).data == b""
