"""Each commit of the sample repository shows its own failure and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.sample import Sample, make_sample
from orchestrate_site.demo.sample_files import BUG, FLAKY, FORMATTING, GREEN


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("sample"))


def run(*argv: str, cwd: Path, state: Path | None = None) -> tuple[int, str]:
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "ORCHESTRATE_SAMPLE_STATE": str(state or cwd),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def checkout(sample: Sample, name: str, tree: Path) -> Path:
    assert run("git", "clone", "--quiet", sample.remote, str(tree), cwd=tree.parent)[0] == 0
    assert run("git", "checkout", "--quiet", sample.sha(name), cwd=tree)[0] == 0
    return tree


def checks(tree: Path, state: Path) -> dict[str, bool]:
    """Which of the three checks of CI pass."""
    return {
        "format": run(sys.executable, "-m", "ruff", "format", "--check", ".", cwd=tree)[0] == 0,
        "lint": run(sys.executable, "-m", "ruff", "check", ".", cwd=tree)[0] == 0,
        "test": run(sys.executable, "-m", "pytest", "-q", cwd=tree, state=state)[0] == 0,
    }


@pytest.mark.parametrize(
    ("name", "failing"), [(GREEN, set()), (FORMATTING, {"format"}), (FLAKY, {"test"}), (BUG, {"test"})]
)
def test_commit_fails_only_in_its_own_way(sample: Sample, tmp_path: Path, name: str, failing: set[str]) -> None:
    tree = checkout(sample, name, tmp_path / "tree")
    assert {check for check, passed in checks(tree, tmp_path).items() if not passed} == failing


def test_formatter_alone_mends_the_formatting_failure(sample: Sample, tmp_path: Path) -> None:
    tree = checkout(sample, FORMATTING, tmp_path / "tree")
    assert run(sys.executable, "-m", "ruff", "format", ".", cwd=tree)[0] == 0
    assert all(checks(tree, tmp_path).values())


def test_flaky_test_passes_on_its_second_run_from_a_fresh_checkout(sample: Sample, tmp_path: Path) -> None:
    first = checkout(sample, FLAKY, tmp_path / "first")
    second = checkout(sample, FLAKY, tmp_path / "second")
    assert checks(first, tmp_path)["test"] is False
    assert checks(second, tmp_path)["test"] is True


def test_bug_fails_every_time_with_the_wrong_number(sample: Sample, tmp_path: Path) -> None:
    tree = checkout(sample, BUG, tmp_path / "tree")
    for _ in range(2):
        _, output = run(sys.executable, "-m", "pytest", "-q", cwd=tree, state=tmp_path)
        assert "1 failed" in output
        assert "assert 19990 == 18000" in output


def test_ids_are_the_same_every_time_whatever_the_user_configured(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Somebody\n[commit]\ngpgsign = true\n[core]\nautocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert make_sample(tmp_path / "again").commits == sample.commits
    assert [commit.name for commit in sample.commits] == [GREEN, FORMATTING, FLAKY, BUG]


def test_branch_holds_the_last_commit_and_refuses_force_pushes(sample: Sample, tmp_path: Path) -> None:
    tree = checkout(sample, GREEN, tmp_path / "tree")
    assert run("git", "rev-parse", f"origin/{sample.branch}", cwd=tree)[1].strip() == sample.sha(BUG)
    code, output = run("git", "push", "--force", "origin", f"HEAD:{sample.branch}", cwd=tree)
    assert code != 0
    assert "non-fast-forward" in output


def test_existing_repository_is_not_touched(tmp_path: Path) -> None:
    make_sample(tmp_path)
    with pytest.raises(OrchestrateError, match=r"sample\.git exists already"):
        make_sample(tmp_path)


def test_missing_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OrchestrateError, match="git is not found on PATH"):
        make_sample(tmp_path / "sample")
