"""What every code host tells of the lines that a change adds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ci_integrations.domain import RepoRef
from ci_integrations.errors import Invalid, NotFound, Unavailable
from ci_integrations.providers.base import CodeHost
from tests import github as of_github
from tests import gitlab as of_gitlab
from tests.fakes.git_files import git
from tests.fakes.github import FakeGitHub, spec
from tests.fakes.github.app import make_app
from tests.fakes.gitlab import FakeGitLab

OLD = "".join(f"line {number}\n" for number in range(1, 41))
REPO = RepoRef("acme/shop")


@dataclass
class Place:
    """A code host with a repository whose branch `main` has `old.txt`."""

    host: CodeHost
    git_dir: Path
    commit: Callable[[dict[str, str], str], str]
    allow_lines: Callable[[int], None]
    fail: Callable[[], None]
    secret: str


@contextmanager
def github(place: Path) -> Iterator[Place]:
    with FakeGitHub(place, app=make_app()) as server:
        repo = server.add_repo("acme/shop", {"old.txt": OLD})
        server.install("acme", ["acme/shop"])
        assert server.app is not None
        assert repo.git_dir is not None
        host = of_github.provider_for(server).code_host
        assert host is not None
        yield Place(
            host,
            repo.git_dir,
            lambda files, branch: server.commit(repo, files, branch=branch, quiet=True),
            lambda most: setattr(server, "most_patch_lines", most),
            lambda: server.fail_next("GET", "/compare/", status=500, times=9),
            server.app.private_key,
        )


@contextmanager
def gitlab(place: Path) -> Iterator[Place]:
    with FakeGitLab(place, prefix="/gitlab") as server:
        server.add_token(of_gitlab.TOKEN, of_gitlab.USER)
        project = server.add_project("acme/shop", {"old.txt": OLD})
        project.members[of_gitlab.USER] = 30
        assert project.git_dir is not None
        host = of_gitlab.provider_for(server).code_host
        assert host is not None
        yield Place(
            host,
            project.git_dir,
            lambda files, branch: server.commit(project, files, branch=branch, quiet=True),
            lambda most: setattr(server, "most_diff_lines", most),
            lambda: server.fail_next("GET", "/repository/", status=500, times=9),
            of_gitlab.TOKEN,
        )


@pytest.fixture(params=[github, gitlab], ids=["github", "gitlab"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with request.param(tmp_path / "server") as made:
        yield made


def test_the_lines_that_a_commit_adds_since_it_left_the_branch(place: Place) -> None:
    begin = place.host.compare(REPO, base="main", head="main").merge_base
    new = OLD.replace("line 3\n", "line 3\nline 3a\n").replace("line 30\n", "line thirty\n").replace("line 12\n", "")
    head = place.commit({"old.txt": new, "src/a b.py": "x = 1\ny = 2\n", "raw.bin": "\0\1"}, "a/topic")
    place.commit({"old.txt": OLD + "more\n", "late.txt": "late\n"}, "main")
    found = place.host.compare(REPO, base="main", head=head)
    assert found.merge_base == begin
    assert found.changed["old.txt"] == (4, 30)
    assert found.changed["src/a b.py"] == (1, 2)
    assert set(found.changed) - {"raw.bin"} == {"old.txt", "src/a b.py"}, "what came to the branch since is another's"
    assert found.changed.get("raw.bin", ()) == ()
    assert (found.untold, found.is_complete) == ((), True)
    assert place.host.compare(REPO, base="a/topic", head=head).changed == {}


def test_a_file_that_moved_has_its_new_path_and_one_that_is_gone_none(place: Place) -> None:
    place.commit({"gone.txt": "one\ntwo\n"}, "main")
    git("clone", "-q", f"{place.git_dir}", f"{place.git_dir}-work")
    work = Path(f"{place.git_dir}-work")
    (work / "gone.txt").unlink()
    (work / "old.txt").rename(work / "new.txt")
    (work / "new.txt").write_text(OLD + "one more\n")
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git("-C", f"{work}", "add", "--all")
    git("-C", f"{work}", *author, "commit", "-q", "-m", "Move")
    git("-C", f"{work}", "push", "-q", "origin", "HEAD:moved")
    assert place.host.compare(REPO, base="main", head="moved").changed == {"new.txt": (41,)}


def test_what_is_too_large_is_named(place: Place) -> None:
    place.allow_lines(2)
    place.commit({"big.py": "x\n" * 3, "small.py": "x\n" * 2, "empty.py": ""}, "topic")
    found = place.host.compare(REPO, base="main", head="topic")
    assert (found.untold, found.changed["small.py"], found.is_complete) == (("big.py",), (1, 2), True)


def test_a_change_of_too_many_files_is_no_whole_one(place: Place) -> None:
    place.commit({f"file{number:03}": "x\n" for number in range(301)}, "topic")
    found = place.host.compare(REPO, base="main", head="topic")
    assert not found.is_complete
    assert 100 <= len(found.changed) < 301


def test_what_is_not_there_cannot_be_compared(place: Place) -> None:
    with pytest.raises((NotFound, Invalid)):
        place.host.compare(REPO, base="main", head="beef" * 10)
    with pytest.raises((NotFound, Invalid)):
        place.host.compare(REPO, base="gone", head="main")


def test_a_server_that_is_away_says_so_without_secrets(place: Place) -> None:
    place.fail()
    with pytest.raises(Unavailable) as caught:
        place.host.compare(REPO, base="main", head="main")
    assert place.secret not in f"{caught.value!r}"


def test_the_request_to_github_is_one_of_its_description(tmp_path: Path) -> None:
    # One with a slash too, where the description says "x-multi-segment", which its readers do not know.
    with FakeGitHub(tmp_path, app=make_app()) as server:
        repo = server.add_repo("acme/shop", {"a": "b\n"})
        server.install("acme", ["acme/shop"])
        server.commit(repo, {"a": "c\n"}, branch="topic", quiet=True)
        host = of_github.provider_for(server).code_host
        assert host is not None
        host.compare(REPO, base="main", head="topic")
        asked = [seen for seen in server.requests if "/compare/" in seen.path]
        assert len(asked) == 1
        assert spec.problems(asked) == []
