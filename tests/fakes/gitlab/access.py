"""Who asks, and what they may: https://docs.gitlab.com/api/rest/authentication/"""

import base64
from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab.state import FakeGroup, FakeProject, Token
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World


class Denied(Refused):
    """An error answer with any content."""

    def __init__(self, status: int, content: Any, **headers: str) -> None:
        super().__init__(status, f"{content}", **headers)
        self.reply = Reply(status, content, self.reply.headers)


def bad(problem: str, where: str = "base") -> Denied:
    """A validation error."""
    return Denied(400, {"message": {where: [problem]}})


def missing(what: str = "") -> Refused:
    """There is none, or none for whoever asks."""
    return Refused(404, f"404 {what} Not Found".replace("  ", " "))


def token_of(server: "World", seen: Seen) -> Token | None:
    """The token that came along; None where there is none. Raises Refused (401)."""
    kind, _, bearer = seen.headers.get("authorization", "").partition(" ")
    private = seen.headers.get("private-token", "")
    if kind == "Basic":
        private = base64.b64decode(bearer).decode().partition(":")[2]
    value = private or (bearer if kind == "Bearer" else "")
    if not value:
        return None
    found = server.tokens.get(value)
    # An OAuth token is taken as a bearer only; the others are taken both ways.
    if found is None or (found.oauth and private and kind != "Basic"):
        raise Refused(401, "401 Unauthorized")
    if found.revoked:
        raise _invalid("Token was revoked. You have to re-authorize from the user.")
    if found.expires_at is not None and found.expires_at <= server.now():
        raise _invalid("Token is expired. You can either do re-authorization or token refresh.")
    return found


def _invalid(why: str) -> Denied:
    return Denied(401, {"error": "invalid_token", "error_description": why})


def need_scope(token: Token, *names: str) -> None:
    """Refuse a token that has none of these scopes."""
    if not set(names) & set(token.scopes):
        text = "The request requires higher privileges than provided by the access token."
        content = {"error": "insufficient_scope", "error_description": text, "scope": " ".join(names)}
        raise Denied(403, content)


def level(server: "World", username: str, found: FakeProject | FakeGroup) -> int:
    """The access level of somebody, here or from the groups above."""
    path = found.path if isinstance(found, FakeProject) else found.full_path
    above = [group for group in server.groups.values() if f"{path}/".startswith(f"{group.full_path}/")]
    return max([found.members.get(username, 0), *(group.members.get(username, 0) for group in above)])


def need_level(server: "World", seen: Seen, found: FakeProject | FakeGroup, wanted: int) -> None:
    """Refuse somebody who may not; raises Refused (403)."""
    if level(server, seen.identity, found) < wanted:
        raise Refused(403, "403 Forbidden")


def need_sight(server: "World", seen: Seen, found: FakeProject) -> None:
    """Refuse somebody who may not even know; raises Refused (404)."""
    if not found.public and level(server, seen.identity, found) < 1:
        raise missing("Project")
