"""How the lines of a change are covered: the pull request of a run's commit is asked for where the code is."""

import io
import zipfile
from dataclasses import replace

import pytest

from ci_integrations.domain import JobData, JobRef, State
from ci_integrations.models import Connection, CoverageReport, JobLog, Repository, Run
from ci_integrations.services import collect, sync
from tests.fakes.github import FakeGitHub, FakeJob, FakeRepo
from tests.fakes.github.state import FakeArtifact
from tests.fakes.memory import MemoryServer
from tests.github import config_of, github

__all__ = ["github"]
pytestmark = pytest.mark.django_db

OLD = "def f(x):\n    return x\n\n\ndef g():\n    return 1\n"
NEW = OLD + "\n\ndef h():\n    # nothing\n    return 2\n"
# The change adds the lines 7 to 11, of which 9 and 11 are code.
LCOV = b"SF:/build/src/a.py\nDA:1,1\nDA:2,0\nDA:5,1\nDA:6,1\nDA:9,1\nDA:11,0\nend_of_record\n"


@pytest.fixture
def shop(github: FakeGitHub) -> FakeRepo:
    """A repository with code, one of whose branches adds a function."""
    shop = github.add_repo("acme/shop", {"src/a.py": OLD, "README": "hello\n"})
    github.install("acme", ["acme/shop"])
    github.commit(shop, {"src/a.py": NEW, "README": "hello\nyou\n"}, branch="topic", quiet=True)
    return shop


@pytest.fixture
def elsewhere(github: FakeGitHub, shop: FakeRepo, repository: Repository) -> Repository:
    """The repository of the in-memory server, whose code is at GitHub."""
    home = Connection.objects.create(provider="github", name="code", config=config_of(github), place="test")
    repository.connection.code_host = home
    repository.connection.save()
    repository.code_name = "acme/shop"
    repository.save()
    return repository


def head(github: FakeGitHub, shop: FakeRepo, branch: str = "topic") -> str:
    """The newest commit of a branch, with a pull request for it where it is not `main`."""
    if branch == "main":
        return github.commit(shop, {"x": "y\n"}, quiet=True)
    return github.open_pull(shop, head=branch).head_sha


def collected(repository: Repository, server: MemoryServer, sha: str, lcov: bytes = LCOV) -> Run:
    """A failed run of a commit that left coverage and a log."""
    server.add_run("7", commit_sha=sha)
    run = server.finish("7", State.FAILURE)
    run.data = replace(run.data, jobs=(JobData(JobRef(run.data.ref, "unit"), "unit", State.FAILURE),))
    run.artifacts["lcov.info"] = lcov
    run.logs["unit"] = b"a.c:1:2: error: no\n"
    row = sync.record_run(repository, run.data)
    collect.collect_run(row.pk)
    row.refresh_from_db()
    assert row.settled_at is not None, "whatever the code host does, the run is settled"
    assert JobLog.objects.filter(job__run=row).exists()
    return row


def of_change(run: Run) -> tuple[str, int | None, int | None, object]:
    """What is stored of the change."""
    row = CoverageReport.objects.get(run=run, job=None)
    return row.base_sha, row.patch_covered, row.patch_total, row.patch_missed


