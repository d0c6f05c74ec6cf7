"""An agent as a command line: it gets the report as a file and changes the tree; only diff and checks judge it."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

from fixers.diagnosis import Cause, FailedTest
from fixers.outcome import AttemptState, Ended, rejected
from fixers.sandbox import Sandbox, find_program
from fixers.strategies.base import Check, Failure, Plan

PROMPT_FILE: Final = "{prompt_file}"
MAX_TESTS: Final = 50
# Where a test could be switched off without touching it.
_TEST_CONFIGURATION: Final = frozenset({"conftest.py", "pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"})


class AgentCommand:
    """Runs the command of the repository's fix policy on failing tests."""

    name: ClassVar[str] = "agent_command"

    def plan(self, tree: Path, failure: Failure) -> Plan:
        """The failing tests alone, by pytest. Their files, and pytest's configuration, are for people to change."""
        if failure.diagnosis.cause is not Cause.TEST or not failure.failed_tests:
            raise rejected("only failing tests that a report names can be checked again")
        pytest = find_program("pytest")
        if not pytest:
            raise rejected("pytest is not installed where fixes are run; install it beside Orchestrate CI")
        ids = list(dict.fromkeys(_node_id(tree, test) for test in failure.failed_tests[:MAX_TESTS]))
        python = Path(pytest).with_name("python")
        run = (str(python), "-m", "pytest") if python.exists() else (pytest,)
        return Plan(
            checks=(Check((*run, "-q", "-p", "no:cacheprovider", "--", *ids)),),
            protected=_TEST_CONFIGURATION | {node.partition("::")[0] for node in ids},
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


def _node_id(tree: Path, test: FailedTest) -> str:
    """The name by which pytest finds a test, from what its JUnit report says: `a.b.test_c.TestD`, name, maybe a file.

    The report's form: https://docs.pytest.org/en/stable/how-to/output.html (junitxml, classname and name).
    """
    for path, classes in _candidates(test):
        file = tree / path
        if file.is_file() and file.resolve().is_relative_to(tree.resolve()):
            return "::".join((path, *classes, test.name))
    raise rejected(f"no command can be made that runs {test.label} alone: no file in the repository fits its name")


def _candidates(test: FailedTest) -> Iterator[tuple[str, list[str]]]:
    words = test.suite.split(".")
    for end in range(len(words), 0, -1):
        yield "/".join(words[:end]) + ".py", words[end:]
    if test.file.endswith(".py") and Path(test.file).name.startswith("test"):
        yield test.file, []
