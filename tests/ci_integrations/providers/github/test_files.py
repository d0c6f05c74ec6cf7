"""Logs and artifacts: redirects, archives, digests, expiry."""

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO

import pytest

from ci_integrations.domain import ArtifactRef, JobRef, RunRef
from ci_integrations.errors import Invalid, NotFound, Unavailable
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.github import GitHubProvider, files
from ci_integrations.providers.github.files import MAX_LOG
from tests.ci_integrations.providers.raw_server import answer, serving
from tests.fakes.github import FakeGitHub, FakeJob, FakeRepo, FakeRun
from tests.fakes.github.state import FakeArtifact
from tests.fakes.zips import archive_of
from tests.github import REPO, provider_for


@pytest.fixture
def run(github: FakeGitHub, shop: FakeRepo) -> FakeRun:
    made = github.add_run(shop, jobs=[FakeJob("build (3.11, ubuntu/latest)", log=b"one\ntwo\n")])
    github.advance(made, "completed", "failure")
    return made


def job_of(run: FakeRun, number: int = 0) -> JobRef:
    return JobRef(RunRef(REPO, f"{run.id}"), f"{run.latest.jobs[number].id}")


def log(provider: GitHubProvider, run: FakeRun) -> bytes:
    return provider.read_log(job_of(run)).data


def test_a_log_is_fetched_where_the_redirect_leads_without_credentials(github: FakeGitHub, run: FakeRun) -> None:
    chunk = provider_for(github).read_log(job_of(run))
    assert (chunk.data, chunk.complete, chunk.next_offset) == (b"one\ntwo\n", True, 8)
    (fetched,) = github.file_requests
    assert "authorization" not in fetched.headers
    assert provider_for(github).read_log(job_of(run), offset=4).data == b"two\n"


def test_a_log_that_is_cut_is_no_log(github: FakeGitHub, run: FakeRun) -> None:
    github.fail_next("GET", "^/log-", truncate=True, times=9)
    with pytest.raises(Unavailable):
        log(provider_for(github), run)


