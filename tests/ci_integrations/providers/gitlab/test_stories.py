"""Jobs that really run: pushed, followed while they write, failed, retried, read."""

import time
from datetime import UTC, datetime

from ci_integrations.domain import JobRef, Outcome, RetryRequest, RetryScope, RunData, RunRef, State, TriggerRequest
from ci_integrations.providers.gitlab import GitLabProvider
from tests.fakes.gitlab import FakeGitLab
from tests.gitlab import NAME, REPO, USER, provider_for

CONFIG = """
stages: [test, deploy]

unit:
  stage: test
  script:
    - echo "the retry number is $CI_JOB_RETRY_NUMBER"
    - cp report.xml junit.xml
    - test "$CI_JOB_RETRY_NUMBER" -gt 0
  artifacts:
    when: always
    paths: [junit.xml]
    reports:
      junit: junit.xml

child:
  stage: deploy
  trigger:
    include: child.yml
    strategy: depend
"""
CHILD = """
ship:
  script:
    - echo "shipped to $TARGET"
"""
REPORT = """<testsuite name="pytest"><testcase classname="tests.test_cart" name="test_total"/></testsuite>"""
FILES = {".gitlab-ci.yml": CONFIG, "child.yml": CHILD, "report.xml": REPORT}
PATIENCE = 60.0


def ended(provider: GitLabProvider, ref: RunRef) -> RunData:
    """The run at its end; its state is never told to be final before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = provider.get_run(ref)
        if found.state.is_terminal:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{ref} does not end")


def followed(provider: GitLabProvider, ref: JobRef) -> tuple[bytes, int]:
    """The whole log of a job, as a follower reads it, and in how many pieces it came."""
    got, offset, pieces = b"", 0, 0
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        chunk = provider.read_log(ref, offset=offset)
        got, offset, pieces = got + chunk.data, chunk.next_offset, pieces + bool(chunk.data)
        if chunk.is_final:
            return got, pieces
        time.sleep(0.05)
    raise AssertionError(f"{ref} does not end")


def test_a_pipeline_from_its_start_to_a_good_retry(gitlab: FakeGitLab) -> None:
    shop = gitlab.add_project(NAME, FILES)
    shop.members[USER] = 40
    provider = provider_for(gitlab)
    asked = TriggerRequest(REPO, "", "main", commit_sha=gitlab.heads(shop)["main"], intent_id="abc123")
    ref = provider.trigger(asked)
    assert ref is not None
    (unit,) = [job.ref for job in provider.get_run(ref).jobs or () if job.name == "unit"]
    log, _ = followed(provider, unit)
    assert b"the retry number is 0" in log
    assert log == bytes(next(job for job in shop.pipelines[int(ref.external_id)].jobs if job.name == "unit").log())
    first = ended(provider, ref)
    assert first.state is State.FAILURE
    assert {job.name: job.state for job in first.jobs or ()} == {"unit": State.FAILURE, "child": State.SKIPPED}
    assert [(test.suite, test.outcome) for test in provider.list_tests(ref)] == [("tests.test_cart", Outcome.PASSED)]
    archives = [one for one in provider.list_artifacts(ref) if one.is_archive]
    with provider.open_artifact(archives[0]) as stream:
        assert stream.read(2) == b"PK"

    again = provider.retry(RetryRequest(ref, RetryScope.FAILED, sent_at=datetime.now(UTC)))
    assert again == RunRef(REPO, ref.external_id, 2)
    last = ended(provider, again)
    assert last.state is State.SUCCESS
    told = {job.name: job for job in last.jobs or ()}
    assert told["unit"].ref.external_id != unit.external_id
    child = told["child"].child
    assert child is not None
    below = ended(provider, child)
    assert (below.state, below.event, [job.name for job in below.jobs or ()]) == (
        State.SUCCESS,
        "parent_pipeline",
        ["ship"],
    )
    assert b"shipped to" in provider.read_log((below.jobs or ())[0].ref).data
