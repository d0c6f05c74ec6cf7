import shlex
import sys
import time
from pathlib import Path

import pytest

from fixers.diagnosis import Cause, Diagnosis, FailedTest
from fixers.outcome import AttemptState, Ended
from fixers.sandbox import Sandbox
from fixers.strategies.agent_command import AgentCommand
from fixers.strategies.base import Failure

TEST = FailedTest("tests.test_shop", "test_sum", "assert 1 == 2", file="shop.py", line=3)


def failure(*tests: FailedTest, script: str = "", seconds: int = 30) -> Failure:
    command = shlex.join([sys.executable, "-c", script, "{prompt_file}"])
    return Failure(
        Diagnosis(Cause.TEST), tests or (TEST,), report="# the report", agent_command=command, agent_seconds=seconds
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    (place / "tests").mkdir(parents=True)
    (place / "tests" / "test_shop.py").write_text("")
    return place


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    home = tmp_path / "home"
    home.mkdir()
    return Sandbox(home=home, mark="test-agent-")


@pytest.mark.parametrize(
    ("test", "node"),
    [
        (TEST, "tests/test_shop.py::test_sum"),
        (FailedTest("tests.test_shop.TestSum", "test_a[x-1]"), "tests/test_shop.py::TestSum::test_a[x-1]"),
        (FailedTest("other", "test_sum", file="tests/test_shop.py"), "tests/test_shop.py::test_sum"),
        (
            FailedTest("", "tests/test_shop.py::test_a[x-1]", file="tests/test_shop.py"),
            "tests/test_shop.py::test_a[x-1]",
        ),
        (FailedTest("", "tests/test_shop.py", file="tests/test_shop.py"), "tests/test_shop.py"),
    ],
)
def test_only_the_failing_tests_are_run(tree: Path, test: FailedTest, node: str) -> None:
    plan = AgentCommand().plan(tree, failure(test))
    assert plan.checks[0].argv[-2:] == ("--", node)
    assert {"tests/test_shop.py", "conftest.py"} <= plan.protected


@pytest.mark.parametrize("suite", ["nowhere.test_x", "", "/etc/passwd", ".....etc.x"])
def test_a_test_that_no_file_fits_cannot_be_checked(tree: Path, suite: str) -> None:
    with pytest.raises(Ended, match="no command can be made that runs"):
        AgentCommand().plan(tree, failure(FailedTest(suite, "test_x")))


def test_the_agent_gets_the_report_and_works_in_the_tree(tree: Path, sandbox: Sandbox) -> None:
    script = "import sys; open('seen', 'w').write(open(sys.argv[1]).read()); sys.exit(5)"
    said = AgentCommand().fix(tree, failure(script=script), sandbox)
    assert (tree / "seen").read_text() == "# the report"
    assert "exit code 5" in said
    assert list(tree.rglob("failure.md")) == []


def test_an_agent_that_does_not_end_is_ended(tree: Path, sandbox: Sandbox) -> None:
    started = time.monotonic()
    with pytest.raises(Ended, match="still at work after 1 s") as caught:
        AgentCommand().fix(tree, failure(script="import time; time.sleep(60)", seconds=1), sandbox)
    assert caught.value.state is AttemptState.FAILED
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("template", "says"), [("agent", "add {prompt_file}"), ("agent 'x {prompt_file}", "cannot be read")]
)
def test_a_template_that_cannot_work_is_refused(tree: Path, sandbox: Sandbox, template: str, says: str) -> None:
    with pytest.raises(Ended, match=says):
        AgentCommand().fix(tree, Failure(Diagnosis(Cause.TEST), (TEST,), agent_command=template), sandbox)
