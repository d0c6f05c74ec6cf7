"""Merge requests, our comment, our status, people."""

from typing import Any

import pytest

from ci_integrations.domain import CheckData, JobRef, RunRef, State
from ci_integrations.errors import AuthFailed, Conflict, Invalid, Unauthenticated, Unavailable
from ci_integrations.providers.base import CodeHost
from ci_integrations.providers.gitlab.statuses import STATES
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject
from tests.fakes.http import Seen
from tests.gitlab import NAME, REPO, TOKEN, USER, provider_for

MARK = "<!-- orchestrate-ci -->"
SHA = "c0ffee" * 6 + "c0ff"


def host_of(server: FakeGitLab, **config: Any) -> CodeHost:
    host = provider_for(server, **config).code_host
    assert host is not None
    return host


@pytest.fixture
def host(gitlab: FakeGitLab, shop: FakeProject) -> CodeHost:
    shop.branches["topic"] = "beef" * 10
    return host_of(gitlab)


# Where the code is.


def test_an_address_to_clone_from_with_our_token(gitlab: FakeGitLab, host: CodeHost) -> None:
    found = host.clone_url(REPO)
    assert (found.url, found.username, found.password) == (f"{gitlab.base_url}/{NAME}.git", "oauth2", TOKEN)
    assert TOKEN not in repr(found)


def test_our_token_goes_to_no_other_server(gitlab: FakeGitLab, host: CodeHost) -> None:
    gitlab.external_url = "https://gitlab.example.com"
    assert host.clone_url(REPO).url == f"{gitlab.base_url}/{NAME}.git"
    assert host_of(gitlab, keep_base_url=False).clone_url(REPO).url == f"https://gitlab.example.com/{NAME}.git"
    gitlab.external_url = "ssh://gitlab.example.com"
    with pytest.raises(Invalid, match="by HTTP"):
        host_of(gitlab, keep_base_url=False).clone_url(REPO)


# Merge requests.

WISH: Any = {"head": "topic", "base": "main", "title": "x" * 300, "body": "y"}


