"""What goes wrong between us and GitLab, for every verb."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import (
    RepoRef,
    RetryRequest,
    RetryScope,
    RunRef,
    State,
)
from ci_integrations.errors import (
    AuthFailed,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from ci_integrations.providers.gitlab import GitLabProvider
from tests.fakes.gitlab import FakeGitLab, FakePipeline, FakeProject
from tests.gitlab import NAME, REPO, TOKEN, USER, job_of, provider_for, ref_of, state_of, wish

# Trouble.

LIMITS = [({"Retry-After": "120"}, 120.0), ({}, None)]


@pytest.mark.parametrize(("headers", "asked"), LIMITS)
def test_a_rate_limit_is_told_with_the_time_to_wait(
    gitlab: FakeGitLab, shop: FakeProject, headers: dict[str, str], asked: float | None
) -> None:
    pipeline = gitlab.add_pipeline(shop)
    text = {"headers": headers | {"Content-Type": "text/plain"}, "raw": b"Retry later\n"}
    gitlab.fail_next("GET", "/pipelines/", status=429, times=3, **text)
    with pytest.raises(RateLimited, match="Retry later") as caught:
        provider_for(gitlab).get_run(ref_of(pipeline))
    assert caught.value.retry_after == asked


def test_a_rate_limit_may_name_a_date_or_a_reset(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    then = datetime.now(UTC) + timedelta(minutes=10)
    date = {"Retry-After": format_datetime(then, usegmt=True)}
    reset = {"RateLimit-Remaining": "0", "RateLimit-Reset": f"{int(then.timestamp())}"}
    for headers in (date, reset):
        gitlab.fail_next("GET", "/pipelines/", status=429, headers=headers)
        with pytest.raises(RateLimited) as caught:
            provider_for(gitlab).get_run(ref_of(pipeline))
        assert caught.value.retry_after == pytest.approx(600, abs=5)


def test_a_read_is_repeated_where_the_server_is_away_for_a_moment(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.fail_next("GET", "/pipelines/", status=502, times=2)
    assert state_of(provider_for(gitlab), pipeline) is State.CREATED


def test_a_connection_that_hangs_is_let_go(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    provider = provider_for(gitlab, timeout=0.2)
    gitlab.fail_next("GET", "/pipelines/", hang=1.0, status=200)
    assert state_of(provider, pipeline) is State.CREATED, "a read is tried again"
    gitlab.fail_next("POST", "/cancel$", hang=1.0, status=200)
    with pytest.raises(Unavailable) as caught:
        provider.cancel(ref_of(pipeline))
    assert caught.value.effect_unknown
    assert gitlab.count("POST", "/cancel$") == 1


def a_retry(provider: GitLabProvider, pipeline: FakePipeline) -> object:
    return provider.retry(RetryRequest(ref_of(pipeline), RetryScope.JOB, job_of(pipeline)))


WRITES: list[tuple[str, Callable[[GitLabProvider, FakePipeline], object]]] = [
    ("/pipeline$", lambda provider, pipeline: provider.trigger(wish())),
    ("/jobs/.*/retry$", a_retry),
    ("/pipelines/.*/retry$", lambda provider, line: provider.retry(RetryRequest(ref_of(line), RetryScope.FAILED))),
    ("/cancel$", lambda provider, pipeline: provider.cancel(ref_of(pipeline))),
    ("/play$", lambda provider, pipeline: provider.approve(job_of(pipeline))),
]


@pytest.mark.parametrize(("path", "write"), WRITES)
@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 429}, {"status": 401}, {"drop": True}])
def test_no_write_is_ever_sent_twice(
    gitlab: FakeGitLab,
    shop: FakeProject,
    path: str,
    write: Callable[[GitLabProvider, FakePipeline], object],
    fault: dict[str, Any],
) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.fail_next("POST", path, times=5, **fault)
    with pytest.raises((Unavailable, RateLimited, AuthFailed)) as caught:
        write(provider_for(gitlab), pipeline)
    assert gitlab.count("POST", path) == 1
    assert caught.value.effect_unknown is (fault.get("status") in {502, None})


def test_a_token_that_was_revoked(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.tokens[TOKEN].revoked = True
    with pytest.raises(Unauthenticated, match="revoked") as caught:
        provider_for(gitlab).get_run(ref_of(pipeline))
    assert TOKEN not in f"{caught.value!r}"


def test_a_token_that_only_reads(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.add_token(TOKEN, USER, scopes=("read_api",))
    provider = provider_for(gitlab)
    pipeline = gitlab.add_pipeline(shop)
    assert state_of(provider, pipeline) is State.CREATED
    with pytest.raises(AuthFailed, match="insufficient_scope"):
        provider.cancel(ref_of(pipeline))


def test_what_is_not_there_or_cannot_be_seen(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider = provider_for(gitlab)
    with pytest.raises(NotFound):
        provider.get_run(RunRef(REPO, "1"))
    hidden = gitlab.add_project("other/hidden")
    with pytest.raises(NotFound):
        provider.get_run(RunRef(RepoRef("other/hidden"), f"{gitlab.add_pipeline(hidden).id}"))


@pytest.mark.parametrize("name", ["", ".", "..", "../..", "/"])
def test_what_is_no_project_is_not_asked_for(gitlab: FakeGitLab, name: str) -> None:
    with pytest.raises(Invalid, match="path of a project"):
        provider_for(gitlab).get_run(RunRef(RepoRef(name), "1"))
    assert gitlab.requests == []


def test_a_write_follows_no_redirect(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.redirects_writes_to = "https://gitlab.example.com"
    with pytest.raises(Invalid, match=r"redirect to https://gitlab\.example\.com.*configure that address"):
        provider_for(gitlab).cancel(ref_of(pipeline))
    assert gitlab.ledger == []


def test_a_certificate_of_ones_own(tmp_path: Path) -> None:
    with FakeGitLab(tmp_path / "tls", with_tls=True) as server:
        server.add_token(TOKEN, USER)
        shop = server.add_project(NAME)
        shop.members[USER] = 30
        pipeline = server.add_pipeline(shop)
        with pytest.raises(Invalid, match="certificate is not trusted"):
            provider_for(server).get_run(ref_of(pipeline))
        assert state_of(provider_for(server, ca_file=f"{server.ca_file}"), pipeline) is State.CREATED
