"""GitHub's webhooks: verified on the raw bytes, and read for what they say.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs

from ci_integrations.domain import (
    Command,
    CommandKind,
    Delivery,
    InstallationData,
    InstallationState,
    News,
    RepoRef,
)
from ci_integrations.errors import BadWebhook, Invalid
from ci_integrations.providers import comments
from ci_integrations.providers.documents import Document, count, identity, items, part, text, webhook_payload
from ci_integrations.providers.github.convert import (
    run_of_job,
    to_change,
    to_installation,
    to_job,
    to_repository,
    to_run,
)

BUTTONS: Final = {kind.value: kind for kind in (CommandKind.RETRY, CommandKind.FIX, CommandKind.MUTE)}
_FORM: Final = "application/x-www-form-urlencoded"
_PREFIX: Final = "sha256="
_LONGEST_ID: Final = 200
_LONGEST_EVENT: Final = 60


def authenticate(secret: str, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, where its signature is good and its headers name it. Header names are given in lower case.

    `event` is GitHub's event and action, such as `workflow_run.completed`. Raises BadWebhook.
    """
    expected = _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        raise BadWebhook("the webhook's X-Hub-Signature-256 is missing or wrong")
    delivery_id, event = headers.get("x-github-delivery", ""), headers.get("x-github-event", "")
    if not (0 < len(delivery_id) <= _LONGEST_ID and delivery_id.isprintable()):
        raise BadWebhook("the webhook's X-GitHub-Delivery is missing or unusable")
    if not (len(event) <= _LONGEST_EVENT and event.isascii() and event.replace("_", "").isalnum()):
        raise BadWebhook("the webhook's X-GitHub-Event is missing or unusable")
    if headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        body = _payload_of_form(body)
    action = _action(webhook_payload(body))
    return Delivery(delivery_id=delivery_id, event=f"{event}.{action}" if action else event, body=body)


def read(delivery: Delivery) -> News:
    """What a delivery says; `ignored` gives the reason where nothing follows from it. Raises BadWebhook."""
    event, _, action = delivery.event.partition(".")
    reader = _READERS.get(event)
    if reader is None:
        return News(ignored=f"the event {event} is not used")
    try:
        return reader(webhook_payload(delivery.body), action)
    except Invalid as error:
        raise BadWebhook(f"the webhook {delivery.event} cannot be read: {error}") from error


def _action(payload: Document) -> str:
    try:
        return text(payload, "action")
    except Invalid as error:
        raise BadWebhook(f"the webhook cannot be named: {error}") from None


