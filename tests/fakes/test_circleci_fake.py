"""The fake CircleCI does what CircleCI's documentation says."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS30Validator

from tests.corpora import corpus
from tests.fakes.circleci import (
    FakeArtifact,
    FakeCircleCI,
    FakeDefinition,
    FakeJob,
    FakeProject,
    FakeWorkflow,
    Hook,
    spec,
)
from tests.fakes.git_files import git

TOKEN = "CCIPAT_tests"
SLUG = "gh/acme/shop"
APP = "circleci/43G3lM5RtfFE7v5sa4nWAU/44n9wujWcTnVZ2b5S8Fnat"
CONFIG = """
version: 2.1
parameters:
  who: {type: string, default: world}
  only: {type: string, default: build}
jobs:
  lint:
    docker: [{image: x}]
    steps: [checkout, {run: "echo << pipeline.parameters.who >>, it is << pipeline.git.branch >>"}]
  unit:
    docker: [{image: x}]
    steps:
      - checkout
      - run: {name: Tests, command: "test -e report.xml; echo $CIRCLE_BUILD_NUM $CIRCLE_SHA1; test $FAKE_RERUN = 1"}
      - store_test_results: {path: report.xml}
      - run: {name: Cleanup, command: echo done, when: always}
      - store_artifacts: {path: report.xml, destination: reports/unit.xml}
  deploy:
    docker: [{image: x}]
    steps: [{run: echo deployed}]
  slow:
    docker: [{image: x}]
    steps: [{run: "echo one; sleep 0.4; echo two; sleep 0.4; echo three"}]
  silent:
    docker: [{image: x}]
    steps: [{run: {command: "echo once; sleep 30", no_output_timeout: 1s}}, {run: echo never}]
  endless:
    docker: [{image: x}]
    steps: [{run: "echo begun; sleep 30"}]
workflows:
  build:
    when: {equal: [build, << pipeline.parameters.only >>]}
    jobs:
      - lint
      - unit
      - hold: {type: approval, requires: [unit]}
      - deploy: {requires: [hold]}
  slow: {when: {equal: [slow, << pipeline.parameters.only >>]}, jobs: [slow]}
  silent: {when: {equal: [silent, << pipeline.parameters.only >>]}, jobs: [silent, {lint: {requires: [silent]}}]}
  endless: {when: {equal: [endless, << pipeline.parameters.only >>]}, jobs: [endless, {lint: {requires: [endless]}}]}
  release: {jobs: [{lint: {filters: {tags: {only: v1}, branches: {ignore: main}}}}]}
"""
REPORT = """<testsuite><testcase name="adds" classname="test_cart" file="test_cart.py" time="0.25"/>
<testcase name="sums" classname="test_cart" time="0.5"><failure message="boom">trace</failure></testcase>
<testcase name="later" classname="test_cart"><skipped message="no"/></testcase></testsuite>"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeCircleCI]:
    """A CircleCI that one token is good for."""
    with FakeCircleCI(tmp_path / "circleci") as made:
        made.add_token(TOKEN, "ada")
        yield made


@pytest.fixture
def shop(server: FakeCircleCI) -> FakeProject:
    """A project without code."""
    return server.add_project(SLUG)


@pytest.fixture
def code(server: FakeCircleCI, tmp_path: Path) -> FakeProject:
    """A project with code, whose pipelines really run."""
    return server.add_project(SLUG, git_dir=repository(tmp_path, CONFIG))


def repository(place: Path, config: str, message: str = "A change") -> Path:
    """A bare repository with a configuration and a test report."""
    work, bare = place / "work", place / "shop.git"
    git("init", "-q", "-b", "main", f"{work}")
    (work / ".circleci").mkdir()
    (work / ".circleci/config.yml").write_text(config)
    (work / "report.xml").write_text(REPORT)
    git("-C", f"{work}", "add", "--all")
    git("-C", f"{work}", "-c", "user.name=Ada", "-c", "user.email=a@example.com", "commit", "-q", "-m", message)
    git("-C", f"{work}", "tag", "v1")
    git("clone", "-q", "--bare", f"{work}", f"{bare}")
    return bare


