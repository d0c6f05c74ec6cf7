"""Pull requests, our comment, our check, people."""

import os
from typing import Any

import pytest

from ci_integrations.domain import Annotation, CheckButton, CheckData, JobRef, RunRef, State
from ci_integrations.errors import Invalid, NotSupported, Unavailable
from ci_integrations.providers.base import CodeHost
from ci_integrations.providers.github import checks
from ci_integrations.providers.github.states import CHECK_CONCLUSIONS
from tests.fakes.github import FakeGitHub, FakeRepo, spec
from tests.fakes.http import Seen
from tests.github import REPO, TOKEN, provider_for, token_config

MARK = "<!-- orchestrate-ci -->"
SHA = "c0ffee" * 6 + "c0ff"


def host_of(server: FakeGitHub, config: dict[str, Any] | None = None) -> CodeHost:
    host = provider_for(server, config).code_host
    assert host is not None
    return host


@pytest.fixture
def host(github: FakeGitHub, shop: FakeRepo) -> CodeHost:
    return host_of(github)


def test_an_address_to_clone_from_with_a_short_lived_token(github: FakeGitHub, host: CodeHost) -> None:
    found = host.clone_url(REPO)
    assert (found.url, found.username) == (f"{github.base_url}/acme/shop.git", "x-access-token")
    assert found.password in github.issued
    assert found.password not in repr(found)


