"""Finds who answers a request, and pages through lists: https://docs.gitlab.com/api/rest/"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.fakes.gitlab.access import missing, need_level, need_scope, need_sight, token_of
from tests.fakes.gitlab.state import FakeGroup, FakeProject
from tests.fakes.http import Refused, Reply, Route, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab

ROUTES: Final[list[tuple[str, re.Pattern[str], Route, int, bool]]] = []
_WORDS: Final = {
    "{project}": r"/api/v4/projects/(?P<project>[^/]+)",
    "{group}": r"/api/v4/groups/(?P<group>[^/]+)",
    "{num}": r"(?P<num>\d+)",
    "{iid}": r"(?P<iid>\d+)",
    "{name}": r"(?P<name>[^/]+)",
    "{rest}": r"(?P<rest>.+)",
}


def route(method: str, pattern: str, *, level: int = 0, is_open: bool = False) -> Callable[[Route], Route]:
    """Register a handler.

    `{project}` and `{group}` stand for one, by number or path, where whoever asks needs an access `level`; `{num}` and
    `{iid}` for a number, `{name}` for one part of a path, `{rest}` for what follows. `is_open`: no token is needed.
    """
    for word, meaning in _WORDS.items():
        pattern = pattern.replace(word, meaning)

    def register(handler: Route) -> Route:
        ROUTES.append((method, re.compile(pattern), handler, level, is_open))
        return handler

    return register


def dispatch(server: "FakeGitLab", seen: Seen) -> Reply:
    """The answer to a request. Escapes tell the slash of a name from that of the path."""
    path = urlsplit(seen.raw_path).path.removeprefix(server.prefix)
    for method, pattern, handler, level, is_open in ROUTES:
        found = pattern.fullmatch(path)
        if not found or method != seen.method:
            continue
        if not is_open:
            _admit(server, seen)
        named = {key: unquote(value) for key, value in found.groupdict().items()}
        if "project" in named:
            project = find_project(server, seen, named.pop("project"))
            if not (project.public and seen.method == "GET"):
                need_level(server, seen, project, level)
            return handler(server, seen, project, **named)
        if "group" in named:
            group = find_group(server, named.pop("group"))
            need_level(server, seen, group, level)
            return handler(server, seen, group, **named)
        return handler(server, seen, **named)
    raise Refused(404, "404 Not Found")


def _admit(server: "FakeGitLab", seen: Seen) -> None:
    token = token_of(server, seen)
    if token is None:
        raise Refused(401, "401 Unauthorized")
    need_scope(token, *(("api", "read_api") if seen.method == "GET" else ("api",)))


def find_project(server: "FakeGitLab", seen: Seen, name: str) -> FakeProject:
    """A project by number or path. Raises Refused (404)."""
    for found in server.projects.values():
        if name in {f"{found.id}", found.path}:
            if seen.identity:
                need_sight(server, seen, found)
            return found
    raise missing("Project")


def find_group(server: "FakeGitLab", name: str) -> FakeGroup:
    """A group by number or path. Raises Refused (404)."""
    for found in server.groups.values():
        if name in {f"{found.id}", found.full_path}:
            return found
    raise missing("Group")


def given(seen: Seen) -> dict[str, Any]:
    """What a request says, in its body or its address; `variables[KEY]` of a form is put together."""
    if "json" in seen.headers.get("content-type", ""):
        return {**seen.query, **(seen.json() or {})}
    made: dict[str, Any] = {}
    form = dict(parse_qsl(seen.body.decode(), keep_blank_values=True)) if seen.body else {}
    for key, value in (seen.query | form).items():
        name, _, inner = key.partition("[")
        if inner and inner != "]":
            made.setdefault(name, {})[inner.rstrip("]")] = value
        else:
            made[key] = value
    return made


def many(seen: Seen, name: str) -> list[str]:
    """The values of a parameter that may be there often: `scope[]`, or `scope` alone."""
    pairs = parse_qsl(urlsplit(seen.raw_path).query)
    return [value for key, value in pairs if key in {name, f"{name}[]"}]


def page(server: "FakeGitLab", seen: Seen, items: list[Any]) -> Reply:
    """A page of a list, with what tells of the others."""
    size = min(int(seen.query.get("per_page", "20")), 100)
    number = int(seen.query.get("page", "1"))
    pages = max(1, -(-len(items) // size))
    headers = {
        "X-Page": f"{number}",
        "X-Per-Page": f"{size}",
        "X-Total": f"{len(items)}",
        "X-Total-Pages": f"{pages}",
        "X-Next-Page": f"{number + 1}" if number < pages else "",
        "X-Prev-Page": f"{number - 1}" if number > 1 else "",
    }
    links = {"first": 1, "last": pages} | ({"next": number + 1} if number < pages else {})
    path = urlsplit(seen.raw_path).path.removeprefix(server.prefix)
    headers["Link"] = ", ".join(
        f'<{server.external_url}{path}?{urlencode(seen.query | {"page": at, "per_page": size})}>; rel="{name}"'
        for name, at in links.items()
    )
    return Reply(200, items[(number - 1) * size : number * size], headers)