def test_the_lines_of_the_open_change_are_judged(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    sha = head(github, shop)
    begin = github.commit(shop, {"z": "z\n"}, quiet=True)
    run = collected(elsewhere, server, sha)
    base, *figures = of_change(run)
    assert figures == [1, 2, {"src/a.py": [11]}]
    assert len(base) == 40
    assert base not in {sha, begin}, "the commit at which the branch left"
    assert run.last_error == ""


@pytest.mark.parametrize("branch", ["main", "topic"])
def test_a_commit_without_an_open_change_has_none(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer, branch: str
) -> None:
    sha = head(github, shop, branch)
    for pull in shop.pulls:
        pull.state = "closed"
    run = collected(elsewhere, server, sha)
    assert of_change(run) == ("", None, None, {})
    assert run.last_error == ""


def test_where_the_code_is_not_known_nothing_is_asked(repository: Repository, server: MemoryServer) -> None:
    run = collected(repository, server, "c0ffee")
    assert of_change(run) == ("", None, None, {})
    assert run.last_error == ""


@pytest.mark.parametrize(
    ("path", "status"), [("/pulls", 500), ("/compare/", 500), ("/compare/", 404), ("/compare/", 403)]
)
def test_a_code_host_that_gives_no_answer_is_noted_and_costs_nothing_else(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer, path: str, status: int
) -> None:
    sha = head(github, shop)
    github.fail_next("GET", path, status=status, message="no such luck", times=9)
    run = collected(elsewhere, server, sha)
    assert of_change(run) == ("", None, None, {})
    assert CoverageReport.objects.get(run=run).lines_total == 6
    assert "the change that this run is of could not be read" in run.last_error
    assert server.calls.count("list_artifacts") == 1, "the collection is not repeated for it"


def test_a_code_host_whose_configuration_no_longer_works_is_noted(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    sha = head(github, shop)
    Connection.objects.filter(name="code").update(config={"base_url": github.base_url, "colour": "blue"})
    run = collected(elsewhere, server, sha)
    assert "colour" in run.last_error
    assert CoverageReport.objects.get(run=run).lines_total == 6


def test_a_secret_in_what_the_code_host_says_is_not_stored(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    assert github.app is not None
    sha = head(github, shop)
    github.fail_next("GET", "/compare/", status=404, message=f"{github.app.webhook_secret} is unknown")
    assert github.app.webhook_secret not in collected(elsewhere, server, sha).last_error


def test_a_secret_in_a_path_is_not_stored(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    assert github.app is not None
    name = f"{github.app.webhook_secret}.py"
    github.commit(shop, {name: "x = 1\n"}, branch="secret", base="main", quiet=True)
    lcov = f"SF:{name}\nDA:1,0\nend_of_record\n".encode()
    run = collected(elsewhere, server, head(github, shop, "secret"), lcov)
    assert of_change(run)[1:] == (0, 1, {"***.py": [1]})


def test_lines_that_the_code_host_keeps_to_itself_are_a_gap_where_they_are_covered(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    github.commit(shop, {"package-lock.json": "{}\n" * 9}, branch="topic", quiet=True)
    sha = head(github, shop)
    github.most_patch_lines = 5
    whole = collected(elsewhere, server, sha)
    assert CoverageReport.objects.get(run=whole).note == "", "no coverage tells of such a file"
    github.most_patch_lines = 4
    Run.objects.all().delete()
    run = collected(elsewhere, server, sha)
    assert of_change(run)[1:] == (0, 0, {})
    assert CoverageReport.objects.get(run=run).note == "the code host does not give the changed lines of src/a.py"


def test_a_change_of_too_many_files_says_so(
    github: FakeGitHub, shop: FakeRepo, elsewhere: Repository, server: MemoryServer
) -> None:
    github.commit(shop, {f"n{number:03}.txt": "x\n" for number in range(310)}, branch="topic", quiet=True)
    run = collected(elsewhere, server, head(github, shop))
    assert CoverageReport.objects.get(run=run).note == "the code host lists only a part of the changed files"


def test_a_run_at_the_code_host_itself_is_judged(github: FakeGitHub, shop: FakeRepo, storage: object) -> None:
    own = Connection.objects.create(provider="github", name="own", config=config_of(github), place="test")
    repository = Repository.objects.create(connection=own, external_id="acme/shop", name="acme/shop")
    fake = github.add_run(shop, sha=head(github, shop), branch="topic", jobs=[FakeJob("unit")])
    fake.latest.jobs[0].log = b"ok\n"
    github.advance(fake, "completed", "success")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("lcov.info", LCOV)
    shop.artifacts.append(FakeArtifact(fake, "coverage", made.getvalue(), github.now()))
    row = Run.objects.create(repository=repository, external_id=f"{fake.id}", created_at=github.now())
    run = sync.sync_run(repository, sync.run_ref(row))
    collect.collect_run(run.pk)
    assert of_change(run)[1:] == (1, 2, {"src/a.py": [11]})
