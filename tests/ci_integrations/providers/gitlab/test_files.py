"""Artifacts and test reports: what is listed, what can still be had, and what GitLab says of tests."""

import gzip
import io
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ci_integrations.domain import ArtifactRef, JobRef, Outcome, RunRef
from ci_integrations.errors import Invalid, NotFound, Unavailable
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.gitlab import GitLabProvider, files
from tests.ci_integrations.providers.raw_server import answer, serving
from tests.corpora import corpus
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject
from tests.gitlab import REPO, TOKEN, provider_for

REPORT = b"""<testsuites><testsuite name="pytest">
<testcase classname="tests.test_cart" name="test_total" time="0.25"/>
<testcase classname="tests.test_cart" name="test_tax"><failure message="assert 1 == 2">trace</failure></testcase>
<testcase classname="tests.test_cart" name="test_later"><skipped/></testcase>
</testsuite></testsuites>"""


def archive(**names: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, data in names.items():
            opened.writestr(name, data)
    return made.getvalue()


@pytest.fixture
def pipeline(gitlab: FakeGitLab, shop: FakeProject) -> FakePipeline:
    made = gitlab.add_pipeline(shop, jobs=[FakeJob("unit"), FakeJob("lint"), FakeJob("docs")])
    made.jobs[0].archive, made.jobs[0].reports = archive(report=REPORT), [REPORT]
    made.jobs[1].archive = archive(notes=b"n")
    gitlab.advance(made, "success")
    return made


def ref_of(pipeline: FakePipeline) -> RunRef:
    return RunRef(REPO, f"{pipeline.id}")


def content(provider: GitLabProvider, ref: ArtifactRef) -> bytes:
    with provider.open_artifact(ref) as stream:
        return stream.read()


def test_artifacts_are_listed_by_job_reports_first(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    unit, lint = pipeline.jobs[0], pipeline.jobs[1]
    found = provider_for(gitlab).list_artifacts(ref_of(pipeline))
    assert [(one.name, one.external_id, one.is_archive) for one in found] == [
        ("unit/junit.xml", f"{unit.id}/junit", False),
        ("unit/artifacts.zip", f"{unit.id}/archive", True),
        ("lint/artifacts.zip", f"{lint.id}/archive", True),
    ]
    assert found[1].size == len(unit.archive or b"")
    assert found[0].job == JobRef(ref_of(pipeline), f"{unit.id}")


def test_an_archive_is_what_the_job_left(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider = provider_for(gitlab)
    artifact = provider.list_artifacts(ref_of(pipeline))[1]
    assert content(provider, artifact) == pipeline.jobs[0].archive


def test_what_has_expired_is_left_out_and_gone(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider = provider_for(gitlab)
    before = provider.list_artifacts(ref_of(pipeline))
    pipeline.jobs[0].expires_at = datetime.now(UTC) - timedelta(minutes=1)
    pipeline.jobs[1].expires_at = datetime.now(UTC) + timedelta(days=1)
    assert [one.name for one in provider.list_artifacts(ref_of(pipeline))] == ["lint/artifacts.zip"]
    with pytest.raises(NotFound, match=r"unit/artifacts\.zip has expired"):
        content(provider, before[1])
    gitlab.fail_next("GET", "/artifacts$", status=410)
    with pytest.raises(NotFound, match="has expired"):
        content(provider, before[2])


def test_what_has_expired_may_still_be_listed(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    kept = {"file_type": "archive", "filename": "artifacts.zip", "size": 5}
    past, soon = datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=1)
    jobs = [
        {"id": number, "name": "unit", "artifacts": [kept], "artifacts_expire_at": f"{end.isoformat()}"}
        for number, end in ((1, past), (2, soon))
    ]
    gitlab.fail_next("GET", "/jobs$", status=200, raw=json.dumps(jobs).encode())
    assert [one.external_id for one in provider_for(gitlab).list_artifacts(ref_of(pipeline))] == ["2/archive"]


def test_older_servers_name_the_archive_alone(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    job = {"id": 1, "name": "unit", "artifacts_file": {"filename": "out.zip", "size": 5}, "artifacts": None}
    gitlab.fail_next("GET", "/jobs$", status=200, raw=json.dumps([job]).encode())
    (found,) = provider_for(gitlab).list_artifacts(ref_of(pipeline))
    assert (found.name, found.size, found.is_archive) == ("unit/out.zip", 5, True)


def test_of_a_retried_job_the_newest_counts(gitlab: FakeGitLab, shop: FakeProject) -> None:
    made = gitlab.add_pipeline(shop)
    made.jobs[0].archive = archive(old=b"1")
    gitlab.advance(made, "failed", "script_failure")
    gitlab.lifecycle.retry_pipeline(made, by="ada")
    assert provider_for(gitlab).list_artifacts(ref_of(made)) == []


def test_a_report_is_unpacked(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    gitlab.serves_reports = True
    provider = provider_for(gitlab)
    assert content(provider, provider.list_artifacts(ref_of(pipeline))[0]) == REPORT
    assert gitlab.requests[-1].query == {"file_type": "junit"}


def test_several_reports_are_told_apart(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    gitlab.serves_reports = True
    provider, parts = provider_for(gitlab), [REPORT, b"<testsuite/>", b"<testsuite/>" * 20_000]
    pipeline.jobs[0].reports = parts
    with zipfile.ZipFile(io.BytesIO(content(provider, provider.list_artifacts(ref_of(pipeline))[0]))) as found:
        assert {name: found.read(name) for name in found.namelist()} == {
            f"{number}.xml": part for number, part in enumerate(parts, start=1)
        }


def test_an_archive_in_place_of_a_report_is_none(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider = provider_for(gitlab)
    report = provider.list_artifacts(ref_of(pipeline))[0]
    for _ in range(2):
        with pytest.raises(NotFound, match="test report is read"):
            content(provider, report)
        pipeline.jobs[0].archive = None


@pytest.mark.parametrize(
    "packed", [gzip.compress(REPORT)[:-9], b"\x1f\x8b nonsense", gzip.compress(REPORT) + gzip.compress(REPORT)[:40]]
)
def test_a_report_that_cannot_be_unpacked(gitlab: FakeGitLab, pipeline: FakePipeline, packed: bytes) -> None:
    provider = provider_for(gitlab)
    gitlab.fail_next("GET", "/artifacts$", status=200, raw=packed)
    with pytest.raises(Invalid, match=r"unit/junit\.xml cannot be unpacked"):
        content(provider, provider.list_artifacts(ref_of(pipeline))[0])


def test_a_report_that_unpacks_without_end(
    gitlab: FakeGitLab, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_ARTIFACT", 100_000)
    provider = provider_for(gitlab)
    gitlab.fail_next("GET", "/artifacts$", status=200, raw=gzip.compress(bytes(10_000_000)))
    with pytest.raises(Invalid, match="too large"):
        content(provider, provider.list_artifacts(ref_of(pipeline))[0])


def test_a_download_that_is_cut(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider = provider_for(gitlab)
    gitlab.fail_next("GET", "/artifacts$", truncate=True, times=9)
    with pytest.raises(Unavailable):
        content(provider, provider.list_artifacts(ref_of(pipeline))[1])


def test_where_files_lie_elsewhere_no_token_goes_along(tmp_path: Path) -> None:
    with serving(answer(200, b"the file")) as store, serving(answer(302, b"", Location=f"{store.url}/f")) as server:
        config = {"base_url": server.url, "token": TOKEN}
        provider = GitLabProvider(ConnectionConfig("gitlab", config, "here", (REPO.external_id,)))
        assert content(provider, ArtifactRef(RunRef(REPO, "1"), "5/archive", "a")) == b"the file"
    assert TOKEN.encode() in server.requests[0]
    assert TOKEN.encode() not in store.requests[0]


# Tests as GitLab knows them.


def test_results_belong_to_their_job(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    found = list(provider_for(gitlab).list_tests(ref_of(pipeline)))
    assert [(one.suite, one.name, one.outcome) for one in found] == [
        ("tests.test_cart", "test_total", Outcome.PASSED),
        ("tests.test_cart", "test_tax", Outcome.FAILED),
        ("tests.test_cart", "test_later", Outcome.SKIPPED),
    ]
    assert {one.job for one in found} == {JobRef(ref_of(pipeline), f"{pipeline.jobs[0].id}")}
    assert found[0].duration == 0.25
    assert "trace" in found[1].details


def test_without_results_the_report_is_not_asked_for(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    pipeline.jobs[0].reports = []
    assert list(provider_for(gitlab).list_tests(ref_of(pipeline))) == []
    assert gitlab.count("GET", "/test_report$") == 0


def test_a_suite_that_cannot_be_read_is_told_to_the_log(
    gitlab: FakeGitLab, pipeline: FakePipeline, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.jobs[1].reports = [b"<testsuite><oops"]
    with caplog.at_level(logging.WARNING):
        found = list(provider_for(gitlab).list_tests(ref_of(pipeline)))
    assert {one.suite for one in found} == {"tests.test_cart"}
    assert "could not read the test suite lint" in caplog.text


def test_servers_without_a_summary_or_a_report(gitlab: FakeGitLab, pipeline: FakePipeline) -> None:
    provider = provider_for(gitlab)
    gitlab.fail_next("GET", "/test_report_summary$", status=404)
    assert [one.job for one in provider.list_tests(ref_of(pipeline))] == [None] * 3
    gitlab.fail_next("GET", "/test_report(_summary)?$", status=404, times=2)
    assert list(provider.list_tests(ref_of(pipeline))) == []


def test_a_recorded_report_is_read() -> None:
    body = corpus("recorded", "gitlab", "gogitlab.get_pipeline_testreport.json").read_bytes()
    with serving(answer(404), answer(body=body)) as server:
        config = {"base_url": server.url, "token": "t"}
        provider = GitLabProvider(ConnectionConfig("gitlab", config, "here", (REPO.external_id,)))
        found = list(provider.list_tests(RunRef(REPO, "1")))
    told = [(one.suite, one.name, one.outcome, one.message, one.file) for one in found]
    assert told == [
        ("MyClassOne", "Error testcase 1", Outcome.ERROR, "Failed test", "/path/file.ext"),
        ("MyClass", "Error testcase 2", Outcome.ERROR, "Failed test", ""),
        ("MyClass", "Error testcase 3", Outcome.ERROR, "Failed test a", ""),
        ("MyClass", "Succes full testcase", Outcome.PASSED, "", ""),
        ("MyClass", "Succesfull testcase", Outcome.PASSED, "", ""),
    ]
    assert "Thread.dumpStack" in found[0].details
    assert found[2].details == "Failed test a\nFailed test b"
