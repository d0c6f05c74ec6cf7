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
            if "per_page" in (params or {}) and not isinstance(answer.json(), list):
                # python-gitlab would take the keys of a document for its items.
                raise Invalid(f"{answer.where} answered no list")
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
        response.raw = io.BytesIO(answer.body)
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
        if number is None:
            return _page_after(response, address) if "Link" not in response.headers else ""
        return _page(address, int(number)) if number.strip().isdecimal() else ""

    def _at_base(self, link: str, address: str) -> str:
        _, found, rest = link.partition(f"{API}/")
        if not found:
            raise Invalid(f"GET {address.partition('?')[0]}: its next page is no address of the API")
        return f"{self._base_url}{API}/{rest}"


def _with_query(url: str, params: Any) -> str:
    prepared = requests.Request("GET", url, params=params or None).prepare()
    return prepared.url or url


def _page_after(response: requests.Response, address: str) -> str:
    """The page after a full one, of a server that tells nothing of pages."""
    query = parse_qs(urlsplit(address).query)
    size, number = query.get("per_page", [""])[0], query.get("page", ["1"])[0]
    if not (size.isdecimal() and number.isdecimal()) or not response.content.strip():
        return ""
    items = response.json()
    return _page(address, int(number) + 1) if isinstance(items, list) and len(items) == int(size) else ""


def _page(address: str, number: int) -> str:
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True) | {"page": [f"{number}"]}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query, doseq=True), ""))
