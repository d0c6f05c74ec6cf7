"""python-gitlab's requests over the bounded transport.

What the server refuses is raised as ProviderError right here: python-gitlab itself repeats nothing, sleeps never, and
reads no `Retry-After`. https://python-gitlab.readthedocs.io/en/stable/api-usage-advanced.html
"""

import io
import json as jsonlib
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import requests
from gitlab._backends.requests_backend import RequestsBackend, RequestsResponse
from requests.structures import CaseInsensitiveDict

from ci_integrations.errors import Invalid, Unavailable
from ci_integrations.providers.answers import Answer
from ci_integrations.providers.transport import Transport, join

API: Final = "/api/v4"
READS: Final = frozenset({"GET", "HEAD"})


class TransportBackend(RequestsBackend):
    """A backend of `gitlab.Gitlab`; `base_url` is where all requests go, whatever name the server gives itself."""

    def __init__(self, transport: Transport, base_url: str) -> None:
        super().__init__()
        self._transport = transport
        self._base_url = base_url

    def http_request(
        self,
        method: str,
        url: str,
        json: dict[str, Any] | bytes | None = None,
        data: Any = None,
        params: Any | None = None,
        timeout: float | None = None,
        verify: bool | str | None = True,
        stream: bool | None = False,
        **kwargs: Any,
    ) -> RequestsResponse:
        """Send one request. A write is sent once.

        Raises ProviderError as the transport does; where a write was answered with something that is no JSON, an
        Unavailable with `effect_unknown`.
        """
        verb, address = method.upper(), _with_query(url, params)
        if verb in READS:
            answer = self._transport.read(address, method=verb)
            answer.json()
        else:
            body = b"" if json is None else jsonlib.dumps(json).encode()
            answer = self._transport.write(verb, address, headers={"Content-Type": "application/json"}, body=body)
            try:
                answer.json()
            except Invalid as error:
                # Accepted, in words that nobody understands: what it did is looked for.
                raise Unavailable(f"{error}", effect_unknown=True) from error
        return RequestsResponse(self._response(answer, address))

    def _response(self, answer: Answer, address: str) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url = answer.status, address
        response.headers = CaseInsensitiveDict(answer.headers)
        response.headers["Content-Type"] = "application/json" if answer.body.strip() else "text/plain"
        # The transport has unpacked it.
        response.headers.pop("Content-Encoding", None)
        response.raw = io.BytesIO(_plain(answer))
        following = self._next_page(response, address)
        response.headers.pop("Link", None)
        if following:
            response.headers["Link"] = f'<{following}>; rel="next"'
        return response

    def _next_page(self, response: requests.Response, address: str) -> str:
        """The next page's address, "" where there is none.

        Servers behind a proxy name themselves otherwise than we do, some tell the page's number alone, and some
        nothing at all. https://docs.gitlab.com/api/rest/#pagination
        """
        link = response.links.get("next", {}).get("url", "")
        if link:
            return self._at_base(join(address, link, address.partition("?")[0]), address)
        number = response.headers.get("X-Next-Page")
        if number is not None:
            return _page(address, int(number)) if _is_number(number) else ""
        return _page_after(response, address) if "Link" not in response.headers else ""

    def _at_base(self, link: str, address: str) -> str:
        _, found, rest = link.partition(f"{API}/")
        if not found:
            raise Invalid(f"GET {address.partition('?')[0]}: its next page is no address of the API")
        return f"{self._base_url}{API}/{rest}"


def _with_query(url: str, params: Any) -> str:
    prepared = requests.Request("GET", url, params=params or None).prepare()
    return prepared.url or url


def _page_after(response: requests.Response, address: str) -> str:
    """The page after one of a server that names no next one: by the number of pages, or of items, as far as it tells.

    Where it tells nothing it is asked on until a page is empty, or comes again.
    """
    query, told = parse_qs(urlsplit(address).query), response.headers
    page, size = query.get("page", ["1"])[0], query.get("per_page", [""])[0]
    if not (_is_number(page) and _is_number(size)) or not response.content.strip():
        return ""
    following, pages = _page(address, int(page) + 1), told.get("X-Total-Pages", "")
    if _is_number(pages):
        return following if int(page) < int(pages) else ""
    items = response.json()
    if not isinstance(items, list) or not 0 < len(items) <= int(size):
        return ""
    real = told.get("X-Per-Page", "")
    return "" if _is_number(real) and len(items) < int(real) else following


def _is_number(text: str) -> bool:
    return text.strip().isdecimal() and len(text) < 19


def _plain(answer: Answer) -> bytes:
    """python-gitlab builds addresses from what an object says of itself: what is null cannot be in one."""
    content = answer.json()
    if isinstance(content, list):
        made: Any = [_object(one) if isinstance(one, dict) else one for one in content]
    else:
        made = _object(content) if isinstance(content, dict) else content
    return answer.body if made == content else jsonlib.dumps(made).encode()


def _object(content: dict[str, Any]) -> dict[str, Any]:
    """An object without nulls; its number may be written as text."""
    said = {key: value for key, value in content.items() if value is not None}
    number = said.get("id")
    return said | {"id": int(number)} if isinstance(number, str) and _is_number(number) else said


def _page(address: str, number: int) -> str:
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True) | {"page": [f"{number}"]}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query, doseq=True), ""))
