"""The fake GitLab does what GitLab's documentation says."""

import gzip
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS31Validator
from standardwebhooks import Webhook

from tests.corpora import corpus
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject, Hook
from tests.fakes.zips import archive_of

TOKEN = "glpat-tests"
KEY = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="
CONFIG = """
spec:
  inputs:
    level: {type: number, default: 1}
---
stages: [build, test, deploy]
variables: {GREETING: "hello $CI_PROJECT_PATH"}
build:
  stage: build
  script:
    - echo "$GREETING $PRICE level $[[ inputs.level ]]"
    - mkdir out; printf '\\xff' > out/raw
  variables: {PRICE: "$5"}
  artifacts: {paths: [out/], expire_in: 1 week}
unit:
  stage: test
  before_script: [cp report.xml out/]
  script:
    - ls out
    - printf 'TOTAL 1.5%%\\nTOTAL 83.5%%\\n'
    - test "$CI_JOB_RETRY_NUMBER" = 1
    - echo passed
  after_script: [echo "was $CI_JOB_STATUS"]
  coverage: '/TOTAL (\\d+\\.\\d+)%/'
  artifacts: {reports: {junit: report.xml}}
lint:
  stage: test
  needs: []
  script: [exit 3]
  allow_failure: true
children:
  stage: test
  trigger: {include: child.yml, strategy: depend}
deploy:
  stage: deploy
  when: manual
  script: [echo deployed]
review:
  stage: deploy
  script: [echo "of $CI_MERGE_REQUEST_IID"]
  rules:
    - if: '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_COMMIT_REF_NAME =~ /^topic/'
"""
CHILD = "inner:\n  script: [echo inside]\n"
REPORT = """<testsuite><testcase classname="a.B" name="works" time="0.5"/>
<testcase classname="a.B" name="breaks" file="b.py"><failure message="no">boom</failure></testcase></testsuite>"""
FILES = {".gitlab-ci.yml": CONFIG, "child.yml": CHILD, "report.xml": REPORT}


class Client:
    """Asks the fake as somebody."""

    def __init__(self, server: FakeGitLab, token: str = TOKEN, project: str = "acme%2Fshop") -> None:
        self.root = f"{server.base_url}/api/v4"
        self.base = f"{self.root}/projects/{project}"
        self.headers = {"PRIVATE-TOKEN": token}

    def get(self, path: str, **more: Any) -> requests.Response:
        """Of the project."""
        return requests.get(f"{self.base}{path}", headers=self.headers | more.pop("headers", {}), timeout=10, **more)

    def send(self, method: str, path: str, wish: Any = None) -> requests.Response:
        """A write to the project."""
        return requests.request(method, f"{self.base}{path}", headers=self.headers, json=wish, timeout=10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeGitLab]:
    """A GitLab below a path."""
    with FakeGitLab(tmp_path / "gitlab", prefix="/gitlab") as made:
        made.add_token(TOKEN, "ada")
        yield made


@pytest.fixture
def shop(server: FakeGitLab) -> FakeProject:
    """A project without code."""
    made = server.add_project("acme/shop")
    made.members["ada"] = 40
    return made


@pytest.fixture
def real(server: FakeGitLab) -> FakeProject:
    """A project whose pipelines run."""
    made = server.add_project("acme/shop", FILES)
    made.members["ada"] = 40
    return made


@pytest.fixture
def api(server: FakeGitLab) -> Client:
    """Asks as ada."""
    return Client(server)


def names(pipeline: FakePipeline) -> dict[str, str]:
    """The statuses of its newest jobs."""
    return {job.name: job.status for job in pipeline.latest}


def job_of(pipeline: FakePipeline, name: str) -> FakeJob:
    """Its newest job of a name."""
    return next(job for job in pipeline.latest if job.name == name)


def pumped(server: FakeGitLab, status: int = 200) -> list[Hook]:
    """What was in the outbox."""
    seen: list[Hook] = []

    def post(hook: Hook) -> int:
        seen.append(hook)
        return status

    server.pump(post)
    return seen


