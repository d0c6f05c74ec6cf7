"""What our token may do, and what it needs to.

https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
https://docs.gitlab.com/user/permissions/#cicd
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from ci_integrations.domain import AccessCheck, RepoRef
from ci_integrations.errors import Unauthenticated
from ci_integrations.providers.documents import Document, count, items, moment, part, text
from ci_integrations.providers.gitlab.client import PAGE, Client

DEVELOPER: Final = 30
MAINTAINER: Final = 40
ADMINISTRATOR: Final = 60
LEVELS: Final[Mapping[int, str]] = {
    0: "none",
    5: "Minimal",
    10: "Guest",
    15: "Planner",
    20: "Reporter",
    DEVELOPER: "Developer",
    MAINTAINER: "Maintainer",
    50: "Owner",
    ADMINISTRATOR: "Administrator",
}
SOON: Final = timedelta(days=14)


def check(client: Client, repo: RepoRef | None) -> list[AccessCheck]:
    """The token's scopes, and its role in a project. Raises Unauthenticated for a token that is no good any more."""
    return [_scope(client), *(_role(client, repo) if repo is not None else [])]


def _scope(client: Client) -> AccessCheck:
    why = "read pipelines, logs and artifacts; trigger, retry and cancel; write comments"
    told = _told(client)
    if told is None:
        return AccessCheck("scope", "api", why, granted=None)
    scopes = _scopes(told)
    is_active = told.get("active") is not False and told.get("revoked") is not True
    words = ["" if is_active else "not active", ", ".join(scopes or []), _end_of(told)]
    if scopes is not None and "read_api" in scopes and "api" not in scopes:
        words.append("it only reads")
    found = "; ".join(word for word in words if word)
    is_enough = None if scopes is None else "api" in scopes
    return AccessCheck("scope", "api", why, granted=is_enough if is_active else False, found=found)


def _scopes(told: Document) -> list[str] | None:
    """What the token was made for; None where that is not told."""
    for key in ("scopes", "scope"):
        if isinstance(told.get(key), list):
            return [str(scope) for scope in items(told, key)]
        if isinstance(told.get(key), str):
            return text(told, key).split()
    return None


def _told(client: Client) -> Document | None:
    """What the server says of our token; None where it does not. Raises Unauthenticated for one that is not good.

    https://docs.gitlab.com/api/personal_access_tokens/#self-inform
    https://docs.gitlab.com/api/oauth2/#retrieve-the-token-information
    """
    # Other tokens are taken as bearers too.
    places = ["/personal_access_tokens/self"]
    if client.settings.oauth_token:
        places.insert(0, f"{client.settings.base_url}/oauth/token/info")
    refused = None
    for place in places:
        try:
            found = client.optional(partial(client.gl.http_get, place))
        except Unauthenticated as error:
            refused = error
            continue
        if found is not None:
            return found
    if client.optional(lambda: client.gl.http_get("/user")) is None and refused is not None:
        raise refused
    return None


def _end_of(token: Document) -> str:
    expires = moment(token, "expires_at")
    if expires is None:
        return ""
    is_soon = expires - datetime.now(UTC) < SOON
    return f"expires{' soon,' if is_soon else ''} on {expires:%Y-%m-%d}"


def _role(client: Client, repo: RepoRef) -> list[AccessCheck]:
    level = _level(client, repo)
    found = "" if level is None else LEVELS.get(level, f"{level}")
    return [
        AccessCheck("role", "Developer", "trigger, retry and cancel pipelines", _is_enough(level, DEVELOPER), found),
        AccessCheck("webhook", "Maintainer", "set up the project's webhook", _is_enough(level, MAINTAINER), found),
    ]


def _is_enough(level: int | None, needed: int) -> bool | None:
    return None if level is None else level >= needed


def _level(client: Client, repo: RepoRef) -> int | None:
    """Our role in the project, its own or by a group; None where GitLab does not tell."""
    project = client.get(lambda: client.gl.projects.get(repo.external_id))
    permissions = part(project, "permissions")
    if "project_access" in permissions or "group_access" in permissions:
        known = [part(permissions, key) for key in ("project_access", "group_access")]
        levels = [count(one, "access_level") for one in known]
        if max(levels):
            return max(levels)
    viewer = client.viewer()
    members = client.project(repo).members_all
    listed = client.optional_pages(lambda: members.list(iterator=True, per_page=PAGE, query=viewer), limit=3)
    if listed is None or not viewer:
        return None
    own = [count(one, "access_level") for one in listed if text(one, "username") == viewer]
    if own:
        return max(own)
    # Told to administrators alone: they need be members of nothing.
    user = client.optional(lambda: client.gl.http_get("/user")) or {}
    return ADMINISTRATOR if user.get("is_admin") is True else 0
