"""Webhooks of projects and groups. https://docs.gitlab.com/api/project_webhooks/"""

import base64
import binascii
from typing import TYPE_CHECKING

from tests.fakes.gitlab import shapes
from tests.fakes.gitlab.access import Denied, bad, missing
from tests.fakes.gitlab.clock import stamp
from tests.fakes.gitlab.routing import given, page, route
from tests.fakes.gitlab.state import MAINTAINER, OWNER, FakeGroup, FakeProject, WebhookRecord
from tests.fakes.http import Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab

Owner = FakeProject | FakeGroup


def _fill(server: "FakeGitLab", record: WebhookRecord, seen: Seen) -> None:
    wish = given(seen)
    signing = wish.get("signing_token")
    if signing and server.refuses_signing_token:
        raise Denied(400, {"error": "signing_token is invalid"})
    if signing and server.knows_signing_token and not _is_key(signing):
        raise bad("must be a valid whsec_ token with a 32 byte key", "signing_token")
    for event in shapes.EVENTS:
        if event in wish:
            record.events = record.events | {event} if f"{wish[event]}".lower() == "true" else record.events - {event}
    record.url = wish.get("url", record.url)
    record.name = wish.get("name", record.name)
    record.token = wish.get("token", record.token)
    if server.knows_signing_token:
        record.signing_token = wish.get("signing_token", record.signing_token)
    if "enable_ssl_verification" in wish:
        record.enable_ssl_verification = f"{wish['enable_ssl_verification']}".lower() == "true"
    if not record.url.startswith(("http://", "https://")):
        raise Denied(422, {"error": "Invalid url given"})


def _is_key(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    return text.startswith("whsec_") and len(key) == 32


def _found(server: "FakeGitLab", owner: Owner, number: str) -> WebhookRecord:
    if isinstance(owner, FakeGroup) and not server.has_group_hooks:
        raise missing()
    for record in owner.hooks:
        if record.id == int(number):
            return record
    raise missing()


def _list(server: "FakeGitLab", seen: Seen, owner: Owner) -> Reply:
    if isinstance(owner, FakeGroup) and not server.has_group_hooks:
        raise missing()
    return page(server, seen, [shapes.webhook(record, owner) for record in owner.hooks])


def _create(server: "FakeGitLab", seen: Seen, owner: Owner) -> Reply:
    if isinstance(owner, FakeGroup) and not server.has_group_hooks:
        raise missing()
    record = WebhookRecord("", {"push_events"})
    _fill(server, record, seen)
    owner.hooks.append(record)
    server.ledger.append(("hook", f"{record.id}"))
    return Reply(201, shapes.webhook(record, owner))


def _update(server: "FakeGitLab", seen: Seen, owner: Owner, number: str) -> Reply:
    record = _found(server, owner, number)
    _fill(server, record, seen)
    server.ledger.append(("hook", f"{record.id}"))
    return Reply(200, shapes.webhook(record, owner))


@route("GET", "{project}/hooks", level=MAINTAINER)
def list_hooks(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Those of a project."""
    return _list(server, seen, project)


@route("POST", "{project}/hooks", level=MAINTAINER)
def create_hook(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Make one; push events are on unless turned off."""
    return _create(server, seen, project)


@route("PUT", "{project}/hooks/{num}", level=MAINTAINER)
def update_hook(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Change one."""
    return _update(server, seen, project, num)


@route("GET", "{group}/hooks", level=OWNER)
def list_group_hooks(server: "FakeGitLab", seen: Seen, group: FakeGroup) -> Reply:
    """Those of a group. https://docs.gitlab.com/api/group_webhooks/"""
    return _list(server, seen, group)


@route("POST", "{group}/hooks", level=OWNER)
def create_group_hook(server: "FakeGitLab", seen: Seen, group: FakeGroup) -> Reply:
    """Make one."""
    return _create(server, seen, group)


@route("PUT", "{group}/hooks/{num}", level=OWNER)
def update_group_hook(server: "FakeGitLab", seen: Seen, group: FakeGroup, num: str) -> Reply:
    """Change one."""
    return _update(server, seen, group, num)


@route("GET", "{project}/hooks/{num}/events", level=MAINTAINER)
def hook_events(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """What was sent, newest first; `status` is a code or a class of codes. Since GitLab 17.3."""
    record = _found(server, project, num)
    classes = {"successful": "2", "client_failure": "4", "server_failure": "5"}
    status = seen.query.get("status", "")
    start = classes.get(status, status)
    found = [
        {
            "id": index,
            "url": record.url,
            "trigger": f"{hook.event.lower().replace(' hook', '').replace(' ', '_')}_hooks",
            "request_headers": hook.headers | {"X-Gitlab-Token": "[REDACTED]"},
            "request_data": hook.payload,
            "response_status": f"{code}",
            "execution_duration": 0.1,
            "created_at": stamp(hook.sent_at),
        }
        for index, (hook, code) in enumerate(server.deliveries, start=1)
        if hook.record is record and f"{code}".startswith(start)
    ]
    return page(server, seen, found[::-1])


@route("POST", "{project}/hooks/{num}/events/{iid}/resend", level=MAINTAINER)
def resend(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str, iid: str) -> Reply:
    """Send it again, under the same key. Since GitLab 17.4."""
    _found(server, project, num)
    if not 1 <= int(iid) <= len(server.deliveries):
        raise missing()
    hook, _ = server.deliveries[int(iid) - 1]
    server.outbox.append(hook)
    server.ledger.append(("resend", hook.key))
    return Reply(201, {"response_status": 200})
