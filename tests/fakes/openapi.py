"""Whether requests are those that a vendor's official description allows."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.corpora import corpus
from tests.fakes.http import Seen

Mend = Callable[[dict[str, Any]], None]


@cache
def description(name: str, server: str, mend: Mend | None = None) -> OpenAPI:
    """The description in the file `name`, as if it were served at the address `server`.

    `mend` changes its content in memory, where openapi-core stumbles over it. Skips the test where it is not at hand.
    """
    content: dict[str, Any] = json.loads(corpus("specs", name).read_text())
    content["servers"] = [{"url": server}]
    if mend is not None:
        mend(content)
    return OpenAPI.from_dict(content)


class Referee:
    """Judges requests by a description.

    `not_described` are parts of paths that the description leaves out; requests to them are not judged.
    """

    def __init__(self, name: str, server: str, not_described: Iterable[str] = (), mend: Mend | None = None) -> None:
        self._name, self._server, self._mend = name, server, mend
        self._not_described = tuple(not_described)

    def problems(self, seen: Iterable[Seen]) -> list[str]:
        """What is wrong with requests, in words; each kind of request once."""
        judged = (one for one in seen if not any(part in one.path for part in self._not_described))
        return list(dict.fromkeys(found for one in judged for found in self._problems(one)))

    def _problems(self, seen: Seen) -> list[str]:
        try:
            description(self._name, self._server, self._mend).validate_request(_Request(seen, self._server))
        except OpenAPIError as error:
            causes = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
            return [f"{seen.method} {seen.path}: {cause}" for cause in causes]
        return []


class _Request:
    """A request as openapi-core reads it."""

    def __init__(self, seen: Seen, server: str) -> None:
        self._seen, self._server = seen, server
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(list(seen.query.items())),
            header=Headers(seen.headers),
            cookie=ImmutableMultiDict(),
        )

    @property
    def host_url(self) -> str:
        return self._server

    @property
    def path(self) -> str:
        return self._seen.path

    @property
    def full_url_pattern(self) -> str:
        return f"{self._server}{self._seen.path}?{urlencode(self._seen.query)}"

    @property
    def method(self) -> str:
        return self._seen.method.lower()

    @property
    def body(self) -> bytes | None:
        return self._seen.body or None

    @property
    def content_type(self) -> str:
        return self._seen.headers.get("content-type", "application/json")
