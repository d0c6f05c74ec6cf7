"""Our webhook at a project or a group: made, or brought up to date.

https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
"""

from typing import Any, Final

from gitlab.v4.objects import GroupHookManager, ProjectHookManager

from ci_integrations.domain import AccessCheck
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, NotSupported
from ci_integrations.providers.documents import Document, identity, text
from ci_integrations.providers.gitlab.client import PAGE, Client

NAME: Final = "webhook"
NEEDED: Final = "Maintainer of the project"
NEEDED_OF_GROUP: Final = "Owner of the group, with Premium"
WHY: Final = "hear of pipelines, jobs, merge requests and commands in comments"
EVENTS: Final = ("pipeline_events", "job_events", "note_events", "merge_requests_events", "push_events")
# Of groups only.
PROJECT_EVENTS: Final = "project_events"

Manager = ProjectHookManager | GroupHookManager


def install(client: Client, manager: Manager, url: str, *, is_group: bool) -> AccessCheck:
    """Have GitLab call `url`. A webhook of that address gets our secrets and events, whatever it had."""
    if not client.settings.hears:
        raise NotSupported("this connection has neither `signing_token` nor `webhook_secret` in its configuration")
    needed = NEEDED_OF_GROUP if is_group else NEEDED
    try:
        done = _install(client, manager, _body(client, url, is_group=is_group))
    except (AuthFailed, NotFound, Conflict, Invalid) as error:
        if error.effect_unknown:
            raise
        return AccessCheck(NAME, needed, f"{WHY}; {error}", granted=False)
    return AccessCheck(NAME, needed, WHY, granted=True, found=done)


def _install(client: Client, manager: Manager, body: dict[str, Any]) -> str:
    listed = client.pages(lambda: manager.list(iterator=True, per_page=PAGE))
    known = next((hook for hook in listed if text(hook, "url") == body["url"]), None)
    try:
        _write(client, manager, known, body)
    except Invalid as error:
        if error.effect_unknown or "signing_token" not in f"{error}":
            raise
        # A server that does not sign yet.
        _write(client, manager, known, {key: value for key, value in body.items() if key != "signing_token"})
    return "brought up to date" if known is not None else "set up"


def _write(client: Client, manager: Manager, known: Document | None, body: dict[str, Any]) -> None:
    if known is None:
        client.send(lambda: manager.create(body))
    else:
        client.send(lambda: manager.update(identity(known), body))


def _body(client: Client, url: str, *, is_group: bool) -> dict[str, Any]:
    settings = client.settings
    body: dict[str, Any] = {"url": url, "enable_ssl_verification": url.startswith("https:")}
    body |= dict.fromkeys(EVENTS, True) | ({PROJECT_EVENTS: True} if is_group else {})
    if settings.webhook_secret:
        body["token"] = settings.webhook_secret
    if settings.signing_token:
        body["signing_token"] = settings.signing_token
    return body
