"""The server, people and their tokens. https://docs.gitlab.com/api/users/"""

from typing import TYPE_CHECKING

from tests.fakes.gitlab import shapes
from tests.fakes.gitlab.access import Denied, need_scope, token_of
from tests.fakes.gitlab.routing import page, route
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


@route("GET", "/api/v4/version")
def version(server: "FakeGitLab", seen: Seen) -> Reply:
    """Of the server."""
    return Reply(200, {"version": "18.5.0-ee", "revision": "bda84871"})


@route("GET", "/api/v4/user", is_open=True)
def viewer(server: "FakeGitLab", seen: Seen) -> Reply:
    """Who asks; a token that may read nothing but this may ask too."""
    token = token_of(server, seen)
    if token is None:
        raise Refused(401, "401 Unauthorized")
    need_scope(token, "api", "read_api", "read_user")
    return Reply(200, shapes.person(server, token.person) | {"bot": token.person.bot})


@route("GET", "/api/v4/users")
def find_people(server: "FakeGitLab", seen: Seen) -> Reply:
    """People, of one name, told without regard to case."""
    wanted = seen.query.get("username", "").lower()
    found = [one for one in server.people.values() if wanted in {"", one.username.lower()}]
    return page(server, seen, [shapes.person(server, one) for one in found])


@route("GET", "/api/v4/personal_access_tokens/self", is_open=True)
def own_token(server: "FakeGitLab", seen: Seen) -> Reply:
    """The token that asks; an OAuth token is none of these."""
    token = token_of(server, seen)
    if token is None:
        raise Refused(401, "401 Unauthorized")
    if token.oauth:
        raise Refused(400, "400 Bad request - This endpoint requires token type to be a personal access token")
    return Reply(200, shapes.token(token))


@route("GET", "/oauth/token/info", is_open=True)
def oauth_info(server: "FakeGitLab", seen: Seen) -> Reply:
    """The OAuth token that asks. https://docs.gitlab.com/api/oauth2/#retrieve-the-token-information"""
    token = token_of(server, seen)
    if token is None or not token.oauth:
        content = {"error": "invalid_request", "error_description": "The request is missing a required parameter."}
        raise Denied(400, content)
    left = int((token.expires_at - server.now()).total_seconds()) if token.expires_at else None
    return Reply(
        200,
        {
            "resource_owner_id": token.person.id,
            "scope": list(token.scopes),
            "expires_in": left,
            "application": {"uid": "1cb242f495280beb4291e64bee2a17f330902e499882fe8e1e2aa875519cab33"},
            "created_at": 1575890427,
        },
    )
