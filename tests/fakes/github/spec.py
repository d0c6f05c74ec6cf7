"""Whether a request is one that GitHub's official description allows."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.corpora import corpus
from tests.fakes.http import Seen

# Documented, and absent from the description that is at hand: it is trimmed.
# https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
# https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
# Git speaks a protocol of its own.
NOT_DESCRIBED: Final = ("/collaborators/", "/app-manifests/", ".git/")


@cache
def description() -> OpenAPI:
    """The official description. Skips the test where it is not at hand."""
    content: dict[str, Any] = json.loads(corpus("specs", "github.json").read_text())
    content["servers"] = [{"url": "http://github"}]
    return OpenAPI.from_dict(content)


def problems(seen: Iterable[Seen]) -> list[str]:
    """What is wrong with requests, in words; each kind of request once."""
    found = (
        problem for one in seen if not any(part in one.path for part in NOT_DESCRIBED) for problem in _problems(one)
    )
    return list(dict.fromkeys(found))


def _problems(seen: Seen) -> list[str]:
    try:
        description().validate_request(_Request(seen))
    except OpenAPIError as error:
        causes = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
        return [f"{seen.method} {seen.path}: {cause}" for cause in causes]
    return []


class _Request:
    """A request as openapi-core reads it."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(list(seen.query.items())),
            header=Headers(seen.headers),
            cookie=ImmutableMultiDict(),
        )

    @property
    def host_url(self) -> str:
        return "http://github"

    @property
    def path(self) -> str:
        return self._seen.path

    @property
    def full_url_pattern(self) -> str:
        return f"http://github{self._seen.path}?{urlencode(self._seen.query)}"

    @property
    def method(self) -> str:
        return self._seen.method.lower()

    @property
    def body(self) -> bytes | None:
        return self._seen.body or None

    @property
    def content_type(self) -> str:
        return self._seen.headers.get("content-type", "application/json")
