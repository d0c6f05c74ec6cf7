"""GitLab's webhooks: signatures and tokens, and what each delivery means."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook

from ci_integrations.domain import Command, CommandKind, Delivery, News, RepoRef, RunRef
from ci_integrations.errors import BadWebhook
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.gitlab import GitLabProvider
from tests.corpora import corpus

SIGNING = "whsec_" + base64.b64encode(b"k" * 32).decode()
SECRET = "a plain secret ü"  # of these tests
BASE = {"base_url": "https://git.example.com/gitlab", "token": "t"}
PROJECT = {"id": 5, "path_with_namespace": "acme/shop", "web_url": "https://git.example.com/gitlab/acme/shop"}
REPO = RepoRef("acme/shop")


def provider(names: tuple[str, ...] = ("acme/shop",), **config: Any) -> GitLabProvider:
    known = BASE | (config or {"webhook_secret": SECRET, "signing_token": SIGNING})
    return GitLabProvider(ConnectionConfig("gitlab", known, "orchestrate.yaml: ci", names))


def signed(body: bytes, *, at: datetime | None = None, key: str = SIGNING, name: str = "d-1") -> dict[str, str]:
    moment = at or datetime.now(UTC)
    signature = Webhook(key).sign(name, moment, body.decode())
    return {"webhook-id": name, "webhook-timestamp": f"{int(moment.timestamp())}", "webhook-signature": signature}


def read(payload: Mapping[str, Any], *, names: tuple[str, ...] = ("acme/shop",), **config: Any) -> News:
    body = json.dumps({"project": PROJECT} | dict(payload)).encode()
    return provider(names, **config).read_webhook(Delivery("d-1", "x", body))


# Signatures and tokens.


def test_the_signature_vectors_hold() -> None:
    for vector in json.loads(corpus("webhooks", "signature-vectors.json").read_text())["gitlab_signing_token"]:
        name = vector["body_file"].removeprefix("data/")
        body = corpus(*name.split("/")).read_bytes()
        headers = {key: value for key, value in vector.items() if key.startswith("webhook-")}
        found = provider(signing_token=vector["secret"])
        moment = datetime.fromtimestamp(int(vector["webhook-timestamp"]), UTC)
        with time_machine.travel(moment + timedelta(minutes=4), tick=False):
            assert found.authenticate_webhook(headers, body).delivery_id == vector["webhook-id"]
            for changed in ({"webhook-id": "x"}, {"webhook-timestamp": f"{int(moment.timestamp()) + 1}"}):
                with pytest.raises(BadWebhook, match="signature"):
                    found.authenticate_webhook(headers | changed, body)
        for away in (timedelta(minutes=6), timedelta(minutes=-6)):
            with time_machine.travel(moment + away, tick=False), pytest.raises(BadWebhook, match="age"):
                found.authenticate_webhook(headers, body)


def flipped(text: bytes, place: int) -> bytes:
    changed = bytearray(text)
    changed[place % len(text)] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_one_flipped_bit_is_refused(place: int) -> None:
    body = json.dumps({"object_kind": "pipeline", "padding": "x" * 40}).encode()
    headers, found = signed(body), provider()
    assert found.authenticate_webhook(headers, body).event == "pipeline"
    with pytest.raises(BadWebhook, match="signature"):
        found.authenticate_webhook(headers, flipped(body, place))
    # The last character of base64 holds bits that mean nothing.
    signature = headers["webhook-signature"]
    bad = flipped(signature.encode(), place % (len(signature) - 2)).decode()
    with pytest.raises(BadWebhook, match="signature"):
        found.authenticate_webhook(headers | {"webhook-signature": bad}, body)


def test_one_good_signature_of_several_is_enough() -> None:
    headers = signed(b"{}")
    both = f"v1,{base64.b64encode(b'x' * 32).decode()} {headers['webhook-signature']}"
    assert provider().authenticate_webhook(headers | {"webhook-signature": both}, b"{}").body == b"{}"


@pytest.mark.parametrize("signature", ["", "v1,", "v1", "v2,abc", "nonsense", "v1,é", "\ud800"])
def test_a_signature_that_is_there_has_to_hold(signature: str) -> None:
    headers = signed(b"{}") | {"webhook-signature": signature, "x-gitlab-token": SECRET}
    with pytest.raises(BadWebhook, match="signature"):
        provider().authenticate_webhook(headers, b"{}")


@pytest.mark.parametrize("moment", ["", "x", "9" * 400, "-1"])
def test_a_time_that_is_none_is_refused(moment: str) -> None:
    with pytest.raises(BadWebhook):
        provider().authenticate_webhook(signed(b"{}") | {"webhook-timestamp": moment}, b"{}")


def test_a_signature_that_cannot_be_checked_is_not_believed() -> None:
    with pytest.raises(BadWebhook, match="no `signing_token`"):
        provider(webhook_secret=SECRET).authenticate_webhook(signed(b"{}") | {"x-gitlab-token": SECRET}, b"{}")


def test_servers_that_do_not_sign_send_the_token() -> None:
    found = provider().authenticate_webhook({"x-gitlab-token": SECRET, "idempotency-key": "d-7"}, b"{}")
    assert (found.delivery_id, found.event, found.body) == ("d-7", "", b"{}")


@pytest.mark.parametrize("token", ["", "wrong", SECRET[:-1], f"{SECRET} ", "é", "\ud800"])
def test_other_tokens_are_refused(token: str) -> None:
    with pytest.raises(BadWebhook, match="X-Gitlab-Token"):
        provider().authenticate_webhook({"x-gitlab-token": token}, b"{}")


def test_where_everything_is_signed_a_token_is_not_enough() -> None:
    with pytest.raises(BadWebhook, match="not signed"):
        provider(signing_token=SIGNING).authenticate_webhook({"x-gitlab-token": SIGNING}, b"{}")


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"idempotency-key": "a", "webhook-id": "b", "x-gitlab-event-uuid": "c"}, "a"),
        ({"webhook-id": "b", "x-gitlab-event-uuid": "c"}, "b"),
        ({"x-gitlab-event-uuid": "c"}, f"c:{hashlib.sha256(b'{}').hexdigest()[:32]}"),
        ({"idempotency-key": "x" * 201, "x-gitlab-event-uuid": "a\nb"}, hashlib.sha256(b"{}").hexdigest()),
        ({}, hashlib.sha256(b"{}").hexdigest()),
    ],
)
def test_a_delivery_has_a_name(headers: dict[str, str], name: str) -> None:
    assert provider().authenticate_webhook(headers | {"x-gitlab-token": SECRET}, b"{}").delivery_id == name


def test_a_signed_delivery_has_the_name_that_is_signed() -> None:
    headers = signed(b"{}", name="msg_1") | {"idempotency-key": "another"}
    assert provider(signing_token=SIGNING).authenticate_webhook(headers, b"{}").delivery_id == "msg_1"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff{}", b"[" * 100_000, b'"x"'])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook, match="JSON object"):
        provider().authenticate_webhook({"x-gitlab-token": SECRET}, body)


@pytest.mark.parametrize("kind", [5, "../../x", "A b", "x" * 61, None])
def test_a_kind_that_is_none_is_no_event(kind: Any) -> None:
    body = json.dumps({"object_kind": kind}).encode()
    assert provider().authenticate_webhook({"x-gitlab-token": SECRET}, body).event == ""


# What they say.


def test_every_payload_of_the_corpus_is_taken() -> None:
    found = provider(webhook_secret=SECRET)
    paths = sorted(corpus("webhooks", "gitlab").glob("*.json"))
    assert len(paths) == 16
    for path in paths:
        body = path.read_bytes()
        news = found.read_webhook(found.authenticate_webhook({"x-gitlab-token": SECRET}, body))
        says = {
            "pipeline": bool(news.runs),
            "build": bool(news.stirred),
            "merge_request": bool(news.changes),
            "push": news.pushed is not None,
        }
        assert says.get(json.loads(body).get("object_kind"), bool(news.ignored)), (path.name, news)


def pipeline(status: str, source: str = "push") -> dict[str, Any]:
    return {"object_kind": "pipeline", "object_attributes": {"id": 31, "status": status, "source": source}}


@pytest.mark.parametrize("status", ["success", "failed", "canceled", "skipped"])
def test_a_pipeline_that_ended_is_fetched_at_once(status: str) -> None:
    assert read(pipeline(status)) == News(runs=(RunRef(REPO, "31"),))


@pytest.mark.parametrize("status", ["created", "pending", "running", "canceling", "manual", "invented"])
def test_one_that_goes_on_is_looked_at_soon(status: str) -> None:
    assert read(pipeline(status)) == News(stirred=(RunRef(REPO, "31"),))


def test_pipelines_of_statuses_are_none() -> None:
    assert "other programs" in read(pipeline("failed", "external")).ignored


def test_a_projects_number_is_its_name_where_it_is_so_configured() -> None:
    assert read(pipeline("success"), names=("5",)).runs == (RunRef(RepoRef("5"), "31"),)


def test_a_job_stirs_its_pipeline() -> None:
    job = {"object_kind": "build", "build_id": 9, "build_status": "running", "pipeline_id": 31, "commit": {"id": 31}}
    assert read(job) == News(stirred=(RunRef(REPO, "31"),))
    assert read(job | {"pipeline_id": None}) == News(stirred=(RunRef(REPO, "31"),))


@pytest.mark.parametrize(
    ("repository", "name"),
    [
        ({"homepage": "https://git.example.com/gitlab/acme/shop"}, "acme/shop"),
        ({"homepage": "https://proxy.example.com/other/ACME/shop"}, "acme/shop"),
        ({"homepage": "https://git.example.com/gitlab/not/known"}, "not/known"),
        ({"git_http_url": "https://git.example.com/gitlab/acme/shop.git"}, "acme/shop"),
    ],
)
def test_jobs_name_their_project_by_its_address(repository: dict[str, str], name: str) -> None:
    job = {"object_kind": "build", "pipeline_id": 31, "project_id": 5, "project": None, "repository": repository}
    assert read(job).stirred == (RunRef(RepoRef(name), "31"),)
    assert read(job, names=("5", "acme/shop")).stirred == (RunRef(RepoRef("5"), "31"),)


def note(text: str = "/orchestrate retry", *, by: str = "ada", **more: Any) -> dict[str, Any]:
    attributes = {"id": 345, "note": text, "noteable_type": "MergeRequest", "system": False, "action": "create"}
    return {
        "object_kind": "note",
        "user": {"username": by},
        "merge_request": {"iid": 7, "id": 99},
        "object_attributes": attributes | more,
    }


def test_a_command_in_a_comment() -> None:
    (command,) = read(note()).commands
    assert command == Command(CommandKind.RETRY, REPO, "ada", change=7, comment_id="7/345")
    assert read(note(action=None)).commands


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (note("nice work"), "no command"),
        (note("> /orchestrate retry"), "no command"),
        (note(system=True), "no person"),
        (note(by="project_5_bot_9d2a"), "no person"),
        (note(by=""), "nobody"),
        (note(action="update"), "new comments"),
        (note(noteable_type="Issue"), "no merge request's"),
    ],
)
def test_comments_that_ask_for_nothing(payload: dict[str, Any], why: str) -> None:
    assert why in read(payload).ignored


def change(**more: Any) -> dict[str, Any]:
    attributes = {
        "iid": 7,
        "action": "open",
        "state": "opened",
        "source_branch": "fix",
        "target_branch": "main",
        "source_project_id": 5,
        "target_project_id": 5,
        "last_commit": {"id": "c0ffee"},
        "source": {"path_with_namespace": "eve/shop"},
        "url": "https://git.example.com/gitlab/acme/shop/-/merge_requests/7",
    }
    return {"object_kind": "merge_request", "object_attributes": attributes | more}


def test_a_merge_request_is_told() -> None:
    (found,) = read(change()).changes
    assert (found.repo, found.number, found.head_sha, found.head_branch) == (REPO, 7, "c0ffee", "fix")
    assert (found.base_branch, found.head_repository, found.is_open) == ("main", "", True)
    assert read(change(source_project_id=6)).changes[0].head_repository == "eve/shop"
    merged = read(change(action="merge", state="merged")).changes[0]
    assert (merged.is_open, merged.is_merged) == (False, True)
    assert read(change(action="update", oldrev="beef")).changes


@pytest.mark.parametrize("action", ["update", "approved", "unapproval"])
def test_what_leaves_its_commits_as_they_are_is_no_news(action: str) -> None:
    assert "commits stay" in read(change(action=action)).ignored


def test_a_push() -> None:
    assert read({"object_kind": "push", "after": "c0ffee"}) == News(pushed=REPO)
    assert "deleted" in read({"object_kind": "push", "after": "0" * 40}).ignored


@pytest.mark.parametrize("kind", ["tag_push", "deployment", "wiki_page", "access_token", "invented"])
def test_other_events_are_ignored_in_words(kind: str) -> None:
    assert kind in read({"object_kind": kind}).ignored


# https://docs.gitlab.com/user/project/integrations/webhook_events/#project-events
def project(event: str, path: str, **more: str) -> dict[str, Any]:
    return {"event_name": event, "project": None, "project_id": 22, "path_with_namespace": path} | more


def test_projects_of_the_group_come_and_go() -> None:
    group: dict[str, Any] = {"group": "acme", "webhook_secret": SECRET}
    made = read(project("project_create", "acme/tools/new"), **group).installation
    gone = read(project("project_destroy", "Acme/old"), **group).installation
    assert made is not None
    assert gone is not None
    assert (made.external_id, [one.external_id for one in made.added], made.removed) == ("acme", ["acme/tools/new"], ())
    assert (gone.external_id, gone.added, gone.removed) == ("acme", (), ("Acme/old",))
    assert "no group" in read(project("project_create", "acmes/new"), **group).ignored
    assert "no group" in read(project("project_create", "acme/new")).ignored


@pytest.mark.parametrize("event", ["project_rename", "project_transfer"])
def test_a_project_with_another_path(event: str) -> None:
    told = read(project(event, "acme/new", old_path_with_namespace="acme/old"))
    assert told.renamed == ("acme/old", "acme/new")


@pytest.mark.parametrize(
    "payload",
    [
        {"object_kind": "pipeline"},
        {"object_kind": "pipeline", "object_attributes": {"id": "31", "status": "success"}},
        {"object_kind": "build", "commit": {}},
        {"object_kind": "build", "pipeline_id": 31, "project": None},
        {"object_kind": "note", **note(), "merge_request": None},
        {"object_kind": "merge_request", "object_attributes": {"action": "open"}},
        {"event_name": "project_rename", "path_with_namespace": "a/b"},
        {"object_kind": 5},
    ],
)
def test_what_cannot_be_understood_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(BadWebhook, match="cannot be read"):
        read(payload)
