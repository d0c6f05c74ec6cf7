"""Artifacts and test results, over the fake CircleCI."""

from dataclasses import replace

import pytest

from ci_integrations.domain import Outcome, TestData
from ci_integrations.errors import Invalid, NotFound, Unavailable
from tests.circleci import TOKEN, job_of, provider_for, run_of
from tests.fakes.circleci import FakeArtifact, FakeCircleCI, FakeJob, FakePipeline, FakeProject


@pytest.fixture
def ended(circleci: FakeCircleCI, shop: FakeProject) -> FakePipeline:
    """A pipeline of two jobs that have ended, one that never ran and one that waited for a person."""
    jobs = [
        FakeJob("unit"),
        FakeJob("docs"),
        FakeJob("hold", type="approval", requires=["unit"]),
        FakeJob("ship", requires=["hold"]),
    ]
    pipeline = circleci.add_pipeline(shop, workflows={"build": jobs})
    circleci.advance_job(jobs[1], "success")
    circleci.advance_job(jobs[0], "failed")
    return pipeline


def unit(pipeline: FakePipeline) -> FakeJob:
    return pipeline.workflows[0].job("unit")


def test_artifacts_of_all_jobs_are_named_by_their_paths(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    unit(ended).artifacts += [
        FakeArtifact("reports/junit.xml", b"<a/>"),
        FakeArtifact("reports/junit.xml", b"<b/>", node_index=1),
        FakeArtifact("site.ZIP", b"PK"),
        FakeArtifact("only there.txt", b"x", node_index=1),
    ]
    ended.workflows[0].job("docs").artifacts.append(FakeArtifact("docs/index.html", b"<html>"))
    provider = provider_for(circleci)
    found = provider.list_artifacts(run_of(ended))
    assert [(one.name, one.is_archive) for one in found] == [
        ("reports/junit.xml", False),
        ("execution-1/reports/junit.xml", False),
        ("site.ZIP", True),
        ("only there.txt", False),
        ("docs/index.html", False),
    ]
    assert len({one.external_id for one in found}) == 5
    assert found[0].job == job_of(ended, unit(ended))
    for one, data in zip(found, (b"<a/>", b"<b/>", b"PK", b"x", b"<html>"), strict=True):
        with provider.open_artifact(one) as stream:
            assert stream.read() == data
    # The storage is asked without the token.
    assert not any(TOKEN in f"{seen.headers}{seen.query}" for seen in circleci.file_requests)


def test_an_artifact_is_found_again_by_another_provider(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    unit(ended).artifacts.append(FakeArtifact("a b/ü.txt", b"ok"))
    (found,) = provider_for(circleci).list_artifacts(run_of(ended))
    with provider_for(circleci).open_artifact(found) as stream:
        assert stream.read() == b"ok"


def test_an_artifact_at_circlecis_own_host_is_asked_for_with_the_token(
    circleci: FakeCircleCI, ended: FakePipeline
) -> None:
    circleci.artifacts_at_home = True
    unit(ended).artifacts.append(FakeArtifact("junit.xml", b"<a/>"))
    provider = provider_for(circleci)
    (found,) = provider.list_artifacts(run_of(ended))
    with provider.open_artifact(found) as stream:
        assert stream.read() == b"<a/>"
    assert not any(TOKEN in f"{seen.headers}{seen.query}" for seen in circleci.file_requests)


@pytest.mark.parametrize("at_home", [False, True])
def test_an_artifact_that_is_gone(circleci: FakeCircleCI, ended: FakePipeline, at_home: bool) -> None:
    circleci.artifacts_at_home = at_home
    unit(ended).artifacts.append(FakeArtifact("junit.xml", b"<a/>", expired=True))
    provider = provider_for(circleci)
    (found,) = provider.list_artifacts(run_of(ended))
    with (
        pytest.raises(NotFound, match=r"junit.xml has expired or was deleted") as caught,
        provider.open_artifact(found),
    ):
        pass
    assert "Signature" not in f"{caught.value}"
    with pytest.raises(NotFound, match="lists no"), provider.open_artifact(replace(found, external_id="1/0/other")):
        pass
    with pytest.raises(Invalid, match="not the id"), provider.open_artifact(replace(found, external_id="x/0/other")):
        pass


def test_an_artifact_of_which_it_is_not_told_where_it_lies_is_none(
    circleci: FakeCircleCI, ended: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit(ended).artifacts.append(FakeArtifact("junit.xml", b"<a/>"))
    provider = provider_for(circleci)
    (found,) = provider.list_artifacts(run_of(ended))
    monkeypatch.setattr("tests.fakes.circleci.routes_workflows._address", lambda *_: None)
    other = provider_for(circleci)
    assert other.list_artifacts(run_of(ended)) == []
    with pytest.raises(NotFound, match="lists no"), other.open_artifact(found):
        pass


def test_the_jobs_of_a_run_that_has_ended_are_asked_for_once(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    provider = provider_for(circleci)
    provider.list_artifacts(run_of(ended))
    list(provider.list_tests(run_of(ended)))
    assert circleci.count("GET", "/workflow$") == circleci.count("GET", "/job$") == 1


def test_the_jobs_of_a_run_that_goes_on_are_not_kept(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("ship", requires=["unit"])]})
    provider = provider_for(circleci)
    assert provider.list_artifacts(run_of(pipeline)) == []
    circleci.advance(pipeline.workflows[0], "success")
    pipeline.workflows[0].job("ship").artifacts.append(FakeArtifact("site.zip", b"PK"))
    assert [one.name for one in provider.list_artifacts(run_of(pipeline))] == ["site.zip"]


def test_an_artifact_that_is_cut(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    unit(ended).artifacts.append(FakeArtifact("junit.xml", b"<a/>" * 1000))
    provider = provider_for(circleci)
    (found,) = provider.list_artifacts(run_of(ended))
    circleci.fail_next("GET", "junit.xml", truncate=True)
    with pytest.raises(Unavailable), provider.open_artifact(found) as stream:
        stream.read()


def test_an_artifact_in_a_private_network_is_refused_unless_trusted(
    circleci: FakeCircleCI, ended: FakePipeline
) -> None:
    unit(ended).artifacts.append(FakeArtifact("junit.xml", b"<a/>"))
    provider = provider_for(circleci, trusted=None)
    (found,) = provider.list_artifacts(run_of(ended))
    with pytest.raises(Invalid, match="not public"), provider.open_artifact(found):
        pass


def test_tests_of_all_jobs_over_pages(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    circleci.page_size = 2
    unit(ended).tests += [
        result("test_ok", "success"),
        result("test_bad", "failure", message="assert 1 == 2\n  at line 3", file="tests/test_a.py"),
        result("test_broken", "error", message="boom"),
        result("test_later", "skipped"),
        result("test_odd", "vaporized"),
    ]
    found = list(provider_for(circleci).list_tests(run_of(ended)))
    job = job_of(ended, unit(ended))
    assert found[:2] == [
        TestData("tests.test_a", "test_ok", Outcome.PASSED, duration=0.25, job=job),
        TestData(
            "tests.test_a",
            "test_bad",
            Outcome.FAILED,
            duration=0.25,
            message="assert 1 == 2",
            details="assert 1 == 2\n  at line 3",
            file="tests/test_a.py",
            job=job,
        ),
    ]
    # A result that nobody documented is none.
    assert [(one.name, one.outcome) for one in found[2:]] == [
        ("test_broken", Outcome.ERROR),
        ("test_later", Outcome.SKIPPED),
    ]


def test_jobs_that_never_ran_are_not_asked(circleci: FakeCircleCI, ended: FakePipeline) -> None:
    provider = provider_for(circleci)
    assert list(provider.list_tests(run_of(ended))) == []
    assert provider.list_artifacts(run_of(ended)) == []
    assert circleci.count("GET", "/(tests|artifacts)$") == 4


def result(name: str, outcome: str, **more: object) -> dict[str, object]:
    """A result as CircleCI tells it."""
    told: dict[str, object] = {"classname": "tests.test_a", "name": name, "result": outcome, "run_time": 0.25}
    return told | {"message": "", "file": "", "source": "pytest"} | more