def test_an_endless_log_is_kept_to_a_bound(github: FakeGitHub, run: FakeRun) -> None:
    run.latest.jobs[0].log = b"x" * 99 + b"\n" + b"0123456789abcde\n" * (MAX_LOG // 16)
    data = log(provider_for(github), run)
    assert MAX_LOG - 200 < len(data) < MAX_LOG + 200
    assert data.splitlines()[-1].startswith(b"[the log goes on")


def test_an_endless_line_is_kept_to_a_bound(github: FakeGitHub, run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LOG", 1000)
    run.latest.jobs[0].log = b"x" * 3000
    assert log(provider_for(github), run) == b"x" * 1000 + b"\n[the log goes on; the first 1000 bytes are kept]\n"


@pytest.mark.parametrize(
    "archive",
    [
        {"0_other.txt": b"no", "1_build (3.11, ubuntulatest).txt": b"yes\n"},
        {"-2147483648_build (3.11, ubuntulatest).txt": b"yes\n"},
        {
            "build (3.11, ubuntulatest)/10_Last.txt": b"s\n",
            "build (3.11, ubuntulatest)/2_Set up.txt": b"ye",
            "other/1_Set up.txt": b"no",
        },
    ],
)
def test_without_a_text_the_runs_archive_serves(github: FakeGitHub, run: FakeRun, archive: Mapping[str, bytes]) -> None:
    run.latest.jobs[0].log = None
    github.files[f"logs-{run.id}"] = archive_of(dict(archive))
    assert log(provider_for(github), run).replace(b"\n", b"") == b"yes"


def test_names_are_cut_as_github_cuts_them(github: FakeGitHub, run: FakeRun) -> None:
    job = run.latest.jobs[0]
    job.log, job.name = None, "😀" * 60
    github.files[f"logs-{run.id}"] = archive_of({f"0_{'😀' * 45}.txt": b"yes"})
    assert log(provider_for(github), run) == b"yes"
    job.name = "x" + "😀" * 60
    github.files[f"logs-{run.id}"] = archive_of({f"0_x{'😀' * 44}\ufffd.txt": b"half of the last one"})
    assert log(provider_for(github), run) == b"half of the last one"


def test_a_name_that_two_jobs_share_leads_to_neither(github: FakeGitHub, run: FakeRun) -> None:
    run.latest.jobs[0].log = None
    name = "build (3.11, ubuntulatest)"
    github.files[f"logs-{run.id}"] = archive_of({f"0_{name}.txt": b"one", f"1_{name}.txt": b"other"})
    with pytest.raises(NotFound, match="2 logs"):
        log(provider_for(github), run)


def test_an_archive_with_more_files_than_a_run_has_is_refused(
    github: FakeGitHub, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ENTRIES", 2)
    run.latest.jobs[0].log = None
    github.files[f"logs-{run.id}"] = archive_of({f"{number}_other.txt": b"no" for number in range(3)})
    with pytest.raises(Invalid, match="3 files"):
        log(provider_for(github), run)


def encrypted(archive: bytes) -> bytes:
    """The archive with the flag of its one file set, in both of its headers."""
    marked = bytearray(archive)
    marked[archive.index(b"PK\x03\x04") + 6] |= 1
    marked[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(marked)


def test_an_archive_of_an_unusual_kind_is_refused(github: FakeGitHub, run: FakeRun) -> None:
    run.latest.jobs[0].log = None
    github.files[f"logs-{run.id}"] = encrypted(archive_of({"0_build (3.11, ubuntulatest).txt": b"no"}))
    with pytest.raises(Invalid, match="cannot be read"):
        log(provider_for(github), run)
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("0_build (3.11, ubuntulatest).txt", b"\n" * 1000)
    github.files[f"logs-{run.id}"] = made.getvalue()
    with pytest.raises(Invalid, match="cannot be read"):
        log(provider_for(github), run)


@pytest.mark.parametrize(("newest", "found"), [(1, True), (2, False)])
def test_a_server_that_knows_no_attempts_has_the_newest_ones_archive(newest: int, found: bool) -> None:
    missing = answer(404)
    job = answer(body=json.dumps({"id": 7, "run_id": 5, "name": "unit"}).encode())
    newest_run = answer(body=json.dumps({"id": 5, "run_attempt": newest}).encode())
    with serving(missing, job, missing, newest_run, answer(body=archive_of({"0_unit.txt": b"yes"}))) as server:
        config = {"base_url": server.url, "token": "t"}
        provider = GitHubProvider(ConnectionConfig("github", config, "here", (REPO.external_id,)))
        ref = JobRef(RunRef(REPO, "5", 1), "7")
        if found:
            assert provider.read_log(ref).data == b"yes"
        else:
            with pytest.raises(NotFound):
                provider.read_log(ref)
    asked = [request.split()[1].partition(b"?")[0].rpartition(b"/shop/actions/")[2] for request in server.requests]
    ways = [b"jobs/7/logs", b"jobs/7", b"runs/5/attempts/1/logs", b"runs/5", b"runs/5/logs"]
    assert asked == (ways if found else ways[:4])


def test_where_there_is_no_log_at_all(github: FakeGitHub, run: FakeRun) -> None:
    run.latest.jobs[0].log = None
    with pytest.raises(NotFound):
        log(provider_for(github), run)
    github.files[f"logs-{run.id}"] = archive_of({"0_other.txt": b"no"})
    with pytest.raises(NotFound, match="holds nothing of job"):
        log(provider_for(github), run)
    github.files[f"logs-{run.id}"] = b"PK\x03\x04 no archive"
    with pytest.raises(Invalid, match="cannot be read"):
        log(provider_for(github), run)


def test_an_archive_that_swells_is_bounded(github: FakeGitHub, run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LOG", 1_000_000)
    run.latest.jobs[0].log = None
    github.files[f"logs-{run.id}"] = archive_of({"0_build (3.11, ubuntulatest).txt": b"\n" * 20_000_000})
    assert len(log(provider_for(github), run)) < 1_000_200


def artifact(github: FakeGitHub, run: FakeRun, name: str = "reports", data: bytes = b"PK zip") -> FakeArtifact:
    made = FakeArtifact(run, name, data, github.now())
    run.repo.artifacts.append(made)
    return made


def listed(provider: GitHubProvider, run: FakeRun) -> list[ArtifactRef]:
    return list(provider.list_artifacts(RunRef(REPO, f"{run.id}")))


def test_an_artifact_is_read_and_its_digest_checked(github: FakeGitHub, run: FakeRun) -> None:
    artifact(github, run, data=b"z" * 200_000)
    provider = provider_for(github)
    (ref,) = listed(provider, run)
    assert (ref.name, ref.size, ref.is_archive) == ("reports", 200_000, True)
    with provider.open_artifact(ref) as stream:
        assert stream.read() == b"z" * 200_000
    assert "authorization" not in github.file_requests[0].headers
    assert github.count("GET", r"/artifacts/\d+$") == 0, "the listing told the digest"


def test_an_artifact_that_was_changed_is_refused(github: FakeGitHub, run: FakeRun) -> None:
    made = artifact(github, run)
    provider = provider_for(github)
    (ref,) = listed(provider, run)
    made.data = b"PK other"
    with provider.open_artifact(ref) as stream, pytest.raises(Invalid, match="digest"):
        stream.read()


def test_the_digest_is_asked_for_where_nobody_listed(github: FakeGitHub, run: FakeRun) -> None:
    artifact(github, run)
    (ref,) = listed(provider_for(github), run)
    with provider_for(github).open_artifact(ref) as stream:
        assert stream.read() == b"PK zip"
    assert github.count("GET", r"/artifacts/\d+$") == 1


def test_of_several_attempts_the_newest_counts_and_expired_ones_are_gone(github: FakeGitHub, run: FakeRun) -> None:
    old, new, gone = artifact(github, run), artifact(github, run), artifact(github, run, "wheels")
    old.created_at = new.created_at.replace(year=2020)
    gone.expired = True
    assert [ref.external_id for ref in listed(provider_for(github), run)] == [f"{new.id}"]


def test_an_artifact_that_expired_in_between_is_told_so(github: FakeGitHub, run: FakeRun) -> None:
    made = artifact(github, run)
    provider = provider_for(github)
    (ref,) = listed(provider, run)
    made.expired = True
    with pytest.raises(NotFound, match="has expired"), provider.open_artifact(ref):
        pass


def test_what_fails_while_an_artifact_is_read_is_told_as_it_is(github: FakeGitHub, run: FakeRun) -> None:
    artifact(github, run)
    provider = provider_for(github)
    (ref,) = listed(provider, run)
    with pytest.raises(NotFound, match=r"^no such test$"), provider.open_artifact(ref):
        raise NotFound("no such test")


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_artifacts_of_one_second_the_later_number_counts(github: FakeGitHub, run: FakeRun, turned: bool) -> None:
    old, new = artifact(github, run), artifact(github, run)
    old.created_at = new.created_at = datetime(2026, 1, 1, tzinfo=UTC)
    if turned:
        run.repo.artifacts.reverse()
    assert [ref.external_id for ref in listed(provider_for(github), run)] == [f"{new.id}"]


def test_an_artifact_that_was_deleted_is_told_so(github: FakeGitHub, run: FakeRun) -> None:
    artifact(github, run)
    (ref,) = listed(provider_for(github), run)
    run.repo.artifacts.clear()
    with pytest.raises(NotFound, match="expired or was deleted"), provider_for(github).open_artifact(ref):
        pass
