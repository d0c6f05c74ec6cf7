"""CircleCI's documents: recorded ones, and those that lack or bend what they should have.

Of the recorded answers those are read that we ask for: of pipelines, workflows, jobs, tests, artifacts, a build, a
project and a person, and the answers to writes. Nobody asks for contexts, keys, variables, schedules, insights,
branches or lists of builds of v1.1.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ci_integrations.domain import JobRef, RepoRef, RunRef, State, TriggerRequest
from ci_integrations.errors import Invalid
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.circleci import CircleCIProvider
from ci_integrations.providers.circleci.client import HAS_V3
from ci_integrations.providers.circleci.convert import name_of, newest, to_job, to_listed_run, to_run, to_test
from tests.corpora import corpus
from tests.fakes.http import Reply, Seen, listen

REPO = RepoRef("gh/foo/bar")
RUN = RunRef(REPO, "dummy-pipeline-id")
CLOUD = "https://circleci.com"


def recorded(name: str) -> Any:
    return json.loads(corpus("recorded", "circleci", f"{name}_response.json").read_text())


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[CircleCIProvider]:
    """A provider over a server that gives these answers at these ends of paths, and 404 elsewhere."""

    def answer(seen: Seen) -> Reply:
        found = [content for end, content in answers.items() if seen.path.endswith(end)]
        return Reply(200, found[0]) if found else Reply(404, {"message": "Not Found"})

    server = listen(answer)
    base_url = f"http://127.0.0.1:{server.server_address[1]}"
    HAS_V3.pop(base_url, None)
    try:
        yield CircleCIProvider(ConnectionConfig("circleci", {"token": "t", "base_url": base_url}, "here"))
    finally:
        server.shutdown()
        server.server_close()


def page(items: Any) -> dict[str, Any]:
    return {"items": items, "next_page_token": None}


@pytest.mark.parametrize("name", ["get_pipeline", "get_project_pipeline", "get_pipelines", "get_project_pipelines"])
def test_recorded_pipelines(name: str) -> None:
    found = recorded(name)
    for one in found if isinstance(found, list) else [found]:
        run = to_listed_run(CLOUD, REPO, one)
        assert (run.ref.external_id, run.state, run.event) == (one["id"], State.CREATED, "webhook")
        assert (run.branch, run.commit_sha) == (one["vcs"]["branch"], one["vcs"]["revision"])
        assert run.url == f"https://app.circleci.com/pipelines/gh/foo/bar/{one['number']}"
        assert run.created_at is not None
        assert run.jobs is None


def test_a_recorded_run() -> None:
    jobs = recorded("get_workflow_jobs")
    workflow = recorded("get_workflow")
    workflows, jobs_of = "/dummy-pipeline-id/workflow", "/workflow/dummy-workflow-id/job"
    answers = {"/dummy-pipeline-id": recorded("get_pipeline"), workflows: page([workflow]), jobs_of: page(jobs)}
    with serving(answers) as provider:
        run = provider.get_run(RUN)
    assert (run.state, run.workflow) == (State.RUNNING, "dummy-workflow")
    assert run.jobs is not None
    assert [(job.name, job.state) for job in run.jobs] == [("job1", State.CANCELED), ("job2", State.SUCCESS)]


def test_a_recorded_workflow_that_ended() -> None:
    (workflow,) = recorded("get_pipeline_workflow")
    run = to_run(CLOUD, RUN, recorded("get_pipeline"), [workflow], [State.SUCCESS])
    assert (run.state, run.workflow) == (State.SUCCESS, "smoke-test")
    assert run.finished_at is not None
    assert run.finished_at.isoformat() == "2020-05-24T08:31:20+00:00"


@pytest.mark.parametrize("name", ["get_artifacts", "get_latest_artifacts"])
def test_recorded_artifacts(name: str) -> None:
    listed = recorded(name)
    job = recorded("get_workflow_jobs")[1]
    answers = {
        "/workflow": page([recorded("get_workflow")]),
        "/dummy-workflow-id/job": page([job]),
        "/2/artifacts": page(listed),
    }
    with serving(answers) as provider:
        found = provider.list_artifacts(RUN)
    assert [one.name for one in found] == [one["path"] for one in listed]


def test_recorded_tests() -> None:
    tests = recorded("get_test_metadata")["tests"]
    job = recorded("get_workflow_jobs")[1]
    answers = {
        "/workflow": page([recorded("get_workflow")]),
        "/dummy-workflow-id/job": page([job]),
        "/2/tests": page(tests),
    }
    with serving(answers) as provider:
        found = list(provider.list_tests(RUN))
    assert [(one.name, one.suite, one.duration) for one in found] == [(one["name"], "", 0.0) for one in tests]


def test_a_recorded_build_with_its_steps() -> None:
    build = recorded("get_build_info")
    job = recorded("get_workflow_jobs")[0] | {"status": "failed"}
    answers = {
        "/dummy-pipeline-id": recorded("get_pipeline"),
        "/workflow": page([recorded("get_workflow") | {"status": "failed"}]),
        "/dummy-workflow-id/job": page([job]),
        "/api/v1.1/project/github/foo/bar/1": build,
    }
    with serving(answers) as provider:
        (found,) = provider.get_run(RUN).jobs or ()
    assert len(found.steps) == sum(len(step["actions"]) for step in build["steps"])
    assert found.steps[0].name == "Starting the build"
    assert {step.raw_state for step in found.steps} <= {"success", "failed", "canceled", "infrastructure_fail"}
    assert all(step.started_at and step.finished_at for step in found.steps)


def test_recorded_people_projects_and_answers_to_writes() -> None:
    answers = {
        "/me": recorded("get_user_id_info"),
        "/project/gh/foo/bar": recorded("get_project"),
        "/project/gh/foo/bar/pipeline": recorded("trigger_pipeline"),
    }
    with serving(answers) as provider:
        assert provider.installer is not None
        assert [check.granted for check in provider.installer.check_access(REPO)] == [True, True]
        started = provider.trigger(TriggerRequest(REPO, "", "main"))
    assert started == RunRef(REPO, "deadbeef-dead-beef-dead-deaddeafbeef")
    assert {recorded("message_accepted")["message"], recorded("message_ok")["message"]} == {"Accepted.", "ok"}


PIPELINE = {"id": "p", "state": "created", "number": 7}


def listed(**more: Any) -> Any:
    return to_listed_run(CLOUD, REPO, PIPELINE | more)


def test_a_pipeline_of_which_little_is_told() -> None:
    run = to_listed_run(CLOUD, REPO, {"id": "p"})
    assert (run.state, run.branch, run.url) == (
        State.UNKNOWN,
        "",
        "https://app.circleci.com/pipelines/gh/foo/bar",
    )
    assert (run.created_at, run.updated_at) == (None, None)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {"id": None},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 101},
        {"id": "p", "state": 7},
        {"id": "p", "errors": [7]},
        {"id": "p", "vcs": {"branch": 7}},
        {"id": "p", "trigger": {"actor": {"login": []}}},
    ],
)
def test_a_pipeline_that_is_none(bad: Any) -> None:
    with pytest.raises(Invalid):
        to_listed_run(CLOUD, REPO, bad)


@pytest.mark.parametrize(
    ("vcs", "fork"),
    [
        ({}, ""),
        ({"origin_repository_url": "https://github.com/Acme/Shop", "target_repository_url": ""}, ""),
        (
            {
                "origin_repository_url": "https://github.com/Acme/Shop.git",
                "target_repository_url": "git@github.com:acme/shop",
            },
            "",
        ),
        (
            {
                "origin_repository_url": "https://github.com/Eve/Shop",
                "target_repository_url": "https://github.com/acme/shop",
            },
            "Eve/Shop",
        ),
    ],
)
def test_forks(vcs: dict[str, str], fork: str) -> None:
    assert listed(vcs=vcs).head_repository == fork


def test_a_fork_of_a_project_of_the_github_app() -> None:
    parameters = {
        "git": {"checkout_url": "https://github.com/eve/shop.git"},
        "github_app": {"repo_url": "https://github.com/acme/shop", "commit_sha": "c0ffee"},
    }
    assert listed(trigger_parameters=parameters).head_repository == "eve/shop"


def test_what_git_says_where_no_code_host_does() -> None:
    git = {
        "branch": "main",
        "checkout_sha": "c0ffee",
        "checkout_url": "git@ghe.example.com:Acme/Shop.git",
        "repo_url": "https://ghe.example.com/acme/shop",
        "commit_message": "Add x\n\nIt was missing.",
        "author_login": "ada",
        "commit_sha": "not this one",
    }
    run = listed(trigger_parameters={"git": git, "webhook": {"body": "{}"}})
    assert (run.branch, run.commit_sha, run.title, run.actor) == ("main", "c0ffee", "Add x", "ada")
    assert run.head_repository == ""
    told = listed(trigger_parameters={"git": git, "github_app": {"commit_title": "Add y", "user_username": "eve"}})
    assert (told.title, told.actor) == ("Add y", "eve")


def test_pipelines_of_gitlab_projects_in_webhook_form() -> None:
    path = corpus("webhooks", "circleci", "workflow-completed-for-gitlab-github-app-and-bitbucket-data-center.json")
    told = json.loads(path.read_text())["pipeline"]
    run = listed(**told)
    assert (run.branch, run.commit_sha) == ("main", "850a1519f25d14e968649cc420d1bd381715c05c")
    assert (run.title, run.actor, run.event, run.head_repository) == ("Update README.md", "username", "gitlab", "")


def test_the_newest_of_each_name() -> None:
    made = [
        {"id": "3", "name": "b", "created_at": "2026-01-01T00:00:02Z"},
        {"id": "2", "name": "a", "created_at": "2026-01-01T00:00:03Z"},
        {"id": "4", "name": "a", "created_at": "2026-01-01T00:00:03Z"},
        {"id": "1", "name": "a", "created_at": "2026-01-01T00:00:01Z"},
        {"id": "5", "name": "b"},
    ]
    assert [name_of(one) for one in newest(made)] == ["2", "3"]


def test_a_workflow_that_does_not_tell_when_it_was_made() -> None:
    made = {"id": "1", "name": "a", "created_at": "2026-01-01T00:00:03Z"}
    unknown = {"id": "2", "name": "b", "created_at": None}
    run = to_run(CLOUD, RUN, PIPELINE, [unknown, made], [State.RUNNING, State.RUNNING])
    assert run.started_at is not None
    assert run.started_at.year == 2026
    assert to_run(CLOUD, RUN, PIPELINE, [unknown], [State.RUNNING]).started_at is None


def test_a_job_without_a_number() -> None:
    job = to_job(CLOUD, RUN, PIPELINE, {"id": "w", "name": "build", "status": "running"}, {"id": "j"}, prefix=True)
    assert (job.name, job.state) == ("build: ", State.UNKNOWN)
    assert job.url == "https://app.circleci.com/pipelines/gh/foo/bar/7/workflows/w"


def test_a_result_of_a_test_that_nobody_documented() -> None:
    assert to_test(JobRef(RUN, "j"), {"result": "vaporized"}) is None
    with pytest.raises(Invalid):
        to_test(JobRef(RUN, "j"), {"result": 7})