def ask(server: FakeCircleCI, method: str, path: str, **more: Any) -> requests.Response:
    """Ask the API."""
    headers = {"Circle-Token": TOKEN, **more.pop("headers", {})}
    verify = f"{server.ca_file}" if server.ca_file else True
    url = f"{server.base_url}/api{path}"
    return requests.request(method, url, headers=headers, timeout=10, verify=verify, allow_redirects=False, **more)


def items(server: FakeCircleCI, path: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    token: str | None = ""
    while token is not None:
        page = ask(server, "GET", f"/v2{path}", params={"page-token": token} if token else {}).json()
        found, token = found + page["items"], page["next_page_token"]
    return found


def stdout(server: FakeCircleCI, job: FakeJob, num: int, start: int | None = None) -> requests.Response:
    """What a step says, from an offset."""
    headers = {} if start is None else {"Range": f"bytes={start}-"}
    params = {"filter[execution]": "0", "filter[step_num]": f"{num}"}
    return ask(server, "GET", f"/v3/jobs/{job.id}/stdout", params=params, headers=headers)


def run(server: FakeCircleCI, project: FakeProject, only: str) -> FakeWorkflow:
    """Start the pipeline of one workflow; gives that while it runs."""
    pipeline = server.start(project, branch="main", parameters={"only": only})
    until(lambda: pipeline.state == "created")
    return pipeline.workflows[0]


def until(fact: Callable[[], bool]) -> None:
    """Wait for a fact."""
    deadline = time.monotonic() + 10
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def taking(into: list[Hook], status: int = 200) -> Callable[[Hook], int]:
    """A receiver of webhooks that keeps them."""

    def take(hook: Hook) -> int:
        into.append(hook)
        return status

    return take


# Jobs that really run -----------------------------------------------------------------------------------------------


def test_a_pipeline_runs_what_its_configuration_says(server: FakeCircleCI, code: FakeProject) -> None:
    body = {"branch": "main", "parameters": {"who": "you"}}
    made = ask(server, "POST", "/v2/project/github/acme/shop/pipeline", json=body)
    assert (made.status_code, made.json()["state"], made.json()["number"]) == (201, "pending", 1)
    server.wait_idle()

    found = ask(server, "GET", f"/v2/pipeline/{made.json()['id']}").json()
    assert (found["state"], found["project_slug"], found["vcs"]["branch"]) == ("created", SLUG, "main")
    assert found["vcs"]["revision"] == code.pipelines[0].sha
    [workflow] = items(server, f"/pipeline/{found['id']}/workflow")
    assert (workflow["name"], workflow["status"]) == ("build", "failed")
    jobs = {job["name"]: job for job in items(server, f"/workflow/{workflow['id']}/job")}
    assert {name: job["status"] for name, job in jobs.items()} == {
        "lint": "success",
        "unit": "failed",
        "hold": "blocked",
        "deploy": "blocked",
    }
    assert "job_number" not in jobs["deploy"]
    assert jobs["deploy"]["dependencies"] == [jobs["hold"]["id"]]
    values = ask(server, "GET", f"/v2/pipeline/{found['id']}/values").json()
    assert values["pipeline.parameters.who"] == "you"
    lint = code.pipelines[0].workflows[0].job("lint")
    assert stdout(server, lint, 102).text == "you, it is main\r\n"


def test_results_and_artifacts_are_kept(server: FakeCircleCI, code: FakeProject) -> None:
    server.push(code)
    server.wait_idle()
    unit = code.pipelines[0].workflows[0].job("unit")
    results = {one["name"]: one for one in items(server, f"/project/{SLUG}/{unit.number}/tests")}
    assert {name: one["result"] for name, one in results.items()} == {
        "adds": "success",
        "sums": "failure",
        "later": "skipped",
    }
    assert (results["sums"]["message"], results["adds"]["file"]) == ("boom\ntrace", "test_cart.py")
    [artifact] = items(server, f"/project/{SLUG}/{unit.number}/artifacts")
    assert (artifact["path"], artifact["node_index"]) == ("reports/unit.xml", 0)
    assert requests.get(artifact["url"], timeout=5).text == REPORT
    assert requests.get(artifact["url"], headers={"Circle-Token": TOKEN}, timeout=5).status_code == 403
    assert [step.name for step in unit.steps][2:] == [
        "Checkout code",
        "Tests",
        "Uploading test results",
        "Cleanup",
        "Uploading artifacts",
    ]


def test_a_rerun_keeps_what_succeeded_and_an_approval_lets_it_go_on(server: FakeCircleCI, code: FakeProject) -> None:
    first = run(server, code, "build")
    server.wait_idle()
    again = ask(server, "POST", f"/v2/workflow/{first.id}/rerun", json={"from_failed": True})
    server.wait_idle()

    second = code.pipelines[0].workflows[-1]
    assert (again.status_code, again.json()) == (202, {"workflow_id": second.id})
    assert (second.id != first.id, second.name, second.status) == (True, "build", "on_hold")
    assert second.job("lint") is first.job("lint")
    assert second.job("unit").id != first.job("unit").id
    assert second.job("unit").status == "success"
    hold, deploy = second.job("hold"), second.job("deploy")
    assert (hold.status, deploy.status) == ("on_hold", "blocked")

    assert ask(server, "POST", f"/v2/workflow/{second.id}/approve/{hold.id}").status_code == 202
    server.wait_idle()
    assert (second.status, deploy.status) == ("success", "success")
    assert first.status == "failed"
    assert [kind for kind, _ in server.ledger] == ["rerun", "approve"]


def test_output_is_to_be_had_while_it_comes(server: FakeCircleCI, code: FakeProject) -> None:
    workflow = run(server, code, "slow")
    slow = workflow.job("slow")
    until(lambda: any(step.num == 101 for step in slow.steps))
    parts, size, is_terminal = [], 0, False
    while not is_terminal:
        found = stdout(server, slow, 101, size)
        assert found.status_code in {206, 416}
        parts += [found.content] if found.content else []
        size += len(found.content)
        is_terminal = found.headers.get("X-Terminal") == "true"
        time.sleep(0.02)
    server.wait_idle()
    assert b"".join(parts) == b"one\r\ntwo\r\nthree\r\n"
    assert len(parts) > 1
    assert server.served[slow.id, 0, 101, "stdout"] == size


def test_a_step_that_says_nothing_for_too_long_is_killed(server: FakeCircleCI, code: FakeProject) -> None:
    workflow = run(server, code, "silent")
    server.wait_idle()
    silent = workflow.job("silent")
    assert (workflow.status, silent.status, workflow.job("lint").status) == ("failed", "timedout", "blocked")
    build = ask(server, "GET", f"/v1.1/project/github/acme/shop/{silent.number}").json()
    assert (build["status"], build["timedout"]) == ("timedout", True)
    *_, step = build["steps"]
    [action] = step["actions"]
    assert (action["step"], action["status"], action["failed"], action["exit_code"]) == (101, "timedout", None, None)
    said = requests.get(action["output_url"], timeout=5).json()
    assert [(one["type"], one["message"]) for one in said] == [
        ("out", "once\r\n"),
        ("err", "Too long with no output (exceeded 1s): context deadline exceeded\r\n"),
    ]


def test_canceling_takes_a_moment_and_is_told_of_several_times(server: FakeCircleCI, code: FakeProject) -> None:
    server.add_hook(code, "https://example.com/hook")
    workflow = run(server, code, "endless")
    endless = workflow.job("endless")
    until(lambda: any(step.output for step in endless.steps if step.num == 101))
    canceled = ask(server, "POST", f"/v2/workflow/{workflow.id}/cancel")
    assert (canceled.status_code, workflow.status) == (202, "running")
    assert ask(server, "POST", f"/v2/workflow/{workflow.id}/rerun", json={}).status_code == 400
    server.wait_idle(5)

    assert (workflow.status, endless.status, workflow.job("lint").status) == ("canceled", "canceled", "canceled")
    told = [hook.payload for hook in server.outbox if hook.payload["type"] == "workflow-completed"]
    assert [one["workflow"]["status"] for one in told] == ["canceled"] * 3
    stops = [one["workflow"]["stopped_at"] for one in told]
    assert stops == sorted(set(stops))


def test_one_job_can_be_canceled(server: FakeCircleCI, code: FakeProject) -> None:
    workflow = run(server, code, "endless")
    endless = workflow.job("endless")
    until(lambda: endless.status == "running")
    assert ask(server, "POST", f"/v2/jobs/{endless.id}/cancel").status_code == 200
    server.wait_idle(5)
    assert (endless.status, workflow.job("lint").status, workflow.status) == ("canceled", "blocked", "canceled")


@pytest.mark.parametrize(
    ("parameters", "told"),
    [({"nobody": "x"}, "Unexpected argument(s): nobody"), ({"who": 3}, "Type error for argument who")],
)
def test_parameters_that_do_not_fit_are_found_out_afterwards(
    server: FakeCircleCI, code: FakeProject, parameters: dict[str, Any], told: str
) -> None:
    made = ask(server, "POST", f"/v2/project/{SLUG}/pipeline", json={"parameters": parameters})
    assert made.status_code == 201
    server.wait_idle()
    found = ask(server, "GET", f"/v2/pipeline/{made.json()['id']}").json()
    assert (found["state"], found["errors"][0]["type"]) == ("errored", "config")
    assert found["errors"][0]["message"].startswith(told)
    assert items(server, f"/pipeline/{found['id']}/workflow") == []


def test_a_tag_runs_only_what_is_meant_for_tags(server: FakeCircleCI, code: FakeProject) -> None:
    ask(server, "POST", f"/v2/project/{SLUG}/pipeline", json={"tag": "v1"})
    server.wait_idle()
    [pipeline] = code.pipelines
    assert [workflow.name for workflow in pipeline.workflows] == ["release"]
    assert (pipeline.tag, pipeline.branch) == ("v1", "")


@pytest.mark.parametrize("config", ["jobs: [", "version: 2.1", "jobs: {unit: {steps: [{run: true}]}}"])
def test_a_configuration_that_cannot_be_read_makes_no_workflow(
    server: FakeCircleCI, tmp_path: Path, config: str
) -> None:
    broken = server.add_project(SLUG, git_dir=repository(tmp_path, config))
    pipeline = server.push(broken)
    server.wait_idle()
    assert (pipeline.state, pipeline.workflows, pipeline.errors[0]["type"]) == ("errored", [], "config")


# By hand ------------------------------------------------------------------------------------------------------------


def test_states_move_by_hand_and_ends_are_told_of(server: FakeCircleCI, shop: FakeProject) -> None:
    hook = server.add_hook(shop, "https://example.com/hook", "secret")
    jobs = [FakeJob("unit"), FakeJob("lint"), FakeJob("deploy", requires=["unit"])]
    [workflow] = server.add_pipeline(shop, workflows={"build": jobs}).workflows
    assert [job.status for job in jobs] == ["queued", "queued", "blocked"]
    server.advance_job(jobs[0], "failed")
    assert (workflow.status, jobs[2].status) == ("failing", "blocked")
    server.advance_job(jobs[1], "success")
    assert workflow.status == "failed"

    seen: list[Hook] = []
    assert server.pump(taking(seen)) == 3
    assert [sent.payload["type"] for sent in seen] == ["job-completed", "job-completed", "workflow-completed"]
    assert {sent.payload["project"]["slug"] for sent in seen} == {"github/acme/shop"}
    signature = hmac.new(hook.secret.encode(), seen[0].body, hashlib.sha256).hexdigest()
    assert seen[0].headers["circleci-signature"] == f"v1={signature}"
    assert len({sent.payload["id"] for sent in seen}) == 3


@pytest.mark.parametrize("status", ["blocked", "not_run"])
def test_jobs_behind_one_that_failed_never_run(server: FakeCircleCI, shop: FakeProject, status: str) -> None:
    server.never_run = status
    jobs = [FakeJob("unit"), FakeJob("deploy", requires=["unit"]), FakeJob("tell", requires=["deploy"])]
    [workflow] = server.add_pipeline(shop, workflows={"build": jobs}).workflows
    server.advance_job(jobs[0], "failed")
    assert (workflow.status, [job.status for job in jobs[1:]]) == ("failed", [status, status])


def test_canceling_by_hand_takes_a_moment_too(server: FakeCircleCI, shop: FakeProject) -> None:
    server.cancel_delay = 0.6
    [workflow] = server.add_pipeline(shop).workflows
    path = f"/v2/workflow/{workflow.id}/cancel"
    assert ask(server, "POST", path).status_code == 202
    assert ask(server, "GET", f"/v2/workflow/{workflow.id}").json()["status"] == "running"
    server.wait_idle()
    canceled = ask(server, "GET", f"/v2/workflow/{workflow.id}").json()
    assert (canceled["status"], canceled["canceled_by"]) == ("canceled", server.user_id)
    assert ask(server, "POST", path).status_code == 202
    server.refuses_late_cancels = True
    assert ask(server, "POST", path).status_code == 400
    assert server.ledger == [("cancel", workflow.id)]


def test_what_was_not_taken_is_sent_again(server: FakeCircleCI, shop: FakeProject) -> None:
    server.add_hook(shop, "https://example.com/hook", events=["workflow-completed"])
    server.advance(server.add_pipeline(shop).workflows[0], "success")
    seen: list[Hook] = []
    assert [server.pump(taking(seen, status)) for status in (500, 200, 200)] == [1, 1, 0]
    assert seen[0].body == seen[1].body


def test_only_ended_workflows_are_run_again_and_not_for_ever(server: FakeCircleCI, shop: FakeProject) -> None:
    [workflow] = server.add_pipeline(shop).workflows
    path = f"/v2/workflow/{workflow.id}/rerun"
    refused = ask(server, "POST", path, json={})
    assert (refused.status_code, refused.json()) == (
        400,
        {"message": "Workflow must be in a terminal state to be rerun"},
    )
    server.advance(workflow, "success")
    assert ask(server, "POST", path, json={"from_failed": True}).status_code == 400
    assert ask(server, "POST", path, json={"from_failed": True, "jobs": [workflow.jobs[0].id]}).status_code == 400
    for _ in range(100):
        assert ask(server, "POST", path, json={}).status_code == 202
    assert ask(server, "POST", path, json={}).json() == {"message": "Rerun limit reached"}


def test_jobs_that_come_after_one_that_runs_again_do_too(server: FakeCircleCI, shop: FakeProject) -> None:
    jobs = [FakeJob("lint"), FakeJob("unit"), FakeJob("deploy", requires=["unit"])]
    [workflow] = server.add_pipeline(shop, workflows={"build": jobs}).workflows
    server.advance(workflow, "success")
    ask(server, "POST", f"/v2/workflow/{workflow.id}/rerun", json={"jobs": [jobs[1].id]})
    newest = shop.pipelines[0].newest[0]
    assert [(job.name, job in jobs) for job in newest.jobs] == [("lint", True), ("unit", False), ("deploy", False)]
    unit = ask(server, "GET", f"/v2/project/{SLUG}/job/{jobs[0].number}").json()
    assert unit["latest_workflow"]["id"] == newest.id


def test_lists_have_pages(server: FakeCircleCI, shop: FakeProject) -> None:
    for _ in range(25):
        server.add_pipeline(shop, workflows={})
    first = ask(server, "GET", f"/v2/project/{SLUG}/pipeline").json()
    assert (len(first["items"]), first["items"][0]["number"]) == (20, 25)
    assert [one["number"] for one in items(server, f"/project/{SLUG}/pipeline")] == list(range(25, 0, -1))
    wrong = ask(server, "GET", f"/v2/project/{SLUG}/pipeline", params={"page-token": "nonsense"})
    assert wrong.status_code == 400


# Projects of the GitHub App -----------------------------------------------------------------------------------------


def test_projects_of_the_app_are_triggered_by_definition(server: FakeCircleCI) -> None:
    app = server.add_project(APP, name="shop", organization="acme")
    app.definitions.append(FakeDefinition("nightly"))
    listed = ask(server, "GET", f"/v2/projects/{app.id}/pipeline-definitions").json()["items"]
    assert [one["name"] for one in listed] == ["build-and-test", "nightly"]
    assert ask(server, "POST", f"/v2/project/{APP}/pipeline", json={"branch": "main"}).status_code == 400
    body = {"definition_id": listed[1]["id"], "config": {"branch": "main"}, "checkout": {"branch": "topic"}}
    made = ask(server, "POST", f"/v2/project/{APP}/pipeline/run", json=body)
    assert made.status_code == 201
    found = ask(server, "GET", f"/v2/pipeline/{made.json()['id']}").json()
    assert "vcs" not in found
    assert found["trigger_parameters"]["git"]["branch"] == "topic"
    encoded = APP.replace("/", "%2F")
    assert ask(server, "POST", f"/v2/project/{encoded}/pipeline/run", json=body).status_code == 404
    assert ask(server, "GET", f"/v2/project/{encoded}").status_code == 200
    assert ask(server, "POST", f"/v2/project/{APP}/pipeline/run", json=body | {"more": 1}).status_code == 400
    assert len(app.pipelines) == 1


def test_a_commit_that_says_so_is_skipped(server: FakeCircleCI, tmp_path: Path) -> None:
    app = server.add_project(APP, git_dir=repository(tmp_path, CONFIG, "Docs [ci skip]"))
    body = {"definition_id": app.definitions[0].id, "config": {"branch": "main"}, "checkout": {"branch": "main"}}
    skipped = ask(server, "POST", f"/v2/project/{APP}/pipeline/run", json=body)
    assert (skipped.status_code, list(skipped.json())) == (200, ["message"])
    assert (app.pipelines, server.ledger) == ([], [])


# Output -------------------------------------------------------------------------------------------------------------


def test_output_by_range(server: FakeCircleCI, shop: FakeProject) -> None:
    [job] = server.add_pipeline(shop).workflows[0].jobs
    server.advance_job(job, "running")
    step = server.add_step(job, "Tests", command="pytest")
    server.write(step, b"0123456789")
    whole, part, end = stdout(server, job, 101), stdout(server, job, 101, 4), stdout(server, job, 101, 10)
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"456789", "bytes 4-9/10")
    assert (end.status_code, end.content, "X-Terminal" in end.headers) == (416, b"", False)
    assert server.served[job.id, 0, 101, "stdout"] == 16
    assert stdout(server, job, 102).status_code == 404
    [action] = ask(server, "GET", f"/v1.1/project/github/acme/shop/{job.number}").json()["steps"][0]["actions"]
    assert (action["status"], action["has_output"], "output_url" in action) == ("running", True, False)
    server.end_step(step, "failed", exit_code=2)
    assert stdout(server, job, 101, 10).headers["X-Terminal"] == "true"
    server.serves_ranges = False
    assert stdout(server, job, 101, 4).status_code == 200


