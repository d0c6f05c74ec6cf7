"""GitHub's JSON in the project's words: every documented state, and answers recorded from the real service."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import AnnotationLevel, InstallationState, JobRef, RepoRef, RunRef, State
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import count, moment
from ci_integrations.providers.github import convert
from ci_integrations.providers.github.states import state_of
from tests.corpora import corpus

REPO = RepoRef("acme/shop")
RUN = RunRef(REPO, "5", 2)

STATES = [
    ("requested", "", State.CREATED),
    ("queued", "", State.QUEUED),
    ("pending", "", State.QUEUED),
    ("waiting", "", State.BLOCKED),
    ("in_progress", "", State.RUNNING),
    ("completed", "success", State.SUCCESS),
    ("completed", "neutral", State.NEUTRAL),
    ("completed", "skipped", State.SKIPPED),
    ("completed", "failure", State.FAILURE),
    ("completed", "timed_out", State.TIMED_OUT),
    ("completed", "startup_failure", State.ERROR),
    ("completed", "stale", State.ERROR),
    ("completed", "cancelled", State.CANCELED),
    ("completed", "action_required", State.BLOCKED),
    ("completed", "", State.UNKNOWN),
    ("completed", "waiting", State.UNKNOWN),
    ("completed", "exploded", State.UNKNOWN),
    ("thinking", "", State.UNKNOWN),
    ("", "", State.UNKNOWN),
]


@pytest.mark.parametrize(("status", "conclusion", "state"), STATES)
def test_every_state(status: str, conclusion: str, state: State) -> None:
    assert state_of(status, conclusion) is state
    document = {"id": 1, "name": "unit", "status": status, "conclusion": conclusion or None}
    run, job = convert.to_run(REPO, document), convert.to_job(RUN, document | {"steps": [document]})
    assert run.state is job.state is job.steps[0].state is state
    assert run.raw_state == (f"{status}/{conclusion}" if conclusion else status)


def test_an_approval_revives_a_run_that_waits_for_it() -> None:
    assert not convert.to_run(REPO, {"id": 1, "status": "completed", "conclusion": "action_required"}).state.is_terminal


@pytest.mark.parametrize(
    ("path", "name", "workflow"),
    [
        (".github/workflows/ci.yml", "CI", "ci.yml"),
        (".github/workflows/ci.yml@refs/heads/main", "CI", "ci.yml"),
        ("dynamic/github-code-scanning/codeql", "CodeQL", "dynamic/github-code-scanning/codeql"),
        (None, "CI", "CI"),
    ],
)
def test_a_workflow_is_named_by_its_file(path: str | None, name: str, workflow: str) -> None:
    assert convert.to_run(REPO, {"id": 1, "path": path, "name": name}).workflow == workflow


@pytest.mark.parametrize(
    ("head", "event", "fork"),
    [
        ({"full_name": "Acme/Shop"}, "push", ""),
        ({"full_name": "eve/shop"}, "pull_request", "eve/shop"),
        (None, "pull_request", convert.UNKNOWN_FORK),
        (None, "pull_request_target", convert.UNKNOWN_FORK),
        (None, "schedule", ""),
    ],
)
def test_a_fork_is_told_from_the_repository(head: Any, event: str, fork: str) -> None:
    document = {"id": 1, "repository": {"full_name": "acme/shop"}, "head_repository": head, "event": event}
    assert convert.to_run(REPO, document).head_repository == fork


@pytest.mark.parametrize("value", [None, [], "x", {}, {"id": None}, {"id": "1"}, {"id": True}, {"id": -1}, {"id": 1.5}])
def test_what_has_no_id_is_refused(value: Any) -> None:
    for converter in (lambda one: convert.to_run(REPO, one), lambda one: convert.to_job(RUN, one)):
        with pytest.raises(Invalid, match=r"the server's|GitHub"):
            converter(value)


@pytest.mark.parametrize("key", ["status", "head_branch", "path", "html_url", "display_title"])
def test_a_value_of_another_type_is_named(key: str) -> None:
    with pytest.raises(Invalid, match=key):
        convert.to_run(REPO, {"id": 1, key: {"a": 1}})


def test_nulls_everywhere_are_no_trouble() -> None:
    keys = ["name", "path", "event", "status", "conclusion", "actor", "triggering_actor", "repository", "created_at"]
    run = convert.to_run(REPO, {"id": 1} | dict.fromkeys(keys))
    assert (run.ref.attempt, run.created_at, run.title) == (1, None, "")


@pytest.mark.parametrize("value", ["soon", "2026-13-01T00:00:00Z", 10**30, True, [], -(10**20)])
def test_a_time_that_is_none_is_not_known(value: Any) -> None:
    assert moment({"at": value}, "at") is None


@pytest.mark.parametrize("value", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000+00:00", "2026-01-02T03:04:05"])
def test_times_are_aware(value: str) -> None:
    found = moment({"at": value}, "at")
    assert found is not None
    assert found.isoformat() == "2026-01-02T03:04:05+00:00"


# Recorded answers ---------------------------------------------------------------------------------------------------


def _run(document: Any) -> None:
    run = convert.to_run(REPO, document)
    assert run.ref.external_id == str(document["id"])
    assert run.state is not State.UNKNOWN
    assert run.created_at is not None
    assert len(run.commit_sha) == 40
    assert run.workflow or "path" not in document


def _job(document: Any) -> None:
    job = convert.to_job(convert.run_of_job(REPO, document), document)
    assert job.ref == JobRef(RunRef(REPO, str(document["run_id"]), document["run_attempt"]), str(document["id"]))
    assert job.state is not State.UNKNOWN
    assert len(job.steps) == len(document["steps"])
    assert all(step.state is not State.UNKNOWN for step in job.steps)


def _artifact(document: Any) -> None:
    artifact = convert.to_artifact(RUN, document)
    assert (artifact.name, artifact.size, artifact.is_archive) == (document["name"], document["size_in_bytes"], True)


def _pull(document: Any) -> None:
    change = convert.to_change(REPO, document)
    assert (change.number, change.head_sha) == (document["number"], document["head"]["sha"])
    assert change.is_open == (document["state"] == "open")


def _repository(document: Any) -> None:
    assert convert.to_repository(document).external_id == document["full_name"]


def _installation(document: Any) -> None:
    found = convert.to_installation(document)
    assert (found.external_id, found.account) == (str(document["id"]), document["account"]["login"])
    assert found.state in set(InstallationState)


def _annotation(document: Any) -> None:
    remark = convert.to_annotation(document)
    assert (remark.path, remark.line, remark.message) == (document["path"], document["start_line"], document["message"])
    assert remark.level in set(AnnotationLevel)


def _delivery(document: Any) -> None:
    assert moment(document, "delivered_at") is not None
    assert document["guid"]
    assert count(document, "status_code", default=999) == document["status_code"]


# What an answer is told by -> what has to come of it. An answer of another kind is of nothing that we ask for.
KINDS: list[tuple[set[str], Callable[[Any], None]]] = [
    ({"workflow_id", "head_sha", "run_number"}, _run),
    ({"run_id", "run_attempt", "steps"}, _job),
    ({"archive_download_url", "size_in_bytes"}, _artifact),
    ({"head", "base", "merge_commit_sha"}, _pull),
    ({"access_tokens_url", "account", "app_id"}, _installation),
    ({"annotation_level", "start_line", "path"}, _annotation),
    ({"guid", "delivered_at", "status_code"}, _delivery),
    ({"full_name", "clone_url", "owner"}, _repository),
]
# How many of each there are in the recordings: a converter that nothing reaches proves nothing.
LEAST: dict[Callable[[Any], None], int] = {
    _run: 32,
    _job: 11,
    _artifact: 361,
    _pull: 1,
    _installation: 10,
    _annotation: 5,
    _delivery: 2,
    _repository: 37,
}


def exchanges(file: Path) -> Iterator[tuple[int, Any]]:
    """Status and JSON body of each exchange: records of eleven lines, the last one blank."""
    lines = file.read_text(encoding="utf-8").split("\n")
    for start in range(0, len(lines) - 10, 11):
        body = lines[start + 9]
        try:
            yield int(lines[start + 7]), json.loads(body)
        except ValueError:
            continue


def documents(answer: Any) -> Iterator[dict[str, Any]]:
    """The objects of an answer: itself, the items of a list, of a page."""
    if isinstance(answer, list):
        yield from (one for one in answer if isinstance(one, dict))
    elif isinstance(answer, dict):
        yield answer
        for value in answer.values():
            if isinstance(value, list):
                yield from (one for one in value if isinstance(one, dict))


def test_recorded_answers_convert() -> None:
    files = sorted(corpus("recorded", "github").glob("*.txt"))
    assert len(files) == 136
    met = dict.fromkeys(LEAST, 0)
    for file in files:
        for status, answer in exchanges(file):
            if status >= 400:
                continue
            for document in documents(answer):
                for keys, check in KINDS:
                    if keys <= document.keys():
                        check(document)
                        met[check] += 1
                        break
    assert all(met[check] >= least for check, least in LEAST.items()), {check.__name__: n for check, n in met.items()}


def test_a_job_waits_from_its_creation() -> None:
    job = {"id": 1, "status": "in_progress", "created_at": "2026-01-01T10:00:00Z", "started_at": "2026-01-01T10:00:09Z"}
    found = convert.to_job(RUN, job)
    assert found.created_at is not None
    assert found.started_at is not None
    assert (found.started_at - found.created_at).total_seconds() == 9
    assert convert.to_job(RUN, job | {"created_at": None}).created_at is None
