"""GitHub's webhooks: signatures, and what each delivery means."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from ci_integrations.domain import (
    Command,
    CommandKind,
    Delivery,
    InstallationState,
    News,
    RepoRef,
    RunData,
    RunRef,
    State,
)
from ci_integrations.errors import BadWebhook
from ci_integrations.providers.github import webhook
from tests.corpora import corpus

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
REPO = {"full_name": "acme/shop"}


def signed(body: bytes, **more: str) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    own = {"x-hub-signature-256": f"sha256={digest}", "x-github-delivery": "d-1", "x-github-event": "workflow_run"}
    return own | more


def read(event: str, payload: dict[str, Any]) -> News:
    action = payload.get("action")
    name = f"{event}.{action}" if action else event
    return webhook.read(Delivery("d-1", name, json.dumps(payload).encode()))


def test_the_documented_signature_is_ours() -> None:
    assert signed(BODY)["x-hub-signature-256"] == SIGNATURE
    with pytest.raises(BadWebhook, match="JSON"):
        webhook.authenticate(SECRET, signed(BODY), BODY)


def test_the_vectors_hold() -> None:
    for vector in json.loads(corpus("webhooks", "signature-vectors.json").read_text())["github"]:
        headers = {"x-hub-signature-256": vector["X-Hub-Signature-256"]}
        with pytest.raises(BadWebhook, match="X-GitHub-Delivery"):
            webhook.authenticate(vector["secret"], headers, vector["body"].encode())


def test_a_good_delivery_is_named() -> None:
    body = json.dumps({"action": "completed"}).encode()
    found = webhook.authenticate(SECRET, signed(body), body)
    assert (found.delivery_id, found.event, found.body) == ("d-1", "workflow_run.completed", body)


def test_a_form_is_taken_too() -> None:
    body = urlencode({"payload": json.dumps({"action": "opened", "title": "a&b=ü"})}).encode()
    headers = signed(body, **{"content-type": "application/x-www-form-urlencoded; charset=utf-8"})
    assert json.loads(webhook.authenticate(SECRET, headers, body).body)["title"] == "a&b=ü"


@pytest.mark.parametrize("place", range(0, 64, 7))
def test_one_flipped_bit_is_refused(place: int) -> None:
    body = json.dumps({"action": "completed", "padding": "x" * 40}).encode()
    changed = bytearray(body)
    changed[place] ^= 1
    with pytest.raises(BadWebhook, match="Signature"):
        webhook.authenticate(SECRET, signed(body), bytes(changed))
    headers = signed(body)
    digit = headers["x-hub-signature-256"][7 + place % 64]
    flipped = headers["x-hub-signature-256"].replace(digit, "0" if digit != "0" else "1", 1)
    with pytest.raises(BadWebhook, match="Signature"):
        webhook.authenticate(SECRET, headers | {"x-hub-signature-256": flipped}, body)


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "é", "\ud800", SIGNATURE[:-1]])
def test_other_signatures_are_refused(header: str) -> None:
    with pytest.raises(BadWebhook, match="Signature"):
        webhook.authenticate(SECRET, signed(BODY) | {"x-hub-signature-256": header}, BODY)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x-github-delivery": ""}, "Delivery"),
        ({"x-github-delivery": "x" * 201}, "Delivery"),
        ({"x-github-delivery": "a\nb"}, "Delivery"),
        ({"x-github-event": ""}, "Event"),
        ({"x-github-event": "../../x"}, "Event"),
    ],
)
def test_a_delivery_without_a_name_is_refused(headers: dict[str, str], message: str) -> None:
    with pytest.raises(BadWebhook, match=message):
        webhook.authenticate(SECRET, signed(b"{}") | headers, b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff{}", b"[" * 100_000, b'"x"'])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook, match="JSON object"):
        webhook.authenticate(SECRET, signed(body), body)


def run(**fields: Any) -> dict[str, Any]:
    return {"id": 5, "run_attempt": 2, "status": "completed", "conclusion": "failure", "head_sha": "c0ffee"} | fields


def test_a_run_is_told_whole() -> None:
    (told,) = read("workflow_run", {"action": "completed", "repository": REPO, "workflow_run": run()}).runs
    assert isinstance(told, RunData)
    assert (told.ref, told.state, told.commit_sha) == (RunRef(RepoRef("acme/shop"), "5", 2), State.FAILURE, "c0ffee")


def test_a_run_of_a_fork_says_so() -> None:
    payload = {
        "action": "requested",
        "repository": REPO,
        "workflow_run": run(head_repository={"full_name": "eve/shop"}),
    }
    (told,) = read("workflow_run", payload).runs
    assert isinstance(told, RunData)
    assert told.head_repository == "eve/shop"


def test_a_payload_that_contradicts_itself_is_a_hint() -> None:
    payload = {"action": "completed", "repository": REPO, "workflow_run": run(status="in_progress", conclusion=None)}
    assert read("workflow_run", payload).runs == (RunRef(RepoRef("acme/shop"), "5", 2),)


def test_a_job_is_told_with_its_attempt() -> None:
    job = {"id": 7, "run_id": 5, "run_attempt": 3, "name": "unit", "status": "in_progress", "steps": []}
    (told,) = read("workflow_job", {"action": "in_progress", "repository": REPO, "workflow_job": job}).jobs
    assert (told.ref.run.attempt, told.ref.external_id, told.state) == (3, "7", State.RUNNING)


def comment(body: str, *, login: str = "ada", action: str = "created", **more: Any) -> News:
    payload = {
        "action": action,
        "repository": REPO,
        "sender": {"login": login, "type": more.pop("type", "User")},
        "issue": more.pop("issue", {"number": 3, "pull_request": {"url": "x"}}),
        "comment": {"id": 9, "body": body, "user": {"login": login}} | more,
    }
    return read("issue_comment", payload)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("/orchestrate retry", CommandKind.RETRY),
        ("Please\n\n  /Orchestrate  FIX  \nthank you", CommandKind.FIX),
        ("/orchestrate status\n/orchestrate retry", CommandKind.STATUS),
        ("/orchestrate help", CommandKind.HELP),
        ("/orchestrate", CommandKind.HELP),
        ("/orchestrate dance", CommandKind.HELP),
        ("/orchestrate mute", CommandKind.HELP),
        ("```\n/orchestrate fix\n```\n/orchestrate retry\r\n", CommandKind.RETRY),
        ("~~~\n```\n/orchestrate fix\n~~~\n/orchestrate retry", CommandKind.RETRY),
    ],
)
def test_commands_in_comments(body: str, kind: CommandKind) -> None:
    assert comment(body).commands == (Command(kind, RepoRef("acme/shop"), "ada", change=3, comment_id="9"),)


@pytest.mark.parametrize(
    "body",
    [
        "looks good",
        "> /orchestrate retry",
        "    /orchestrate retry",
        "\t/orchestrate retry",
        "```\n/orchestrate retry",
        "use /orchestrate retry",
        "/orchestrate retry now",
        "/orchestrateretry",
        "",
    ],
)
def test_what_is_no_command(body: str) -> None:
    assert comment(body).ignored


@pytest.mark.parametrize(
    "fields",
    [
        {"login": "orchestrate-test[bot]"},
        {"type": "Bot"},
        {"user": {"login": "ci", "type": "Bot"}},
        {"performed_via_github_app": {"id": 1}},
        {"action": "edited"},
        {"action": "deleted"},
        {"issue": {"number": 3}},
    ],
)
def test_bots_edits_and_plain_issues_are_not_obeyed(fields: dict[str, Any]) -> None:
    assert comment("/orchestrate retry", **fields).ignored


def test_an_owner_is_known_by_the_signed_delivery() -> None:
    (command,) = comment("/orchestrate retry", author_association="OWNER").commands
    assert command.is_owner
    (command,) = comment("/orchestrate retry", author_association="MEMBER").commands
    assert not command.is_owner


def pressed(identifier: str, **sender: str) -> News:
    return read(
        "check_run",
        {
            "action": "requested_action",
            "repository": REPO,
            "sender": {"login": "ada", "type": "User"} | sender,
            "requested_action": {"identifier": identifier},
            "check_run": {"id": 1, "head_sha": "c0ffee"},
        },
    )


@pytest.mark.parametrize("kind", [CommandKind.RETRY, CommandKind.FIX, CommandKind.MUTE])
def test_buttons(kind: CommandKind) -> None:
    assert pressed(kind.value).commands == (Command(kind, RepoRef("acme/shop"), "ada", commit_sha="c0ffee"),)


def test_other_buttons_and_bots_are_ignored() -> None:
    assert "no button of ours" in pressed("deploy").ignored
    assert "bot" in pressed("retry", type="Bot").ignored
    assert "bot" in pressed("retry", login="x[bot]").ignored


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_rerequested_is_a_wish_to_retry(event: str) -> None:
    payload = {"action": "rerequested", "repository": REPO, "sender": {"login": "ada"}, event: {"head_sha": "c0ffee"}}
    assert [command.kind for command in read(event, payload).commands] == [CommandKind.RETRY]


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("created", InstallationState.ACTIVE),
        ("unsuspend", InstallationState.ACTIVE),
        ("suspend", InstallationState.SUSPENDED),
        ("deleted", InstallationState.REMOVED),
    ],
)
def test_installations(action: str, state: InstallationState) -> None:
    payload = {"action": action, "installation": {"id": 1, "account": {"login": "acme"}}, "repositories": [REPO]}
    found = read("installation", payload).installation
    assert found is not None
    named = found.removed if state is InstallationState.REMOVED else [one.external_id for one in found.added]
    assert (found.state, list(named)) == (state, ["acme/shop"])


def test_a_push_wakes_and_the_end_of_a_branch_does_not() -> None:
    assert read("push", {"repository": REPO, "deleted": False}).pushed == RepoRef("acme/shop")
    assert read("push", {"repository": REPO, "deleted": True}).ignored


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("workflow_run.completed", {"repository": REPO, "workflow_run": {}}),
        ("workflow_run.completed", {"repository": REPO, "workflow_run": {"id": "5"}}),
        ("workflow_run.completed", {"repository": REPO, "workflow_run": run(head_branch=[])}),
        ("workflow_run.completed", {"workflow_run": run()}),
        ("workflow_run.completed", {"repository": [], "workflow_run": run()}),
        ("workflow_job.queued", {"repository": REPO, "workflow_job": {"id": True, "run_id": 1}}),
        ("installation.created", {"installation": None}),
        ("pull_request.opened", {"repository": REPO, "pull_request": {"number": "3"}}),
    ],
)
def test_what_cannot_be_understood_is_refused(event: str, payload: dict[str, Any]) -> None:
    with pytest.raises(BadWebhook):
        webhook.read(Delivery("d-1", event, json.dumps(payload).encode()))


# What happens to each kind of official payload: how many there are, and a word of what is made of them.
OFFICIAL = {
    "check_run.completed": (3, "runs are told by workflow_run"),
    "check_run.created": (3, "runs are told by workflow_run"),
    "check_run.requested_action": (1, "no button of ours"),
    "check_run.rerequested": (2, "commands"),
    "check_suite.completed": (4, "runs are told by workflow_run"),
    "check_suite.requested": (3, "runs are told by workflow_run"),
    "check_suite.rerequested": (2, "asked for by a bot"),
    "deployment.created": (4, "not used"),
    "deployment_status.created": (4, "not used"),
    "github_app_authorization.revoked": (2, "not used"),
    "installation.created": (2, "installation"),
    "installation.deleted": (2, "installation"),
    "installation.new_permissions_accepted": (1, "installation"),
    "installation.suspend": (1, "installation"),
    "installation.unsuspend": (1, "installation"),
    "installation_repositories.added": (2, "installation"),
    "installation_repositories.removed": (1, "installation"),
    "merge_group.checks_requested": (2, "not used"),
    "ping": (4, "GitHub tried the address"),
    "pull_request.assigned": (2, "commits stay"),
    "pull_request.closed": (2, "changes"),
    "pull_request.converted_to_draft": (3, "commits stay"),
    "pull_request.labeled": (2, "commits stay"),
    "pull_request.locked": (2, "commits stay"),
    "pull_request.opened": (4, "changes"),
    "pull_request.ready_for_review": (3, "commits stay"),
    "pull_request.reopened": (2, "changes"),
    "pull_request.review_request_removed": (1, "commits stay"),
    "pull_request.review_requested": (1, "commits stay"),
    "pull_request.synchronize": (1, "changes"),
    "pull_request.unassigned": (2, "commits stay"),
    "pull_request.unlabeled": (2, "commits stay"),
    "pull_request.unlocked": (2, "commits stay"),
    "push": (7, "pushed|a branch was deleted"),
    "repository.created": (2, "changes nothing for us"),
    "repository.edited": (2, "changes nothing for us"),
    "repository.privatized": (2, "changes nothing for us"),
    "repository.publicized": (3, "changes nothing for us"),
    "repository.renamed": (1, "renamed"),
    "repository.transferred": (3, "renamed"),
    "repository_dispatch.on-demand-test": (2, "not used"),
    "status": (4, "not used"),
    "workflow_dispatch": (2, "not used"),
    "workflow_job.completed": (2, "jobs"),
    "workflow_job.in_progress": (3, "jobs"),
    "workflow_job.queued": (2, "jobs"),
    "workflow_job.waiting": (1, "jobs"),
    "workflow_run.completed": (3, "runs"),
    "workflow_run.requested": (2, "runs"),
}


def test_the_table_tells_of_every_official_payload() -> None:
    assert sum(count for count, _ in OFFICIAL.values()) == 114
    assert len(list(corpus("webhooks", "github").glob("*.json"))) == 114


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_payloads(name: str) -> None:
    event, _, action = name.partition(".")
    files = sorted(corpus("webhooks", "github").glob(f"{event}.{action or 'noaction'}.*.json"))
    count, expected = OFFICIAL[name]
    assert len(files) == count
    for file in files:
        body = file.read_bytes()
        delivery = webhook.authenticate(SECRET, signed(body, **{"x-github-event": event}), body)
        assert delivery.event == name
        news = webhook.read(delivery)
        acted_on = [field for field in ("runs", "jobs", "commands", "changes", "installation", "renamed", "pushed")
                    if getattr(news, field)]  # fmt: skip
        told = acted_on or [word for word in expected.split("|") if word in news.ignored]
        assert len(told) == 1, (file.name, news)
        assert told[0] in expected.split("|"), (file.name, news)
