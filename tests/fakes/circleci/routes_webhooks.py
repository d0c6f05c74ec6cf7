"""Version 2: webhooks of projects. https://circleci.com/docs/api/v2/#tag/Webhook"""

from typing import Any, Final

from tests.fakes.circleci.hooks import EVENTS, FakeHook
from tests.fakes.circleci.routing import Call, route
from tests.fakes.http import Refused, Reply

# https://circleci.com/docs/guides/integration/outbound-webhooks/: a limit of 5 per project.
MOST: Final = 5
_FIELDS: Final = {"name", "events", "url", "verify-tls", "signing-secret"}


@route("GET", "/v2/webhook")
def list_webhooks(call: Call) -> Reply:
    """The webhooks of a project."""
    if call.seen.query.get("scope-type") != "project":
        raise Refused(400, "Invalid input")
    project = call.project_by_id(call.seen.query.get("scope-id", ""))
    return call.page([hook.json() for hook in call.server.hooks if hook.project is project])


@route("POST", "/v2/webhook")
def create_webhook(call: Call) -> Reply:
    """A new one."""
    body = call.body
    if set(body) != {*_FIELDS, "scope"} or body["scope"].get("type") != "project":
        raise Refused(400, "Invalid input")
    _check(body)
    project = call.project_by_id(body["scope"]["id"])
    if sum(hook.project is project for hook in call.server.hooks) >= MOST:
        raise Refused(400, "Maximum number of webhooks for this project reached")
    hook = call.server.add_hook(project, body["url"], body["signing-secret"])
    _write(hook, body)
    call.server.ledger.append(("webhook", hook.id))
    return Reply(201, hook.json())


@route("GET", "/v2/webhook/{id}")
def get_webhook(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """One of them."""
    return Reply(200, _hook(call, id).json())


@route("PUT", "/v2/webhook/{id}")
def update_webhook(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """Change one."""
    hook, body = _hook(call, id), call.body
    if not set(body) <= _FIELDS:
        raise Refused(400, "Invalid input")
    _check(body)
    _write(hook, body)
    hook.updated_at = call.server.now()
    call.server.ledger.append(("webhook", hook.id))
    return Reply(200, hook.json())


@route("DELETE", "/v2/webhook/{id}")
def delete_webhook(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """Remove one."""
    call.server.hooks.remove(_hook(call, id))
    call.server.ledger.append(("delete-webhook", id))
    return Reply(200, {"message": "ok"})


def _hook(call: Call, hook_id: str) -> FakeHook:
    found = [hook for hook in call.server.hooks if hook.id == hook_id and call.sees(hook.project)]
    if not found:
        raise Refused(404, "Webhook not found")
    return found[0]


def _check(body: dict[str, Any]) -> None:
    if not f"{body.get('url', 'https://')}".startswith("https://"):
        raise Refused(400, "url: only https is supported")
    if not set(body.get("events", ())) <= set(EVENTS):
        raise Refused(400, "Invalid input")


def _write(hook: FakeHook, body: dict[str, Any]) -> None:
    hook.name, hook.url = body.get("name", hook.name), body.get("url", hook.url)
    hook.events, hook.verify_tls = body.get("events", hook.events), body.get("verify-tls", hook.verify_tls)
    hook.secret = body.get("signing-secret", hook.secret)