def test_version_3_may_be_absent_and_speaks_in_its_own_way(server: FakeCircleCI, shop: FakeProject) -> None:
    [workflow] = server.add_pipeline(shop).workflows
    [job] = workflow.jobs
    told = ask(server, "GET", f"/v3/jobs/{job.id}").json()["data"]
    assert (told["id"], told["attributes"]["phase"], told["attributes"]["started_at"]) == (job.id, "queued", None)
    listed = ask(server, "GET", "/v3/jobs", params={"filter[workflow_id]": workflow.id}).json()["data"]
    assert [(one["attributes"]["phase"], one["attributes"]["started_at"]) for one in listed] == [("started", None)]
    server.advance(workflow, "success")
    assert ask(server, "GET", f"/v3/jobs/{job.id}").json()["data"]["attributes"]["outcome"] == "succeeded"
    unknown = ask(server, "GET", "/v3/jobs/00000000-0000-4000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["error"]["title"]) == (404, "Not Found")
    server.has_v3 = False
    assert ask(server, "GET", f"/v3/jobs/{job.id}").status_code == 404


def test_artifacts_may_be_at_home_and_expire(server: FakeCircleCI, shop: FakeProject) -> None:
    [workflow] = server.add_pipeline(shop).workflows
    [job] = workflow.jobs
    server.advance(workflow, "success")
    job.artifacts.append(FakeArtifact("a.txt", b"data"))
    server.artifacts_at_home = True
    [artifact] = items(server, f"/project/{SLUG}/{job.number}/artifacts")
    assert requests.get(artifact["url"], timeout=5).status_code == 401
    moved = ask(server, "GET", artifact["url"].removeprefix(f"{server.base_url}/api"))
    assert moved.status_code == 302
    assert requests.get(moved.headers["Location"], timeout=5).content == b"data"
    server.artifacts_at_home, job.artifacts[0].expired = False, True
    [artifact] = items(server, f"/project/{SLUG}/{job.number}/artifacts")
    assert requests.get(artifact["url"], timeout=5).status_code == 404


# Access, limits, faults ---------------------------------------------------------------------------------------------


def test_who_may_ask(server: FakeCircleCI, shop: FakeProject) -> None:
    server.add_token("project", "bot", kind="project")
    server.add_token("other", "eve", projects={"gh/acme/other"})
    [job] = server.add_pipeline(shop).workflows[0].jobs

    def status(token: str, path: str) -> int:
        return ask(server, "GET", path, headers={"Circle-Token": token}).status_code

    assert status(TOKEN, "/v2/me") == 200
    assert status("", "/v2/me") == 401
    assert status("wrong", "/v2/me") == 401
    assert status("project", "/v2/me") == 401
    assert status("project", f"/v2/project/{SLUG}") == 404
    assert status("project", f"/v1.1/project/{SLUG}/{job.number}") == 200
    assert status("other", f"/v2/project/{SLUG}") == 404
    assert status("other", f"/v2/pipeline/{shop.pipelines[0].id}") == 404
    by_query = ask(server, "GET", "/v2/me", headers={"Circle-Token": ""}, params={"circle-token": TOKEN})
    assert (by_query.status_code, "deprecated" in by_query.json()["message"]) == (401, True)
    assert requests.get(f"{server.base_url}/api/v2/me", auth=(TOKEN, ""), timeout=5).status_code == 200
    server.revoke(TOKEN)
    assert status(TOKEN, "/v2/me") == 401


def test_whoever_asks_too_often_has_to_wait(server: FakeCircleCI) -> None:
    server.budget = 1
    assert ask(server, "GET", "/v2/me").headers["RateLimit-Remaining"] == "0"
    limited = ask(server, "GET", "/v2/me")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    server.retry_as_date = True
    assert ask(server, "GET", "/v2/me").headers["Retry-After"].endswith("GMT")


def test_faults(server: FakeCircleCI, shop: FakeProject) -> None:
    path = f"/v2/project/{SLUG}/pipeline"
    server.fail_next("POST", "/pipeline", status=502, after_effect=True)
    assert ask(server, "POST", path, json={}).status_code == 502
    assert len(shop.pipelines) == 1
    server.fail_next("POST", "/pipeline", drop=True)
    with pytest.raises(requests.ConnectionError):
        ask(server, "POST", path, json={})
    assert len(shop.pipelines) == 1
    server.fail_next("POST", "/pipeline", status=301, headers={"Location": "https://example.com"})
    assert ask(server, "POST", path, json={}).headers["Location"] == "https://example.com"
    server.fail_next("GET", "/v2/me", truncate=True)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(server, "GET", "/v2/me")
    assert server.count("POST", "/pipeline$") == 3


def test_tls_is_trusted_by_whom_was_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with FakeCircleCI(tmp_path / "circleci", has_tls=True) as server:
        server.add_token(TOKEN, "ada")
        assert ask(server, "GET", "/v2/me").status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{server.base_url}/api/v2/me", timeout=5)


def test_webhooks_of_a_project(server: FakeCircleCI, shop: FakeProject) -> None:
    body = {
        "name": "ours",
        "events": ["workflow-completed"],
        "url": "https://example.com/hook",
        "verify-tls": True,
        "signing-secret": "very-secret",
        "scope": {"id": shop.id, "type": "project"},
    }
    made = ask(server, "POST", "/v2/webhook", json=body)
    assert (made.status_code, made.json()["signing-secret"]) == (201, "****cret")
    changed = ask(server, "PUT", f"/v2/webhook/{made.json()['id']}", json={"url": "https://example.org/hook"})
    assert (changed.status_code, server.hooks[0].url, server.hooks[0].secret) == (
        200,
        "https://example.org/hook",
        "very-secret",
    )
    assert ask(server, "POST", "/v2/webhook", json=body | {"url": "http://example.com"}).status_code == 400
    statuses = [ask(server, "POST", "/v2/webhook", json=body).status_code for _ in range(5)]
    assert statuses == [201, 201, 201, 201, 400]
    scope = {"scope-id": shop.id, "scope-type": "project"}
    assert len(ask(server, "GET", "/v2/webhook", params=scope).json()["items"]) == 5
    assert ask(server, "DELETE", f"/v2/webhook/{made.json()['id']}").status_code == 200
    assert len(server.hooks) == 4


# The official description -------------------------------------------------------------------------------------------


DESCRIBED = (
    "/api/v2/me",
    "/api/v2/project/{vcs}/{org}/{repo}",
    "/api/v2/project/{vcs}/{org}/{repo}/pipeline",
    "/api/v2/project/{vcs}/{org}/{repo}/job/{job-number}",
    "/api/v2/project/{vcs}/{org}/{repo}/{job-number}/tests",
    "/api/v2/project/{vcs}/{org}/{repo}/{job-number}/artifacts",
    "/api/v2/pipeline/{pipeline-id}",
    "/api/v2/pipeline/{pipeline-id}/values",
    "/api/v2/pipeline/{pipeline-id}/workflow",
    "/api/v2/workflow/{id}",
    "/api/v2/workflow/{id}/job",
    "/api/v2/projects/{project_id}/pipeline-definitions",
    "/api/v1.1/project/{vcs-type}/{username}/{project}/{build_num}",
)


@pytest.mark.parametrize("slug", [SLUG, APP])
@pytest.mark.parametrize("path", DESCRIBED)
def test_answers_are_as_described(server: FakeCircleCI, slug: str, path: str) -> None:
    project = server.add_project(slug)
    [workflow] = server.add_pipeline(project).workflows
    [job] = workflow.jobs
    step = server.add_step(job, "Tests", command="pytest")
    server.write(step, b"...")
    server.advance(workflow, "success")
    job.tests.append(dict.fromkeys(("name", "classname", "file", "result", "message", "source"), "x") | {"run_time": 1})
    job.artifacts.append(FakeArtifact("a.txt", b"data"))
    provider, owner, name = slug.split("/")
    place = {"vcs": provider, "org": owner, "repo": name, "vcs-type": provider, "username": owner, "project": name}
    ids = {"pipeline-id": workflow.pipeline.id, "id": workflow.id, "project_id": project.id}
    numbers = {"job-number": job.number, "build_num": job.number}
    address = path
    for key, value in (place | ids | numbers).items():
        address = address.replace(f"{{{key}}}", f"{value}")
    assert _against(path, ask(server, "GET", address.removeprefix("/api"))) == []
    assert spec.problems(server.requests) == []


def test_webhooks_are_as_described(server: FakeCircleCI, shop: FakeProject) -> None:
    server.add_hook(shop, "https://example.com/hook")
    listed = ask(server, "GET", "/v2/webhook", params={"scope-id": shop.id, "scope-type": "project"})
    assert _against("/api/v2/webhook", listed) == []
    assert spec.problems(server.requests) == []


def _against(path: str, answer: requests.Response) -> list[str]:
    content: dict[str, Any] = json.loads(corpus("specs", "circleci.json").read_text())
    said = content["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = _plain({**said, "components": content["components"]})
    return [error.message for error in OAS30Validator(schema).iter_errors(answer.json())]


def _plain(part: Any) -> Any:
    """The schema with `nullable` for `x-nullable`, which validators do not know."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {"nullable" if key == "x-nullable" else key: _plain(value) for key, value in part.items()}


def test_events_are_as_recorded(server: FakeCircleCI, shop: FakeProject) -> None:
    app = server.add_project(APP, name="shop", organization="acme")
    kinds = {shop.slug: "github-oauth-and-bitbucket-cloud", app.slug: "gitlab-github-app-and-bitbucket-data-center"}
    for project in (shop, app):
        server.add_hook(project, "https://example.com/hook")
        server.advance(server.add_pipeline(project).workflows[0], "success")
        for hook in server.outbox:
            name = f"{hook.payload['type']}-for-{kinds[project.slug]}.json"
            recorded = json.loads(corpus("webhooks", "circleci", name).read_text())
            # The recorded event of a job in a project of the App says nothing of the workflow; real ones do.
            assert set(hook.payload) - {"workflow"} == set(recorded) - {"workflow"}
            for part in ("workflow", "pipeline", "project", "organization", "webhook"):
                assert set(recorded.get(part, hook.payload[part])) == set(hook.payload[part]), (name, part)
            assert set(recorded.get("job", {})) == set(hook.payload.get("job", {}))
        server.outbox.clear()


def test_requests_that_are_not_described_are_found(server: FakeCircleCI, shop: FakeProject) -> None:
    ask(server, "POST", f"/v2/project/{SLUG}/pipeline", json={"branch": 7})
    ask(server, "GET", "/v2/nothing")
    ask(server, "GET", "/v3/nothing")
    [wrong, unknown] = spec.problems(server.requests)
    assert "is not of type 'string'" in wrong
    assert "Path not found" in unknown