def eventually(what: Any, seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


# Pipelines that really run ------------------------------------------------------------------------------------------


def test_a_push_runs_the_jobs_and_a_retry_runs_the_broken_ones_in_the_same_pipeline(
    server: FakeGitLab, real: FakeProject, api: Client
) -> None:
    """Stages, needs, trigger jobs, manual jobs, and what a retry changes."""
    server.add_hook(real, "http://hooks/", token="t", signing_token=KEY)
    sha = server.commit(real, {"more": "x"})
    server.wait_idle()
    pipeline, child = real.pipelines.values()
    assert (pipeline.status, pipeline.source, pipeline.sha) == ("failed", "push", sha)
    assert names(pipeline) == {
        "build": "success", "unit": "failed", "lint": "failed", "children": "success", "deploy": "skipped",
    }  # fmt: skip
    assert (child.source, child.status) == ("parent_pipeline", "success")
    first = job_of(pipeline, "unit")
    assert (first.failure_reason, first.coverage) == ("script_failure", 83.5)

    answer = api.send("POST", f"/pipelines/{pipeline.id}/retry")
    assert (answer.status_code, answer.json()["id"]) == (201, pipeline.id)
    server.wait_idle()
    assert pipeline.status == "success"
    assert names(pipeline)["deploy"] == "manual"
    assert job_of(pipeline, "unit").id != first.id
    assert first.id not in {job["id"] for job in api.get(f"/pipelines/{pipeline.id}/jobs").json()}
    assert first.id in {job["id"] for job in api.get(f"/pipelines/{pipeline.id}/jobs?include_retried=true").json()}
    assert api.get(f"/pipelines/{pipeline.id}").json()["detailed_status"]["label"] == "passed with warnings"

    played = api.send("POST", f"/jobs/{job_of(pipeline, 'deploy').id}/play")
    assert played.status_code == 200
    assert "Unplayable Job" in api.send("POST", f"/jobs/{job_of(pipeline, 'build').id}/play").text
    server.wait_idle()
    assert job_of(pipeline, "deploy").log().endswith(b"Job succeeded\x1b[0;m\n")
    told = [hook.name for hook in pumped(server)]
    assert told[0] == "push"
    assert [name for name in told if name.startswith("pipeline")][-1] == "pipeline.success"
    assert "build.failed" in told


def test_logs_are_what_a_runner_writes(server: FakeGitLab, real: FakeProject, api: Client) -> None:
    """Sections, commands, what the script said byte for byte, and how it ended."""
    server.commit(real, {"more": "x"})
    server.wait_idle()
    pipeline = next(iter(real.pipelines.values()))
    build = api.get(f"/jobs/{job_of(pipeline, 'build').id}/trace").content
    assert build.startswith(b"\x1b[0KRunning with gitlab-runner")
    assert b'\x1b[32;1m$ echo "$GREETING $PRICE level 1"\x1b[0;m\nhello acme/shop $5 level 1\n' in build
    unit = api.get(f"/jobs/{job_of(pipeline, 'unit').id}/trace").content
    assert b"section_start:" in unit
    assert b":step_script\r\x1b[0K" in unit
    assert b"raw\nreport.xml\n" in unit
    assert b"\npassed\n" not in unit
    assert b"was failed\n" in unit
    assert unit.endswith(b"\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m")
    lint = job_of(pipeline, "lint")
    assert b"exit code 3" in lint.log()
    assert server.trace_bytes[job_of(pipeline, "unit").id] == len(unit)


def test_logs_grow_while_the_job_runs(server: FakeGitLab, api: Client) -> None:
    """Line by line, also of lines that come together."""
    slow = "slow: {script: ['echo one; echo two; sleep 1.5; echo three']}"
    project = server.add_project("acme/shop", {".gitlab-ci.yml": slow})
    project.members["ada"] = 40
    assert api.send("POST", "/pipeline", {"ref": "main"}).status_code == 201
    job = next(iter(project.pipelines.values())).jobs[0]
    eventually(lambda: b"\ntwo\n" in api.get(f"/jobs/{job.id}/trace").content)
    assert job.status == "running"
    assert b"\nthree\n" not in job.log()
    server.wait_idle()
    assert b"\nthree\n" in job.log()


def test_a_canceled_job_is_canceling_until_its_after_script_has_run(server: FakeGitLab, api: Client) -> None:
    """And what waited for it is canceled at once."""
    config = "a: {stage: build, script: [sleep 50], after_script: [sleep 0.3; echo bye]}\nb: {script: [echo b]}"
    project = server.add_project("acme/shop", {".gitlab-ci.yml": config})
    project.members["ada"] = 40
    api.send("POST", "/pipeline", {"ref": "main"})
    pipeline = next(iter(project.pipelines.values()))
    eventually(lambda: b"$ sleep 50" in pipeline.jobs[0].log())
    answer = api.send("POST", f"/pipelines/{pipeline.id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceling")
    assert names(pipeline) == {"a": "canceling", "b": "canceled"}
    server.wait_idle()
    assert (pipeline.status, names(pipeline)["a"]) == ("canceled", "canceled")
    assert b"\nbye\n" in pipeline.jobs[0].log()
    assert api.send("POST", f"/pipelines/{pipeline.id}/cancel").status_code == 200


def test_a_job_may_take_only_so_long(server: FakeGitLab, api: Client) -> None:
    """The reason tells it."""
    project = server.add_project("acme/shop", {".gitlab-ci.yml": "a: {script: [sleep 50], timeout: 1 second}"})
    project.members["ada"] = 40
    api.send("POST", "/pipeline", {"ref": "main"})
    server.wait_idle()
    job = next(iter(project.pipelines.values())).jobs[0]
    assert (job.status, job.failure_reason) == ("failed", "job_execution_timeout")


def test_reports_and_artifacts(server: FakeGitLab, real: FakeProject, api: Client) -> None:
    """The archive, its files until they expire, and what the tests said."""
    server.commit(real, {"more": "x"})
    server.wait_idle()
    pipeline = next(iter(real.pipelines.values()))
    build, unit = job_of(pipeline, "build"), job_of(pipeline, "unit")
    told = api.get(f"/jobs/{build.id}").json()
    assert {one["file_type"] for one in told["artifacts"]} == {"archive", "trace"}
    assert api.get(f"/jobs/{build.id}/artifacts").content[:2] == b"PK"
    assert api.get(f"/jobs/{build.id}/artifacts/out/raw").content == b"\xff"
    assert api.get(f"/jobs/{build.id}/artifacts/../x").status_code in {400, 404}
    assert {one["file_type"] for one in api.get(f"/jobs/{unit.id}").json()["artifacts"]} == {"junit", "trace"}
    assert api.get(f"/jobs/{unit.id}/artifacts?file_type=junit").status_code == 404
    server.serves_reports = True
    assert gzip.decompress(api.get(f"/jobs/{unit.id}/artifacts?file_type=junit").content) == REPORT.encode()
    assert api.get(f"/jobs/{unit.id}/artifacts?file_type=trace").status_code == 400
    assert api.get(f"/jobs/{unit.id}/artifacts").status_code == 404

    report = api.get(f"/pipelines/{pipeline.id}/test_report").json()
    assert (report["total_count"], report["success_count"], report["failed_count"]) == (2, 1, 1)
    case = report["test_suites"][0]["test_cases"][1]
    assert (case["name"], case["status"], case["system_output"], case["file"]) == ("breaks", "failed", "boom", "b.py")
    summary = api.get(f"/pipelines/{pipeline.id}/test_report_summary").json()
    assert summary["test_suites"][0]["build_ids"] == [unit.id]
    unit.reports = [REPORT.encode(), b"<testsuite>"]
    suite = api.get(f"/pipelines/{pipeline.id}/test_report_summary").json()["test_suites"][0]
    assert suite["suite_error"].startswith("JUnit XML parsing failed")
    assert suite["total_count"] == 0

    start = server.now()
    server.now = lambda: start + timedelta(days=8)
    assert api.get(f"/jobs/{build.id}/artifacts").status_code == 404


def test_a_configuration_that_cannot_be_read(server: FakeGitLab, api: Client) -> None:
    """A push leaves a failed pipeline without jobs, the API none."""
    project = server.add_project("acme/shop", {".gitlab-ci.yml": "a: {script: [echo], stage: nowhere}"})
    project.members["ada"] = 30
    server.commit(project, {"more": "x"})
    told = api.get("/pipelines").json()[0]
    full = api.get(f"/pipelines/{told['id']}").json()
    assert full["status"] == "failed"
    assert "chosen stage nowhere does not exist" in full["yaml_errors"]
    assert api.get(f"/pipelines/{told['id']}/jobs").json() == []
    refused = api.send("POST", "/pipeline", {"ref": "main"})
    assert refused.status_code == 400
    assert "nowhere" in refused.json()["message"]["base"][0]
    assert len(project.pipelines) == 1


def test_merge_requests_start_the_pipelines_that_the_rules_ask_for(
    server: FakeGitLab, real: FakeProject, api: Client
) -> None:
    """When they are opened, when commits come, and when somebody asks."""
    server.add_hook(real, "http://hooks/")
    server.commit(real, {"x": "1"}, branch="topic", quiet=True)
    wish = {"source_branch": "topic", "target_branch": "main", "title": "Mend"}
    made = api.send("POST", "/merge_requests", wish)
    assert made.status_code == 201
    again = api.send("POST", "/merge_requests", wish)
    assert (again.status_code, "!1" in again.json()["message"][0]) == (409, True)
    assert [job.name for job in next(iter(real.pipelines.values())).jobs] == ["review"]
    sha = server.commit(real, {"x": "2"}, branch="topic")
    assert api.send("POST", "/merge_requests/1/pipelines").status_code == 201
    server.wait_idle()
    of_request = [line for line in real.pipelines.values() if line.source == "merge_request_event"]
    assert [(line.ref, line.status) for line in of_request] == [("refs/merge-requests/1/head", "success")] * 3
    assert api.get("/merge_requests/1").json()["sha"] == sha
    assert [one["iid"] for one in api.get(f"/repository/commits/{sha}/merge_requests").json()] == [1]
    told = [hook for hook in pumped(server) if hook.event == "Merge Request Hook"]
    assert [hook.payload["object_attributes"]["action"] for hook in told] == ["open", "update"]


def test_git_over_http(server: FakeGitLab, real: FakeProject, tmp_path: Path) -> None:
    """A push needs the right; it starts a pipeline."""
    url = f"{server.base_url}/acme/shop.git".replace("://", f"://oauth2:{TOKEN}@")
    place = tmp_path / "clone"

    def git(*args: str) -> int:
        return subprocess.run(["git", *args], check=False, capture_output=True).returncode

    assert git("clone", "-q", url, f"{place}") == 0
    author = ("-c", "user.name=Bot", "-c", "user.email=b@example.com")
    assert git("-C", f"{place}", *author, "commit", "-q", "--allow-empty", "-m", "Mend") == 0
    real.members["ada"] = 20
    assert git("-C", f"{place}", "push", "-q", "origin", "HEAD:mend") != 0
    real.members["ada"] = 30
    assert git("-C", f"{place}", "push", "-q", "origin", "HEAD:mend") == 0
    assert ("push", "mend") in server.ledger
    assert [line.ref for line in real.pipelines.values() if line.parent is None] == ["mend"]
    assert git("clone", "-q", f"{server.base_url}/acme/shop.git", f"{tmp_path / 'other'}") != 0


# Pipelines that are moved by hand -----------------------------------------------------------------------------------


def test_a_job_that_is_retried_gets_another_number(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Once it has ended, and only the newest."""
    pipeline = server.add_pipeline(shop, status="running", jobs=[FakeJob("unit"), FakeJob("docs", allow_failure=True)])
    unit, docs = pipeline.jobs
    refused = api.send("POST", f"/jobs/{unit.id}/retry")
    assert (refused.status_code, refused.json()["message"]) == (403, "403 Forbidden - Job is not retryable")
    server.advance_job(docs, "failed")
    server.advance_job(unit, "success")
    assert pipeline.status == "success"
    fresh = api.send("POST", f"/jobs/{unit.id}/retry")
    assert (fresh.status_code, fresh.json()["name"]) == (201, "unit")
    assert pipeline.status == "pending"
    assert api.send("POST", f"/jobs/{unit.id}/retry").status_code == 403
    assert api.get(f"/jobs/{unit.id}").json()["status"] == "success"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), "created"),
        (("success", "success"), "success"),
        (("success", "failed"), "failed"),
        (("success", "failed?"), "success"),
        (("success", "manual?"), "success"),
        (("success", "manual"), "manual"),
        (("success", "created"), "running"),
        (("pending", "created"), "pending"),
        (("canceled", "success"), "canceled"),
        (("canceling", "canceled"), "canceling"),
        (("skipped", "skipped"), "skipped"),
        (("failed", "running"), "running"),
    ],
)
def test_the_status_of_a_pipeline(
    server: FakeGitLab, shop: FakeProject, statuses: tuple[str, ...], expected: str
) -> None:
    """Out of those of its jobs; `?` marks one that may fail."""
    jobs = [FakeJob(f"{at}", allow_failure=one.endswith("?")) for at, one in enumerate(statuses)]
    pipeline = server.add_pipeline(shop, jobs=jobs)
    for job, status in zip(jobs, statuses, strict=True):
        server.advance_job(job, status.rstrip("?"))
    assert pipeline.status == expected


def test_lists_are_filtered_and_paged(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Child pipelines only where they are asked for; the links say what the server believes its name to be."""
    server.external_url = "https://gitlab.example.com/gitlab"
    lines = [server.add_pipeline(shop, sha=f"{number}" * 40, status="success") for number in range(3)]
    server.add_pipeline(shop, source="parent_pipeline", parent=(lines[0], FakeJob("b", kind="bridge")))
    first = api.get("/pipelines?per_page=2&order_by=id")
    assert [one["id"] for one in first.json()] == [lines[2].id, lines[1].id]
    assert first.headers["X-Next-Page"] == "2"
    assert first.links["next"]["url"].startswith("https://gitlab.example.com/gitlab/api/v4/projects/acme%2Fshop/")
    assert [one["id"] for one in api.get("/pipelines?per_page=2&page=2").json()] == [lines[0].id]
    assert len(api.get("/pipelines?source=parent_pipeline").json()) == 1
    assert [one["id"] for one in api.get(f"/pipelines?sha={'1' * 40}").json()] == [lines[1].id]
    after = (server.now() + timedelta(minutes=1)).isoformat()
    assert api.get("/pipelines", params={"updated_after": after}).json() == []
    assert api.get("/pipelines/latest").status_code == 403


def test_ranges_and_etags(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """By switch; bytes are counted as they are sent."""
    job = server.add_pipeline(shop).jobs[0]
    server.append_trace(job, b"0123456789")
    path = f"/jobs/{job.id}/trace"
    whole = api.get(path, headers={"Range": "bytes=4-"})
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert api.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    server.serves_ranges = True
    part = api.get(path, headers={"Range": "bytes=4-"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"456789", "bytes 4-9/10")
    assert api.get(path, headers={"Range": "bytes=10-"}).status_code == 416
    assert server.trace_bytes[job.id] == 16
    server.sends_etags = False
    assert "ETag" not in api.get(path).headers


def test_starting_a_pipeline(server: FakeGitLab, real: FakeProject, api: Client) -> None:
    """With variables, with typed inputs, by a trigger token; and what is refused."""
    wish = {"ref": "main", "variables": [{"key": "GREETING", "value": "moin"}], "inputs": {"level": 3}}
    made = api.send("POST", "/pipeline", wish).json()
    server.wait_idle()
    assert b"moin $5 level 3\n" in job_of(real.pipelines[made["id"]], "build").log()
    assert api.get(f"/pipelines/{made['id']}/variables").json()[0]["value"] == "moin"
    wrong = api.send("POST", "/pipeline", {"ref": "main", "inputs": {"level": "3"}})
    assert wrong.json()["message"]["base"] == ["`level` input: provided value is not a number"]
    assert "Reference not found" in api.send("POST", "/pipeline", {"ref": "gone"}).text
    server.refuses_variables = True
    refused = api.send("POST", "/pipeline", wish)
    assert (refused.status_code, "Insufficient permissions to set pipeline variables" in refused.text) == (400, True)
    real.trigger_tokens.add("glptt-x")
    url = f"{api.base}/trigger/pipeline"
    server.refuses_variables = False
    told = requests.post(url, data={"token": "glptt-x", "ref": "main", "variables[GREETING]": "hej"}, timeout=10)
    assert (told.status_code, told.json()["source"]) == (201, "trigger")
    assert real.pipelines[told.json()["id"]].variables == {"GREETING": "hej"}
    assert requests.post(url, data={"token": "wrong", "ref": "main"}, timeout=10).status_code == 404


def test_statuses_of_commits(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """In the newest pipeline of the commit; one that has ended is not changed but replaced."""
    pipeline = server.add_pipeline(shop, status="success")
    path = f"/statuses/{pipeline.sha}"
    assert api.send("POST", path, {"state": "pending", "name": "ours"}).status_code == 201
    assert pipeline.status == "running"
    again = api.send("POST", path, {"state": "pending", "name": "ours"})
    assert again.status_code == 400
    assert again.json()["message"].startswith("Cannot transition status via :enqueue from :pending")
    assert api.send("POST", path, {"state": "success", "name": "ours"}).status_code == 201
    assert pipeline.status == "success"
    ended = api.get(f"/repository/commits/{pipeline.sha}/statuses?name=ours").json()
    api.send("POST", path, {"state": "success", "name": "ours"})
    replaced = api.get(f"/repository/commits/{pipeline.sha}/statuses?name=ours").json()
    assert (len(ended), len(replaced), ended[0]["id"] == replaced[0]["id"]) == (1, 1, False)

    shop.branches["topic"] = "b" * 40
    told = api.send("POST", f"/statuses/{'b' * 40}", {"state": "failed", "name": "ours"}).json()
    external = shop.pipelines[told["pipeline_id"]]
    assert (external.source, external.status, external.ref) == ("external", "failed", "topic")
    assert api.send("POST", f"/statuses/{'c' * 40}", {"state": "failed"}).status_code == 404


# Access -------------------------------------------------------------------------------------------------------------


def test_tokens(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Scopes, revocation, expiry, and what a token says of itself."""
    reader = Client(server, server.add_token("r", "ada", scopes=("read_api",)).value)
    assert reader.get("/pipelines").status_code == 200
    refused = reader.send("POST", "/pipeline", {"ref": "main"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    old = Client(server, server.add_token("o", "ada", expires_at=server.now() - timedelta(days=1)).value)
    assert old.get("").json()["error_description"].startswith("Token is expired")
    assert Client(server, "unknown").get("").status_code == 401
    own = f"{api.root}/personal_access_tokens/self"
    assert requests.get(own, headers=api.headers, timeout=10).json()["scopes"] == ["api"]
    server.tokens[TOKEN].revoked = True
    assert "revoked" in api.get("").json()["error_description"]

    server.add_token("oauth", "ada", oauth=True)
    bearer = {"Authorization": "Bearer oauth"}
    assert requests.get(f"{api.root}/user", headers=bearer, timeout=10).json()["username"] == "ada"
    info = requests.get(f"{server.base_url}/oauth/token/info", headers=bearer, timeout=10).json()
    assert info["scope"] == ["api"]
    assert Client(server, "oauth").get("").status_code == 401


def test_access_levels(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Also those from the group; who is no member does not even know the project."""
    server.add_token("e", "eve")
    eve = Client(server, "e")
    assert eve.get("").json()["message"] == "404 Project Not Found"
    group = server.add_group("acme")
    group.members["eve"] = 20
    assert eve.get("/pipelines").status_code == 200
    assert eve.send("POST", "/pipeline", {"ref": "main"}).status_code == 403
    number = server.people["eve"].id
    assert api.get(f"/members/all/{number}").json()["access_level"] == 20
    shop.members["eve"] = 30
    assert api.get("/members/all?query=ev").json()[0]["access_level"] == 30
    assert eve.send("POST", "/pipeline", {"ref": "main"}).status_code == 201
    assert eve.get("/hooks").status_code == 403
    assert Client(server, project=f"{shop.id}").get("").json()["path_with_namespace"] == "acme/shop"
    assert Client(server, project="acme/shop").get("").status_code == 404
    server.add_project("acme/tools/lint")
    listed = f"{api.root}/groups/acme/projects"
    eves = {"PRIVATE-TOKEN": "e"}
    assert len(requests.get(listed, headers=eves, timeout=10).json()) == 1
    assert len(requests.get(f"{listed}?include_subgroups=true", headers=eves, timeout=10).json()) == 2


# Webhooks -----------------------------------------------------------------------------------------------------------


def test_webhooks_are_made_by_the_api_and_signed(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Only what they ask for is sent, with token and signature; their secrets are never told."""
    wish = {"url": "http://hooks/", "token": "t", "signing_token": KEY, "pipeline_events": True, "push_events": False}
    made = api.send("POST", "/hooks", wish)
    assert (made.status_code, KEY in made.text, made.json()["pipeline_events"]) == (201, False, True)
    server.add_pipeline(shop, status="running")
    (hook,) = pumped(server)
    assert (hook.event, hook.headers["X-Gitlab-Token"]) == ("Pipeline Hook", "t")
    Webhook(KEY).verify(hook.body, hook.headers)
    assert hook.headers["webhook-id"] == hook.headers["Idempotency-Key"]

    server.knows_signing_token = False
    changed = api.send("PUT", f"/hooks/{made.json()['id']}", {"url": "http://other/", "job_events": True})
    assert (changed.status_code, changed.json()["url"]) == (200, "http://other/")
    server.advance_job(next(iter(shop.pipelines.values())).jobs[0], "failed")
    assert {one.event for one in pumped(server)} == {"Pipeline Hook", "Job Hook"}
    server.refuses_signing_token = True
    assert api.send("POST", "/hooks", wish).status_code == 400


def test_a_webhook_that_fails_is_disabled_for_a_while(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """After four failures in a row; what was sent can be looked up and sent again."""
    record = server.add_hook(shop, "http://hooks/", events={"pipeline_events"})
    for _ in range(3):
        server.add_pipeline(shop, status="running")
    pumped(server, 500)
    assert api.get("/hooks").json()[0]["alert_status"] == "executable"
    server.add_pipeline(shop, status="running")
    (last,) = pumped(server, 404)
    assert api.get("/hooks").json()[0]["alert_status"] == "temporarily_disabled"
    server.add_pipeline(shop, status="running")
    assert pumped(server) == []
    sent = api.get(f"/hooks/{record.id}/events?status=server_failure").json()
    assert len(sent) == 3
    newest = api.get(f"/hooks/{record.id}/events").json()[0]
    assert api.send("POST", f"/hooks/{record.id}/events/{newest['id']}/resend").status_code == 201
    assert [hook.key for hook in pumped(server)] == [last.key]
    assert api.get("/hooks").json()[0]["disabled_until"] is None


def test_notes_and_reactions(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """Written, changed, gone; each person reacts once in the same way."""
    shop.branches["topic"] = "b" * 40
    server.open_request(shop, source="topic")
    server.add_hook(shop, "http://hooks/", events={"note_events"})
    path = "/merge_requests/1/notes"
    note = api.send("POST", path, {"body": "Hello"}).json()
    assert api.send("PUT", f"{path}/{note['id']}", {"body": "Bye"}).json()["body"] == "Bye"
    assert [hook.name for hook in pumped(server)] == ["note.create", "note.update"]
    emoji = f"{path}/{note['id']}/award_emoji"
    assert api.send("POST", emoji, {"name": "thumbsup"}).status_code == 201
    assert api.send("POST", emoji, {"name": "thumbsup"}).status_code == 404
    assert [one["name"] for one in api.get(emoji).json()] == ["thumbsup"]
    assert api.send("DELETE", f"{path}/{note['id']}").status_code == 204
    assert api.send("PUT", f"{path}/{note['id']}", {"body": "Again"}).status_code == 404


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("pipeline", "pipeline"), ("build", "build"), ("note_merge_request", "note"),
        ("merge_request", "merge_request"), ("push", "push"),
    ],
)  # fmt: skip
def test_webhooks_look_like_those_of_gitlab(server: FakeGitLab, real: FakeProject, file: str, kind: str) -> None:
    """The parts that anybody reads are where they are in GitLab's own examples."""
    example = json.loads(corpus("webhooks", "gitlab", f"gogitlab.{file}.json").read_text())
    server.add_hook(real, "http://hooks/")
    server.commit(real, {"x": "1"}, branch="topic")
    server.comment(server.open_request(real, source="topic"), "hello", by="ada")
    server.wait_idle()
    hook = next(hook for hook in pumped(server) if hook.payload["object_kind"] == kind)
    unknown = {
        f"{part}.{key}"
        for part in ("object_attributes", "project", "merge_request", "user", "commit")
        if example.get(part) and hook.payload.get(part)
        for key in hook.payload[part].keys() - example[part].keys()
    }
    # Newer than the examples, which are of several years.
    assert unknown <= {
        "object_attributes.name", "object_attributes.protected_ref", "object_attributes.url",
        "object_attributes.internal", "object_attributes.detailed_merge_status", "object_attributes.draft",
        "commit.name", "commit.title", "project.ci_config_path", "merge_request.draft",
        "merge_request.detailed_merge_status", "merge_request.url",
    }  # fmt: skip
    assert hook.payload.keys() - example.keys() <= {"build_queued_duration", "ref_protected"}


def test_jobs_are_as_gitlab_describes_them(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """By its own schema, in every state."""
    schema = json.loads(corpus("specs", "gitlab-job.schema.json").read_text())
    job = server.add_pipeline(shop).jobs[0]
    job.archive = archive_of({"a": b"b"})
    for status in ("pending", "running", "failed"):
        server.advance_job(job, status)
        assert not list(OAS31Validator(schema).iter_errors(api.get(f"/jobs/{job.id}").json()))


# Faults -------------------------------------------------------------------------------------------------------------


def test_faults_and_redirects(server: FakeGitLab, shop: FakeProject, api: Client) -> None:
    """A write that was carried out although its answer was lost, and a server that sends writes elsewhere."""
    server.fail_next("POST", "/pipeline$", status=502, after_effect=True)
    assert api.send("POST", "/pipeline", {"ref": "main"}).status_code == 502
    assert [kind for kind, _ in server.ledger] == ["pipeline"]
    server.fail_next("GET", "/pipelines", status=429, headers={"Retry-After": "7"}, raw=b"Retry later\n")
    limited = api.get("/pipelines")
    assert (limited.status_code, limited.headers["Retry-After"], limited.text) == (429, "7", "Retry later\n")
    server.fail_next("GET", "/pipelines", drop=True)
    with pytest.raises(requests.ConnectionError):
        api.get("/pipelines")
    server.redirects_writes_to = "https://elsewhere.example"
    moved = requests.post(f"{api.base}/pipeline", headers=api.headers, allow_redirects=False, timeout=10)
    assert moved.status_code == 301
    assert moved.headers["Location"] == "https://elsewhere.example/gitlab/api/v4/projects/acme%2Fshop/pipeline"


def test_tls(tmp_path: Path) -> None:
    """Only those who were told trust it."""
    with FakeGitLab(tmp_path / "gitlab", with_tls=True) as server:
        server.add_token(TOKEN, "ada")
        url, headers = f"{server.base_url}/api/v4/version", {"PRIVATE-TOKEN": TOKEN}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, headers=headers, timeout=10)
        assert requests.get(url, headers=headers, timeout=10, verify=f"{server.ca_file}").status_code == 200
