"""An agent as a command line: it gets the report as a file and changes the tree; only diff and checks judge it."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import ClassVar, Final

from fixers.diagnosis import Cause, FailedTest
from fixers.outcome import AttemptState, Ended, rejected
from fixers.sandbox import Sandbox, find_program, search_path
from fixers.strategies.base import Check, Failure, Plan

PROMPT_FILE: Final = "{prompt_file}"
MAX_TESTS: Final = 50
# Where a test could be switched off without touching it.
_TEST_CONFIGURATION: Final = frozenset(
    {"conftest.py", "pytest.ini", "pytest.toml", "pyproject.toml", "setup.cfg", "tox.ini"}
)
# Python loads these by itself, whatever is run.
_STARTUP_MODULES: Final = frozenset({"sitecustomize", "usercustomize"})
_RUNNER: Final = Path(__file__).with_name("run_pytest.py")
_SECONDS: Final = 60


class AgentCommand:
    """Runs the command of the repository's fix policy on failing tests."""

    name: ClassVar[str] = "agent_command"
    runs_repository_code: ClassVar[bool] = True

    def plan(self, tree: Path, failure: Failure) -> Plan:
        """The failing tests alone, by pytest. Their files, and pytest's configuration, are for people to change.

        No module may be added that would be imported in place of pytest, of what it uses, or of the standard library.
        """
        if failure.diagnosis.cause is not Cause.TEST or not failure.failed_tests:
            raise rejected("only failing tests that a report names can be checked again")
        run = _pytest()
        ids = list(dict.fromkeys(_node_id(tree, test) for test in failure.failed_tests[:MAX_TESTS]))
        files = {node.partition("::")[0] for node in ids}
        roots = {"", "src", "lib", *(f"{folder}" for file in files for folder in PurePosixPath(file).parents)}
        return Plan(
            checks=(Check((*run, "-q", "-p", "no:cacheprovider", "--", *ids)),),
            protected=_TEST_CONFIGURATION | files,
            reserved=_installed(run) - _present(tree, roots) | _STARTUP_MODULES,
            import_roots=frozenset(roots - {"."}),
        )

    def fix(self, tree: Path, failure: Failure, sandbox: Sandbox) -> str:
        """Run the command in the tree, for `agent_seconds` at most; the prompt file lies outside of the tree."""
        argv = command_line(failure.agent_command, prompt_file=sandbox.home / "failure.md")
        (sandbox.home / "failure.md").write_text(failure.report, encoding="utf-8")
        result = sandbox.run(argv, cwd=tree, seconds=failure.agent_seconds)
        if result.timed_out:
            raise Ended(
                AttemptState.FAILED,
                f"the agent was still at work after {failure.agent_seconds} s and was ended with all it had started "
                "(agent_seconds in the fix policy)",
            )
        return f"the agent ended with exit code {result.exit_code}: {result.tail(5) or 'no output'}"


def command_line(template: str, *, prompt_file: Path) -> list[str]:
    """The words of a command template with the prompt's path filled in. Raises Ended where it is no command line."""
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise rejected(f"the agent command of the fix policy cannot be read: {error}") from None
    if not any(PROMPT_FILE in word for word in words):
        raise rejected(f"the agent command of the fix policy does not say where the prompt goes: add {PROMPT_FILE}")
    return [word.replace(PROMPT_FILE, str(prompt_file)) for word in words]


def _pytest() -> tuple[str, ...]:
    """The beginning of a command line that runs pytest. -I: nothing is imported from where it runs; -B: no __pycache__.

    Raises Ended where there is no pytest, or no Python beside it.
    """
    found = find_program("pytest")
    pythons = [Path(found).with_name(name) for name in ("python3", "python")] if found else []
    for python in pythons:
        if python.exists():
            return (str(python), "-I", "-B", str(_RUNNER))
    raise rejected(
        "pytest, with a Python beside it, is not installed where fixes are run; install it beside Orchestrate CI"
    )


def _installed(run: tuple[str, ...]) -> frozenset[str]:
    """The names of the modules that can be imported where pytest runs. No code of the repository runs here."""
    command = [*run, "--modules"]
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env={"PATH": search_path()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise rejected(f"`{' '.join(command)}` does not work here: {error}") from None
    return frozenset(done.stdout.split())


def _present(tree: Path, roots: set[str]) -> frozenset[str]:
    """The names of the modules that the tree has already."""
    folders = [tree / root for root in roots if (tree / root).is_dir()]
    return frozenset(entry.name.partition(".")[0] for folder in folders for entry in folder.iterdir())


def _node_id(tree: Path, test: FailedTest) -> str:
    """The name by which pytest finds a test, from what its JUnit report says: `a.b.test_c.TestD`, name, maybe a file;
    its console tells it as it is.

    Both forms: https://docs.pytest.org/en/stable/how-to/output.html (junitxml, classname and name; the summary).
    """
    for path, classes in _candidates(test):
        file = tree / path
        if file.is_file() and file.resolve().is_relative_to(tree.resolve()):
            is_whole = test.name == path or test.name.startswith(f"{path}::")
            return test.name if is_whole else "::".join((path, *classes, test.name))
    raise rejected(f"no command can be made that runs {test.label} alone: no file in the repository fits its name")


def _candidates(test: FailedTest) -> Iterator[tuple[str, list[str]]]:
    words = test.suite.split(".")
    for end in range(len(words), 0, -1):
        yield "/".join(words[:end]) + ".py", words[end:]
    if test.file.endswith(".py") and Path(test.file).name.startswith("test"):
        yield test.file, []
