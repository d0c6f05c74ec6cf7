"""A flaky run is retried and turns green, whichever process is killed on the way."""

import sys
from collections.abc import Callable

import pytest

from tests.fakes.ci_server import FakeCI, Operation, Outcome
from tests.stories.stage import Seen, Stage

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes the way Linux shows them"),
]

SHA = "4f2a91c07be3d58a6c1f0e9d2b7a8c3f5e6d1a20"
JUNIT = b'<testsuite name="t"><testcase classname="tests.test_shop" name="test_total">%s</testcase></testsuite>'
FAILED = JUNIT % b'<failure message="assert 3 == 4">tests/test_shop.py:7: AssertionError</failure>'
FAILING_LOG = "shop.c:3:1: error: no\nFAILED tests/test_shop.py::test_total - assert 3 == 4\n"
FLAKY = [Outcome("red", states=(), log=FAILING_LOG, junit=FAILED), Outcome("green", states=(), junit=JUNIT % b"")]

TRIGGERED: Seen = {
    "runs": [("main", 1, "failure", True, "retry"), ("main", 2, "success", True, "nothing")],
    "rows": {"Job": 2, "JobLog": 1, "LogFinding": 1, "TestResult": 2, "FlakyEvidence": 1, "Delivery": 0},
    "actions": [("trigger", "done", 1), ("retry", "done", 2)],
    "decisions": 2,
    "attempts": [],
    "open": 0,
    "triggered": ["main"],
    "retried": 1,
    "branches": [],
}
PUSHED: Seen = TRIGGERED | {
    "rows": TRIGGERED["rows"] | {"Delivery": 1},
    "actions": [("retry", "done", 2)],
    "triggered": [],
}

Point = Callable[[Stage], None]


def sql(pattern: str, *, after: bool = False) -> Point:
    """The process that executes the statement is killed."""
    return lambda stage: stage.clusters.die_at_sql(pattern, after=after)


def asked(operation: Operation, role: str, *, done: bool = False) -> Point:
    """A process of the cluster whose worker asks the server is killed, before or after the server has done it."""

    def arm(stage: Stage) -> None:
        stage.server.on_request(operation, stage.clusters.killer(role), when="after" if done else "before")

    return arm


ACTION = r'^UPDATE "ci_integrations_action" SET "state"'
# Each step of the path is cut once, and each process of a cluster killed once: it takes the worker at the step along.
POINTS = {
    "trigger: decided to send": sql(f"{ACTION}.*'sending'", after=True),
    "trigger: sent, not done, busy worker": asked("trigger", "busy"),
    "trigger: sent and done, sentinel": asked("trigger", "sentinel", done=True),
    "trigger: answer not stored": sql(f"{ACTION}.*'done'"),
    "refetch: run asked for, pusher": asked("status", "pusher"),
    "upsert: jobs not stored": sql('^INSERT INTO "ci_integrations_job"'),
    "collect: log asked for, monitor": asked("log", "monitor"),
    "collect: log half stored": sql('^INSERT .*INTO "ci_integrations_logfinding"'),
    "collect: report asked for, main": asked("file", "main"),
    "collect: results half stored": sql('^INSERT INTO "ci_integrations_testresult"', after=True),
    "settle: nobody told": sql('^UPDATE "ci_integrations_run" SET "settled_at"', after=True),
    "decide: decision not stored": sql('^INSERT INTO "fixers_triage"', after=True),
    "act: retry sent, not done, idle worker": asked("retry", "idle"),
    "act: retry sent and done, busy worker": asked("retry", "busy", done=True),
}


@pytest.fixture(autouse=True)
def flaky(ci: FakeCI) -> None:
    ci.script("ci", FLAKY)


def test_without_a_kill_a_triggered_run_is_retried_and_green(stage: Stage) -> None:
    stage.trigger(commit=SHA)
    stage.play(TRIGGERED)
    assert not stage.clusters.has_killed()


@pytest.mark.parametrize("point", POINTS)
def test_a_triggered_run_ends_right_whatever_is_killed(stage: Stage, point: str) -> None:
    POINTS[point](stage)
    stage.trigger(commit=SHA)
    stage.play(TRIGGERED)
    assert stage.clusters.has_killed()


@pytest.mark.parametrize(
    "point",
    {
        "doorbell: run asked for": asked("status", "busy"),
        "doorbell: delivery not marked": sql('^UPDATE "ci_integrations_delivery" SET "done_at"'),
    }.items(),
    ids=lambda point: point[0],
)
def test_a_pushed_run_ends_right_whatever_is_killed(stage: Stage, point: tuple[str, Point]) -> None:
    point[1](stage)
    stage.push(commit=SHA)
    stage.play(PUSHED)
    assert stage.clusters.has_killed()