def test_a_change_is_opened_once(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    first = host.open_change(REPO, **WISH)
    assert host.open_change(REPO, **WISH) == first
    assert [kind for kind, _ in gitlab.ledger] == ["merge-request"]
    assert len(shop.merge_requests[0].title) == 255
    assert host.get_change(REPO, first.number) == first
    assert (first.head_sha, first.head_branch, first.head_repository) == ("beef" * 10, "topic", "")


def test_a_change_whose_answer_was_lost_is_found(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.fail_next("POST", "/merge_requests$", status=502, after_effect=True)
    with pytest.raises(Unavailable) as caught:
        host.open_change(REPO, **WISH)
    assert caught.value.effect_unknown
    assert host.open_change(REPO, **WISH).number == shop.merge_requests[0].iid
    assert len(shop.merge_requests) == 1


def test_somebody_may_be_faster(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    def open_it(seen: Seen) -> None:
        if seen.method == "POST":
            gitlab.on_request = None
            gitlab.open_request(shop, source="topic")

    gitlab.on_request = open_it
    assert host.open_change(REPO, **WISH).number == 1
    assert len(shop.merge_requests) == 1


def test_a_refusal_that_is_another_stays_one(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    with pytest.raises(Invalid, match="Source branch does not exist"):
        host.open_change(REPO, **(WISH | {"head": "nowhere"}))
    gitlab.fail_next("POST", "/merge_requests$", status=409, message="no more today")
    with pytest.raises(Conflict, match="no more today"):
        host.open_change(REPO, **WISH)


def test_the_changes_of_a_commit(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    fork = gitlab.add_project("eve/shop")
    fork.branches["topic"] = "dead" * 10
    own = gitlab.open_request(shop, source="topic")
    foreign = gitlab.open_request(shop, source="topic", by="eve", fork=fork)
    closed = gitlab.open_request(shop, source="topic", target="stable")
    gitlab.end_request(closed, "closed")
    assert [one.number for one in host.find_changes(REPO, "beef" * 10)] == [own.iid]
    own.heads.append("f00d" * 10)
    assert host.find_changes(REPO, "beef" * 10) == [], "it has newer commits"
    gitlab.fail_next("GET", "/commits/dead", status=404)
    (found,) = host.find_changes(REPO, "dead" * 10)
    assert (found.number, found.head_repository) == (foreign.iid, f"{fork.id}")
    assert gitlab.count("GET", f"/projects/{fork.id}$") == 1
    fork.public = True
    assert host.get_change(REPO, foreign.iid).head_repository == "eve/shop"


# Our comment.


def bodies(shop: FakeProject) -> list[str]:
    return [note["body"] for note in shop.merge_requests[0].notes]


def test_one_comment_edited_in_place(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.open_request(shop, source="topic")
    first = host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} one")
    assert host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} two", known_id=first) == first
    assert host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} three") == first
    assert bodies(shop) == [f"{MARK} three"]


def test_a_comment_whose_answer_was_lost_is_found(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.open_request(shop, source="topic")
    gitlab.fail_next("POST", "/notes$", drop=True, after_effect=True)
    with pytest.raises(Unavailable) as caught:
        host.upsert_comment(REPO, 1, marker=MARK, body=MARK)
    assert caught.value.effect_unknown
    host.upsert_comment(REPO, 1, marker=MARK, body=MARK)
    assert bodies(shop) == [MARK]


def test_a_persons_comment_is_never_edited(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    change = gitlab.open_request(shop, source="topic")
    gitlab.comment(change, f"> {MARK} quoted", by="eve")
    host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} ours")
    assert bodies(shop) == [f"> {MARK} quoted", f"{MARK} ours"]


def test_a_comment_that_was_deleted_is_written_anew(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.open_request(shop, source="topic")
    first = host.upsert_comment(REPO, 1, marker=MARK, body=MARK)
    shop.merge_requests[0].notes.clear()
    assert host.upsert_comment(REPO, 1, marker=MARK, body=MARK, known_id=first) != first
    assert bodies(shop) == [MARK]


def test_a_comment_that_we_may_not_edit_is_written_anew(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.open_request(shop, source="topic")
    first = host.upsert_comment(REPO, 1, marker=MARK, body=MARK)
    shop.merge_requests[0].notes[0]["author"] = {"username": "a_bot_before"}
    gitlab.fail_next("PUT", "/notes/", status=403, message="403 Forbidden")
    assert host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} new", known_id=first) != first
    gitlab.fail_next("PUT", "/notes/", status=401, message="401 Unauthorized")
    with pytest.raises(Unauthenticated):
        host.upsert_comment(REPO, 1, marker=MARK, body=MARK, known_id=first)


def test_a_comment_among_hundreds_is_found(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    change = gitlab.open_request(shop, source="topic")
    first = host.upsert_comment(REPO, 1, marker=MARK, body=MARK)
    for number in range(150):
        gitlab.comment(change, f"{number}", by="eve")
    assert host.upsert_comment(REPO, 1, marker=MARK, body=f"{MARK} again") == first


# Our status.


@pytest.fixture
def pipeline(gitlab: FakeGitLab, shop: FakeProject) -> FakePipeline:
    made = gitlab.add_pipeline(shop, jobs=[FakeJob("unit")])
    gitlab.advance(made, "failed", "script_failure")
    return made


def check(conclusion: State | None, **more: Any) -> CheckData:
    return CheckData(SHA, title="1 test failed", summary="s", conclusion=conclusion, url="http://here/1", **more)


def ours(pipeline: FakePipeline) -> list[tuple[str, str | None, str | None]]:
    return [(job.status, job.description, job.target_url) for job in pipeline.jobs if job.name == "Orchestrate CI"]


@pytest.mark.parametrize(("conclusion", "said"), STATES.items())
def test_a_conclusion_is_said_of_the_commit(
    gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline, conclusion: State, said: str
) -> None:
    assert host.set_check(REPO, check(conclusion)) == f"{pipeline.jobs[-1].id}"
    assert ours(pipeline) == [(said, "1 test failed", "http://here/1")]


@pytest.mark.parametrize("conclusion", [None, State.BLOCKED])
def test_what_goes_on_is_not_said(
    gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline, conclusion: State | None
) -> None:
    assert host.set_check(REPO, check(conclusion), known_id="7") == "7"
    assert gitlab.ledger == []
    assert pipeline.status == "failed", "a pending status would have it run again"


def test_nothing_is_said_twice(gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline) -> None:
    first = host.set_check(REPO, check(State.FAILURE))
    assert host.set_check(REPO, check(State.ERROR), known_id=first) == first
    assert len(gitlab.ledger) == 1
    assert host.set_check(REPO, check(State.SUCCESS), known_id=first) != first
    assert [status for status, _, _ in ours(pipeline)] == ["failed", "success"]


def test_an_older_server_refuses_what_is_said_already(
    gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline
) -> None:
    gitlab.fail_next("POST", "/statuses/", status=400, message="Cannot transition status via :drop from :failed")
    assert host.set_check(REPO, check(State.FAILURE), known_id="7") == "7"
    gitlab.fail_next("POST", "/statuses/", status=400, message="state does not have a valid value")
    with pytest.raises(Invalid, match="valid value"):
        host.set_check(REPO, check(State.FAILURE))


def test_a_commit_without_pipeline_gets_none(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.add_pipeline(shop, source="external", jobs=[])
    assert host.set_check(REPO, check(State.FAILURE)) == ""
    assert gitlab.ledger == []


def test_a_failure_is_said_where_it_happened(
    gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, pipeline: FakePipeline
) -> None:
    newer = gitlab.add_pipeline(shop, ref="stable")
    gitlab.advance(newer, "success")
    host.set_check(REPO, check(State.FAILURE))
    assert (newer.status, ours(newer), len(ours(pipeline))) == ("success", [], 1)
    # What keeps it failed is taken back there, and there alone.
    for _ in range(2):
        host.set_check(REPO, check(State.SUCCESS))
        assert [status for status, _, _ in ours(pipeline)] == ["failed", "success"]
        assert ours(newer) == []


def test_a_failure_elsewhere_leaves_a_pipeline_that_passed_alone(
    gitlab: FakeGitLab, shop: FakeProject, host: CodeHost
) -> None:
    passed = gitlab.add_pipeline(shop, jobs=[FakeJob("unit")])
    gitlab.advance(passed, "success")
    host.set_check(REPO, check(State.SUCCESS))
    broken = gitlab.add_pipeline(shop, ref="stable", jobs=[FakeJob("unit")])
    gitlab.advance(broken, "failed", "script_failure")
    host.set_check(REPO, check(State.FAILURE))
    assert (passed.status, [status for status, _, _ in ours(broken)]) == ("success", ["failed"])


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_servers_that_do_not_say_who_may_write_let_nobody(gitlab: FakeGitLab, host: CodeHost, status: int) -> None:
    gitlab.fail_next("GET", "/members/all", status=status, times=3)
    assert not host.may_write(REPO, "ada")


@pytest.mark.parametrize("status", [403, 404, 405])
def test_servers_that_know_no_changes_of_a_commit_list_them_all(
    gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, status: int
) -> None:
    own = gitlab.open_request(shop, source="topic")
    gitlab.fail_next("GET", "/commits/beef", status=status)
    assert [one.number for one in host.find_changes(REPO, "beef" * 10)] == [own.iid]


def test_a_success_is_said_of_the_newest_pipeline(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    older, newer = gitlab.add_pipeline(shop), gitlab.add_pipeline(shop, ref="stable")
    host.set_check(REPO, check(State.SUCCESS))
    assert (ours(older), len(ours(newer))) == ([], 1)


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_server_that_lists_no_statuses_takes_ours(
    gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline, status: int
) -> None:
    gitlab.fail_next("GET", "/statuses$", status=status)
    host.set_check(REPO, check(State.FAILURE))
    assert len(ours(pipeline)) == 1


def test_a_long_title_is_cut(gitlab: FakeGitLab, host: CodeHost, pipeline: FakePipeline) -> None:
    host.set_check(REPO, CheckData(SHA, title="ü" * 300, summary="", conclusion=State.FAILURE))
    assert ours(pipeline) == [("failed", "ü" * 255, None)]


def test_after_a_good_retry_our_status_lets_the_pipeline_pass(
    gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, pipeline: FakePipeline
) -> None:
    host.set_check(REPO, check(State.FAILURE))
    gitlab.lifecycle.retry_pipeline(pipeline, by=USER)
    gitlab.advance_job(pipeline.jobs[-1], "success")
    assert pipeline.status == "failed", "our own word keeps it so"
    assert provider_for(gitlab).get_run(RunRef(REPO, f"{pipeline.id}")).state is State.SUCCESS
    host.set_check(REPO, check(State.SUCCESS))
    assert pipeline.status == "success"


def test_jobs_remark_nothing(host: CodeHost) -> None:
    assert list(host.list_annotations(JobRef(RunRef(REPO, "1"), "2"))) == []


# People.


@pytest.mark.parametrize(
    ("name", "level", "may"),
    [("ada", 30, True), ("Ada", 30, True), ("max", 40, True), ("eve", 20, False), ("ad", 0, False), ("", 0, False)],
)
def test_who_may_write(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, name: str, level: int, may: bool) -> None:
    for known in ("ada", "adam", "max", "eve"):
        gitlab.add_person(known)
    shop.members |= {"max": 40, "adam": 50}
    assert host.may_write(REPO, name) is may


def test_a_role_of_the_group_counts(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.add_person("kim")
    gitlab.add_group("acme").members["kim"] = 50
    assert host.may_write(REPO, "kim")


@pytest.mark.parametrize("name", ["project_12_bot_9d2a", "group_1_bot"])
def test_a_bot_never_may(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, name: str) -> None:
    gitlab.add_person(name, bot=True)
    shop.members[name] = 50
    assert not host.may_write(REPO, name)


def test_whoever_was_shut_out_may_not(gitlab: FakeGitLab, shop: FakeProject, host: CodeHost) -> None:
    gitlab.add_person("ada").state = "blocked"
    assert not host.may_write(REPO, "ada")
    gitlab.fail_next("GET", "/members/all$", status=403)
    assert not host.may_write(REPO, "ada")


# Reactions.


@pytest.mark.parametrize(("accepted", "emoji"), [(True, "thumbsup"), (False, "confused")])
def test_a_comment_is_answered_by_an_emoji(
    gitlab: FakeGitLab, shop: FakeProject, host: CodeHost, accepted: bool, emoji: str
) -> None:
    note = gitlab.comment(gitlab.open_request(shop, source="topic"), "/orchestrate retry", by="ada")
    for _ in range(2):
        host.acknowledge(REPO, f"1/{note['id']}", accepted=accepted)
    assert shop.awards == [(note["id"], emoji, USER)]
    with pytest.raises(Invalid, match="no comment"):
        host.acknowledge(REPO, "345", accepted=True)


def test_no_token_is_ever_in_an_error(gitlab: FakeGitLab, host: CodeHost) -> None:
    gitlab.fail_next("GET", "/merge_requests/1$", status=403, message=f"{TOKEN} may not")
    with pytest.raises(AuthFailed) as caught:
        host.get_change(REPO, 1)
    assert TOKEN not in f"{caught.value!r}"
    assert "***" in f"{caught.value}"
