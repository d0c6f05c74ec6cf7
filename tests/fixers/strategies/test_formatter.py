from pathlib import Path

import pytest

from fixers.diagnosis import Cause, Diagnosis
from fixers.outcome import Ended
from fixers.sandbox import Sandbox
from fixers.strategies.base import Failure
from fixers.strategies.formatter import Formatter
from tests.fixers.conftest import PRETTY, PYPROJECT, UGLY


def failure(*tools: str) -> Failure:
    return Failure(Diagnosis(Cause.FORMAT, tools))


def write(tree: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tree / name).write_text(text)
    return tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    place.mkdir()
    return place


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(home=tmp_path, mark="test-formatter-")


def test_ruff_formats_what_its_check_complains_about(tree: Path, sandbox: Sandbox) -> None:
    write(tree, {"pyproject.toml": PYPROJECT, "a.py": UGLY})
    plan = Formatter().plan(tree, failure("ruff format"))
    assert [check.argv[:3] for check in plan.checks] == [("ruff", "format", "--check")]
    assert sandbox.run(plan.checks[0].argv, cwd=tree, seconds=30).exit_code == 1
    said = Formatter().fix(tree, failure("ruff format"), sandbox)
    assert (tree / "a.py").read_text() == PRETTY
    assert said.startswith("ran ruff format")
    assert sandbox.run(plan.checks[0].argv, cwd=tree, seconds=30).exit_code == 0
    assert sorted(path.name for path in tree.iterdir()) == ["a.py", "pyproject.toml"]


def test_ruff_mends_what_its_linter_can(tree: Path, sandbox: Sandbox) -> None:
    write(tree, {"ruff.toml": "line-length = 88\n", "a.py": "import os\n\nX = 1\n"})
    Formatter().fix(tree, failure("flake8"), sandbox)
    assert "import os" not in (tree / "a.py").read_text()


def test_linting_comes_before_formatting(tree: Path) -> None:
    write(tree, {"pyproject.toml": PYPROJECT})
    plan = Formatter().plan(tree, failure("ruff format", "ruff"))
    assert [check.argv[1] for check in plan.checks] == ["check", "format"]


@pytest.mark.parametrize(
    ("tool", "files"),
    [
        ("ruff format", {"pyproject.toml": "[tool.other]\n"}),
        ("ruff format", {"pyproject.toml": "not toml ["}),
        ("ruff format", {}),
        ("black", {"pyproject.toml": PYPROJECT}),
        ("isort", {"setup.cfg": "[metadata]\n"}),
    ],
)
def test_a_tool_that_the_repository_does_not_configure_is_not_run(tree: Path, tool: str, files: dict[str, str]) -> None:
    with pytest.raises(Ended, match=f"does not configure the tool.*{tool}: "):
        Formatter().plan(write(tree, files), failure(tool))


@pytest.mark.parametrize(
    ("tool", "files"),
    [
        ("black", {"pyproject.toml": "[tool.black]\n"}),
        ("isort", {"setup.cfg": "[isort]\nprofile=black\n"}),
        ("isort", {".isort.cfg": ""}),
    ],
)
def test_a_configured_tool_that_is_not_installed_is_named(tree: Path, tool: str, files: dict[str, str]) -> None:
    with pytest.raises(Ended, match=f"{tool} is not installed where fixes are run"):
        Formatter().plan(write(tree, files), failure(tool))


def test_configuration_is_not_read_through_a_link(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text(PYPROJECT)
    (tree / "pyproject.toml").symlink_to(tmp_path / "outside.toml")
    with pytest.raises(Ended, match="does not configure"):
        Formatter().plan(tree, failure("ruff format"))
