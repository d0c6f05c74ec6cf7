import sys
from pathlib import Path

import pytest

from fixers import verify
from fixers.outcome import AttemptState, Ended
from fixers.sandbox import Sandbox
from fixers.strategies.base import Check, Plan
from fixers.workspace import Patch


def exits(code: int, words: str = "") -> Check:
    return Check((sys.executable, "-c", f"import sys; print({words!r}); sys.exit({code})"))


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(home=tmp_path, mark="test-verify-")


def patch(*paths: str, mode: str = "100644", diff: str = "x") -> Patch:
    return Patch(diff, tuple((path, mode) for path in paths))


def test_the_first_failing_check_is_the_failure(sandbox: Sandbox, tmp_path: Path) -> None:
    red = exits(1)
    assert verify.see_failure(Plan((exits(0), red, exits(1, "x"))), tmp_path, sandbox) == red


def test_what_passes_here_is_not_reproduced(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(Ended, match="passes on a clone of the commit") as caught:
        verify.see_failure(Plan((exits(0),)), tmp_path, sandbox)
    assert caught.value.state is AttemptState.NOT_REPRODUCED


def test_a_check_that_does_not_work_is_not_taken_for_the_failure(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(Ended, match=r"(?s)does not work here.*exit code 2.*bad config") as caught:
        verify.see_failure(Plan((exits(1), exits(2, "bad config"))), tmp_path, sandbox)
    assert caught.value.state is AttemptState.NOT_REPRODUCED


def test_a_check_that_still_fails_refuses_the_change_with_its_output(sandbox: Sandbox, tmp_path: Path) -> None:
    verify.see_success(Plan((exits(0),)), tmp_path, sandbox)
    with pytest.raises(Ended, match=r"(?s)still fails with the change.*the words") as caught:
        verify.see_success(Plan((exits(0), exits(1, "the words"))), tmp_path, sandbox)
    assert caught.value.state is AttemptState.REJECTED


def test_no_change_is_an_end_of_its_own() -> None:
    with pytest.raises(Ended) as caught:
        verify.check_patch(patch(), Plan(()))
    assert caught.value.state is AttemptState.NO_CHANGE


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        "sub/.hidden/x.py",
        ".gitattributes",
        "Jenkinsfile",
        "deploy/azure-pipelines.yml",
        "poetry.lock",
        "web/package-lock.json",
        "evil.egg-info/entry_points.txt",
        "src/evil.dist-info/entry_points.txt",
        "evil.pth",
    ],
)
def test_paths_for_people_only(path: str) -> None:
    with pytest.raises(Ended, match="for people to change") as caught:
        verify.check_patch(patch("src/a.py", path), Plan(()))
    assert caught.value.state is AttemptState.REJECTED
    assert path in caught.value.reason


def test_a_plan_protects_paths_and_names() -> None:
    plan = Plan((), protected=frozenset({"tests/test_a.py", "conftest.py"}))
    assert [verify.is_protected(path, plan) for path in ("tests/test_a.py", "x/conftest.py", "x/test_a.py")] == [
        True,
        True,
        False,
    ]


def test_limits_are_inclusive() -> None:
    files = [f"src/{number}.py" for number in range(51)]
    verify.check_patch(patch(*files[:50], diff="x" * 200_000), Plan(()))
    with pytest.raises(Ended, match="51 files, the limit is 50"):
        verify.check_patch(patch(*files), Plan(()))
    with pytest.raises(Ended, match="200001 bytes long, the limit is 200000"):
        verify.check_patch(patch("a.py", diff="x" * 200_001), Plan(()))


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_links_and_submodules_are_refused(mode: str) -> None:
    with pytest.raises(Ended, match="a link or a submodule"):
        verify.check_patch(patch("a.py", mode=mode), Plan(()))


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("pytest.py", True),
        ("random/__init__.py", True),
        ("tests/pytest.py", True),
        ("_pytest.cpython-311-x86_64-linux-gnu.so", True),
        ("shop/random.py", False),
        ("shop.py", False),
    ],
)
def test_new_modules_must_not_stand_in_for_installed_ones(path: str, refused: bool) -> None:
    plan = Plan((), reserved=frozenset({"pytest", "_pytest", "random"}), import_roots=frozenset({"", "tests"}))
    verify.check_patch(patch(path), plan)
    added = Patch("x", ((path, "100644"),), added=frozenset({path}))
    if refused:
        with pytest.raises(Ended, match="in place of an installed module"):
            verify.check_patch(added, plan)
    else:
        verify.check_patch(added, plan)