def _payload_of_form(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
    except ValueError:
        raise BadWebhook("the webhook's body is not a form") from None
    return fields.get("payload", [""])[0].encode()


def _repo(payload: Document) -> RepoRef:
    return RepoRef(to_repository(part(payload, "repository")).external_id)


def _ignored(event: str, action: str, why: str) -> News:
    return News(ignored=f"{event}{f' {action}' if action else ''}: {why}")


def _workflow_run(payload: Document, action: str) -> News:
    repo = _repo(payload)
    # The repository stands beside the run; as the answers of the API do, the run says it itself as a rule.
    run = {"repository": payload.get("repository")} | dict(part(payload, "workflow_run"))
    said = to_run(repo, run)
    # A payload that contradicts its own action is a hint at most.
    is_sure = said.state.is_terminal or action != "completed"
    return News(runs=(said if is_sure else said.ref,))


def _workflow_job(payload: Document, action: str) -> News:
    job = part(payload, "workflow_job")
    return News(jobs=(to_job(run_of_job(_repo(payload), job), job),))


def _check_run(payload: Document, action: str) -> News:
    if action not in {"rerequested", "requested_action"}:
        return _ignored("check_run", action, "runs are told by workflow_run")
    if _is_bot(part(payload, "sender")):
        return _ignored("check_run", action, "asked for by a bot")
    kind = CommandKind.RETRY
    if action == "requested_action":
        identifier = text(part(payload, "requested_action"), "identifier")
        if identifier not in BUTTONS:
            return _ignored("check_run", action, f"no button of ours is {identifier[:40]!r}")
        kind = BUTTONS[identifier]
    return _asked(payload, kind, text(part(payload, "check_run"), "head_sha"))


def _check_suite(payload: Document, action: str) -> News:
    if action != "rerequested":
        return _ignored("check_suite", action, "runs are told by workflow_run")
    if _is_bot(part(payload, "sender")):
        return _ignored("check_suite", action, "asked for by a bot")
    return _asked(payload, CommandKind.RETRY, text(part(payload, "check_suite"), "head_sha"))


def _asked(payload: Document, kind: CommandKind, sha: str) -> News:
    by = text(part(payload, "sender"), "login")
    if not (by and sha):
        raise Invalid("it does not tell who asks, or for which commit")
    return News(commands=(Command(kind, _repo(payload), by, commit_sha=sha),))


def _installation(payload: Document, action: str) -> News:
    found = to_installation(part(payload, "installation"))
    states = {
        "created": found.state,
        "new_permissions_accepted": found.state,
        "unsuspend": InstallationState.ACTIVE,
        "suspend": InstallationState.SUSPENDED,
        "deleted": InstallationState.REMOVED,
    }
    if action not in states:
        return _ignored("installation", action, "it changes nothing for us")
    # Every event lists all its repositories, the last one too: those are lost then.
    is_lost = action == "deleted"
    given, lost = ("", "repositories") if is_lost else ("repositories", "")
    return News(installation=_installed(replace(found, state=states[action]), payload, given, lost))


def _installation_repositories(payload: Document, action: str) -> News:
    found = to_installation(part(payload, "installation"))
    return News(installation=_installed(found, payload, "repositories_added", "repositories_removed"))


def _installed(found: InstallationData, payload: Document, given: str, lost: str) -> InstallationData:
    added = tuple(to_repository(one) for one in items(payload, given))
    removed = tuple(to_repository(one).external_id for one in items(payload, lost))
    return replace(found, added=added, removed=removed)


def _repository(payload: Document, action: str) -> News:
    if action not in {"renamed", "transferred"}:
        return _ignored("repository", action, "it changes nothing for us")
    repo, changes = _repo(payload), part(payload, "changes")
    owner, _, name = repo.external_id.partition("/")
    if action == "renamed":
        name = text(part(part(changes, "repository"), "name"), "from")
    else:
        was = part(part(changes, "owner"), "from")
        owner = text(part(was, "user"), "login") or text(part(was, "organization"), "login")
    if not (owner and name):
        raise Invalid("it does not tell the repository's name of before")
    return News(renamed=(f"{owner}/{name}", repo.external_id))


def _push(payload: Document, action: str) -> News:
    if payload.get("deleted") is True:
        return _ignored("push", action, "a branch was deleted")
    return News(pushed=_repo(payload))


def _pull_request(payload: Document, action: str) -> News:
    if action not in {"opened", "reopened", "synchronize", "closed"}:
        return _ignored("pull_request", action, "its commits stay as they are")
    return News(changes=(to_change(_repo(payload), part(payload, "pull_request")),))


def _issue_comment(payload: Document, action: str) -> News:
    issue, comment = part(payload, "issue"), part(payload, "comment")
    if action != "created":
        return _ignored("issue_comment", action, "only new comments are obeyed")
    if not part(issue, "pull_request"):
        return _ignored("issue_comment", action, "it is no pull request's")
    if _is_bot(part(comment, "user")) or _is_bot(part(payload, "sender")) or comment.get("performed_via_github_app"):
        return _ignored("issue_comment", action, "a bot wrote it")
    if not text(part(comment, "user"), "login"):
        return _ignored("issue_comment", action, "nobody is named as its author")
    kind = comments.command_in(text(comment, "body"))
    if kind is None:
        return _ignored("issue_comment", action, "it holds no command")
    if not count(issue, "number"):
        raise Invalid("its pull request has no number")
    command = Command(
        kind,
        _repo(payload),
        by=text(part(comment, "user"), "login"),
        change=count(issue, "number"),
        comment_id=identity(comment),
        is_owner=text(comment, "author_association") == "OWNER",
    )
    return News(commands=(command,))


def _is_bot(user: Document) -> bool:
    return text(user, "type") == "Bot" or text(user, "login").endswith("[bot]")


def _ping(payload: Document, action: str) -> News:
    return _ignored("ping", action, "GitHub tried the address")


_READERS: Final[Mapping[str, Callable[[Document, str], News]]] = {
    "workflow_run": _workflow_run,
    "workflow_job": _workflow_job,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "repository": _repository,
    "pull_request": _pull_request,
    "issue_comment": _issue_comment,
    "push": _push,
    "ping": _ping,
}