def test_a_change_is_opened_once(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    shop.git_dir = github.add_repo("acme/code", {"a": "b"}).git_dir
    github.commit(shop, {"a": "c"}, branch="topic", quiet=True)
    wish = {"head": "topic", "base": "main", "title": "x" * 300, "body": "y" * 70_000}
    first = host.open_change(REPO, **wish)
    assert host.open_change(REPO, **wish) == first
    assert [kind for kind, _ in github.ledger] == ["pull"]
    assert (len(shop.pulls[0].title), len(shop.pulls[0].body)) == (256, 65_536)
    assert host.get_change(REPO, first.number) == first
    assert host.find_changes(REPO, first.head_sha) == [first]
    assert host.find_changes(REPO, SHA) == []


def test_a_change_whose_answer_was_lost_is_found(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    shop.git_dir = github.add_repo("acme/code", {"a": "b"}).git_dir
    github.commit(shop, {"a": "c"}, branch="topic", quiet=True)
    github.fail_next("POST", "/pulls$", status=502, after_effect=True)
    with pytest.raises(Unavailable):
        host.open_change(REPO, head="topic", base="main", title="t", body="b")
    assert host.open_change(REPO, head="topic", base="main", title="t", body="b").number == shop.pulls[0].number
    assert len(shop.pulls) == 1


def test_a_refusal_that_is_another_stays_one(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    github.fail_next("POST", "/pulls$", status=422, message="base is invalid")
    with pytest.raises(Invalid, match="base is invalid"):
        host.open_change(REPO, head="topic", base="main", title="t", body="b")


def test_one_comment_edited_in_place(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    first = host.upsert_comment(REPO, 3, marker=MARK, body=f"{MARK} one")
    assert host.upsert_comment(REPO, 3, marker=MARK, body=f"{MARK} two", known_id=first) == first
    assert host.upsert_comment(REPO, 3, marker=MARK, body=f"{MARK} three") == first
    assert [comment["body"] for comment in shop.comments] == [f"{MARK} three"]


def test_a_comment_whose_answer_was_lost_is_found(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    github.fail_next("POST", "/comments$", drop=True, after_effect=True)
    with pytest.raises(Unavailable):
        host.upsert_comment(REPO, 3, marker=MARK, body=MARK)
    host.upsert_comment(REPO, 3, marker=MARK, body=MARK)
    assert len(shop.comments) == 1


def test_a_persons_comment_is_never_edited(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    github.comment(shop, 3, f"{MARK} mine", by="ada")
    github.comment(shop, 3, f"{MARK} a bot's", by="other[bot]")
    host.upsert_comment(REPO, 3, marker=MARK, body=f"{MARK} ours")
    assert [comment["body"] for comment in shop.comments] == [f"{MARK} mine", f"{MARK} a bot's", f"{MARK} ours"]


def test_a_plain_token_knows_its_own_comment(github: FakeGitHub, shop: FakeRepo) -> None:
    host = host_of(github, token_config(github))
    github.comment(shop, 3, f"{MARK} eve's", by="eve")
    first = host.upsert_comment(REPO, 3, marker=MARK, body=MARK)
    assert host.upsert_comment(REPO, 3, marker=MARK, body=f"{MARK} two") == first
    assert len(shop.comments) == 2


def test_a_comment_that_somebody_deleted_is_written_anew(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    first = host.upsert_comment(REPO, 3, marker=MARK, body=MARK)
    shop.comments.clear()
    assert host.upsert_comment(REPO, 3, marker=MARK, body=MARK, known_id=first) != first


def check(**fields: Any) -> CheckData:
    return CheckData(**{"commit_sha": SHA, "title": "1 test failed", "summary": "| a |"} | fields)


def test_one_check_updated_in_place(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    button = CheckButton("Retry failed" * 3, "d" * 60, "retry")
    first = host.set_check(REPO, check(buttons=(button,) * 4, url="https://ci.example.com/runs/1/"))
    assert (shop.checks[0]["status"], len(shop.checks[0]["actions"])) == ("in_progress", 3)
    assert [len(shop.checks[0]["actions"][0][name]) for name in ("label", "description", "identifier")] == [20, 40, 5]
    assert host.set_check(REPO, check(conclusion=State.FAILURE), known_id=first) == first
    assert host.set_check(REPO, check(conclusion=State.SUCCESS)) == first
    assert [(one["status"], one["conclusion"]) for one in shop.checks] == [("completed", "success")]
    assert [kind for kind, _ in github.ledger] == ["check"]


@pytest.mark.parametrize("state", CHECK_CONCLUSIONS)
def test_every_end_has_a_conclusion(github: FakeGitHub, shop: FakeRepo, host: CodeHost, state: State) -> None:
    host.set_check(REPO, check(conclusion=state))
    assert shop.checks[0]["conclusion"] == CHECK_CONCLUSIONS[state]


def test_annotations_go_fifty_at_a_time(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    remarks = tuple(
        Annotation(f"./src/{number}.py", number, "m" * 70_000 if number == 0 else "m") for number in range(120)
    )
    host.set_check(REPO, check(annotations=remarks, summary="ü" * 40_000))
    sent = [seen.json() for seen in github.requests if seen.method in {"POST", "PATCH"} and "check-runs" in seen.path]
    assert [len(one["output"]["annotations"]) for one in sent] == [50, 50, 20]
    assert len(shop.checks) == 1
    first = shop.checks[0]["annotations"][0]
    assert (first["path"], first["start_line"], len(first["message"])) == ("src/0.py", 1, 64_000)
    assert len(shop.checks[0]["output"]["summary"].encode()) <= 65_535


def test_a_check_whose_answer_was_lost_is_found(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    github.fail_next("POST", "/check-runs$", status=504, after_effect=True)
    with pytest.raises(Unavailable):
        host.set_check(REPO, check())
    host.set_check(REPO, check())
    assert len(shop.checks) == 1


def test_a_check_that_goes_on_again_is_a_new_one(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    first = host.set_check(REPO, check(conclusion=State.FAILURE))
    second = host.set_check(REPO, check(), known_id=first)
    assert second != first
    assert host.set_check(REPO, check(conclusion=State.SUCCESS), known_id=second) == second
    assert [one["conclusion"] for one in shop.checks if "conclusion" in one] == ["failure", "success"]


def test_a_write_with_a_revoked_token_is_not_the_end(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    first = host.set_check(REPO, check())
    github.issued.clear()
    with pytest.raises(Unavailable) as caught:
        host.set_check(REPO, check(), known_id=first)
    assert not caught.value.effect_unknown
    assert host.set_check(REPO, check(), known_id=first) == first


def test_a_forks_pull_request_is_found_by_its_head(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    shop.git_dir = github.add_repo("acme/code", {"a": "b"}).git_dir
    pull = github.open_pull(shop, head="main", fork="eve/shop", sha=github.commit(shop, {"a": "c"}, quiet=True))
    (found,) = host.find_changes(REPO, pull.head_sha)
    assert (found.number, found.head_repository) == (pull.number, "eve/shop")


def test_another_apps_check_is_left_alone(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    shop.checks.append({"id": 1, "name": checks.NAME, "head_sha": SHA, "app": {"id": 99}})
    host.set_check(REPO, check())
    assert len(shop.checks) == 2


def test_a_plain_token_may_write_no_check(github: FakeGitHub, shop: FakeRepo) -> None:
    with pytest.raises(NotSupported, match="Apps only"):
        host_of(github, token_config(github)).set_check(REPO, check())


def test_what_a_job_remarked(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    run = github.add_run(shop)
    remark = {
        "path": "a.py",
        "start_line": 3,
        "end_line": 4,
        "annotation_level": "failure",
        "message": "no",
        "title": "t",
    }
    run.latest.jobs[0].annotations.append(remark)
    (found,) = host.list_annotations(JobRef(RunRef(REPO, f"{run.id}"), f"{run.latest.jobs[0].id}"))
    assert (found.path, found.line, found.end_line, found.message, found.title) == ("a.py", 3, 4, "no", "t")


@pytest.mark.parametrize(
    ("user", "may"), [("ada", True), ("eve", False), ("nobody", False), ("x[bot]", False), ("", False)]
)
def test_who_may_write(github: FakeGitHub, host: CodeHost, user: str, may: bool) -> None:
    github.people["x[bot]"] = "admin"
    assert host.may_write(REPO, user) is may


def test_a_command_is_acknowledged(github: FakeGitHub, shop: FakeRepo, host: CodeHost) -> None:
    comment = github.comment(shop, 3, "/orchestrate fix", by="ada")
    host.acknowledge(REPO, f"{comment['id']}", accepted=True)
    host.acknowledge(REPO, f"{comment['id']}", accepted=False)
    assert shop.reactions == [(comment["id"], "+1"), (comment["id"], "confused")]


@pytest.mark.skipif(not os.environ.get("CORPUS"), reason="CORPUS is not set: no official description")
@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/repos/a/b/check-runs", {}, b'{"name": 5}'),
        ("POST", "/repos/a/b/pulls", {}, b'{"title": "t"}'),
        ("GET", "/repos/a/b/actions/runs", {"per_page": "many"}, b""),
        ("GET", "/repos/a/b/no/such/thing", {}, b""),
        ("PUT", "/repos/a/b/actions/runs", {}, b""),
    ],
)
def test_the_description_refuses_what_is_wrong(method: str, path: str, query: dict[str, str], body: bytes) -> None:
    headers = {"content-type": "application/json"} if body else {}
    assert spec.problems([Seen(method, path, query, headers, body)])


def test_no_token_is_sent_in_a_body(github: FakeGitHub, shop: FakeRepo) -> None:
    host_of(github, token_config(github)).upsert_comment(REPO, 3, marker=MARK, body=MARK)
    assert all(TOKEN.encode() not in seen.body for seen in github.requests)
