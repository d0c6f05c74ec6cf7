"""A CI server out of order, over real HTTP, is never taken for a failed run; wrong arguments are refused."""

from pathlib import Path

import pytest
import yaml

from tests.fakes.ci_server import FakeCI, Kind, Outcome
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db


def connected(server: FakeCI, directory: Path) -> None:
    """Connect a server whose answers are waited for half a second."""
    file = directory / "orchestrate.yaml"
    file.write_text(yaml.safe_dump({"ci": {"provider": "custom", "config": {**server.config(), "timeout": 0.5}}}))
    assert ci("connect", "-f", file).code == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [("502_before", 4), ("reset_before", 4), ("hang_before", 4), ("truncated", 4), ("429", 4), ("html_200", 7)],
)
def test_waiting_on_a_server_out_of_order(fault: Kind, code: int, tmp_path: Path) -> None:
    with FakeCI() as server:
        server.script("unit", [Outcome("red")])
        connected(server, tmp_path)
        run = ci("trigger", "--workflow", "unit").out.strip()
        server.fail_next(fault, on="status", times=1000)
        result = ci("wait", "--run", run, "--interval", "0.1", "--patience", "0.3")

    assert (result.code, result.out) == (code, "")
    assert "error: " in result.err


@pytest.mark.parametrize("fault", ["502_after", "reset", "hang"])
def test_a_trigger_whose_answer_is_lost_starts_one_run(fault: Kind, tmp_path: Path) -> None:
    with FakeCI() as server:
        connected(server, tmp_path)
        server.fail_next(fault, on="trigger")
        result = ci("trigger", "--workflow", "unit", "--json")

    assert (result.code, result.error["code"]) == (4, "answer_lost")
    assert len(server.triggers) == 1


def test_wrong_credentials_are_not_a_failed_run(tmp_path: Path) -> None:
    with FakeCI() as server:
        connected(server, tmp_path)
        server.token = "another"
        result = ci("trigger", "--workflow", "unit", "--json")

    assert (result.code, result.error["code"]) == (3, "auth_failed")
    assert "fake-ci-token" not in result.err


def test_a_server_that_is_gone_is_unreachable(tmp_path: Path) -> None:
    with FakeCI() as gone:
        connected(gone, tmp_path)
    result = ci("trigger", "--workflow", "unit", "--timeout", "0.2", "--json")

    assert (result.code, result.out, result.error["code"]) == (4, "", "unreachable")


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nothing"],
        ["status"],
        ["status", "--run"],
        ["wait", "--run", "1", "--timeout", "-1"],
        ["wait", "--run", "1", "--interval", "soon"],
        ["list", "--lim", "5"],
        ["list", "--limit", "0"],
        ["logs", "--run", "1", "--job", "a", "--failed"],
        ["trigger", "--input", "a"],
        ["providers", "more"],
    ],
)
def test_wrong_arguments_are_usage_errors(args: list[str]) -> None:
    result, as_json = ci(*args), ci(*args, "--json")

    assert (result.code, result.out) == (as_json.code, as_json.out) == (2, "")
    assert result.err.startswith("error: ")
    assert as_json.error["code"] == "usage"
