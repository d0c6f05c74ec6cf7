"""Calls the endpoints of a configuration."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ci_integrations.errors import Invalid, Unavailable
from ci_integrations.providers.answers import Answer, Download
from ci_integrations.providers.custom.convert import text
from ci_integrations.providers.custom.fields import Expression
from ci_integrations.providers.custom.schema import Request
from ci_integrations.providers.custom.settings import Settings
from ci_integrations.providers.custom.templates import Values, fill_body, fill_header, fill_url
from ci_integrations.providers.transport import Limits, Transport, join, origin

MAX_PAGES = 20
MAX_ITEMS = 5000


class Listing(Protocol):
    """An endpoint that answers a list."""

    items: Expression
    next: Expression | None


class Client:
    """The server of one connection: templates filled, answers read as JSON."""

    def __init__(self, settings: Settings, secrets: tuple[str, ...]) -> None:
        self._base_url = settings.base_url
        self._transport = Transport(
            origins=settings.origins(),
            auth=settings.auth.auth(),
            secrets=secrets,
            trusted=settings.trusted,
            limits=Limits(read=settings.timeout, call=settings.timeout * 2 + 10),
            ca_file=settings.ca_file,
        )

    def url(self, template: str, values: Values) -> str:
        """A whole URL from a template."""
        filled = fill_url(template, values)
        return self._base_url + filled if filled.startswith("/") else filled

    def ask(self, call: Request, values: Values) -> Any:
        """The JSON answer of an endpoint that changes nothing; None for an empty one."""
        return self._read(call, self.url(call.url, values), values).json()

    def tell(self, call: Request, values: Values, refused: Expression | None) -> Any:
        """The JSON answer of an endpoint that does something; None for an empty one. Sent once.

        Raises Unavailable with `effect_unknown` where the answer cannot be read, and Invalid where `refused` finds the
        server's reason in it.
        """
        answer = self._transport.write(
            call.method,
            self.url(call.url, values),
            headers=_headers(call, values),
            body=_body(call, values),
            refusal=None if refused is None else lambda body: _reason(body, refused),
        )
        try:
            document = answer.json()
        except Invalid as error:
            raise Unavailable(f"{error}; whether it was done is not known", effect_unknown=True) from None
        reason = text(refused.find(document)) if refused else ""
        if reason:
            raise Invalid(f"{answer.where} was refused: {self._transport.mask(reason)[:200]}")
        return document

    def items(self, call: Request, listing: Listing, values: Values) -> Iterator[Any]:
        """The items of a list over its pages. Raises Invalid where the answer holds no list."""
        url, seen, count = self.url(call.url, values), set[str](), 0
        while url and url not in seen and len(seen) < MAX_PAGES:
            seen.add(url)
            answer = self._read(call, url, values)
            document = answer.json()
            for item in items_in(document, listing.items, answer.where):
                count += 1
                if count > MAX_ITEMS:
                    return
                yield item
            url = self._next_page(url, listing, document, answer.where)

    def stream(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> AbstractContextManager[Download]:
        """Open a file of the server, or one that it links to: the credentials go to configured places only."""
        address = join(f"{self._base_url}/", url, "a link of the server")
        return self._transport.stream(address, headers=headers, max_bytes=max_bytes)

    def _read(self, call: Request, url: str, values: Values) -> Answer:
        return self._transport.read(url, method=call.method, headers=_headers(call, values), body=_body(call, values))

    def _next_page(self, url: str, listing: Listing, document: Any, where: str) -> str:
        found = listing.next.find(document) if listing.next else None
        if not isinstance(found, str) or not found:
            return ""
        following = join(url, found, where)
        if origin(following) != origin(url):
            raise Invalid(f"{where}: its next page lies at another server; that is not followed")
        return following


def items_in(document: Any, expression: Expression, where: str) -> list[Any]:
    """The list that an expression finds; an answer that is a list itself is taken as it is."""
    found = document if isinstance(document, list) else expression.find(document)
    if document is None or (found is None and isinstance(document, dict)):
        return []
    if not isinstance(found, list):
        raise Invalid(f"{where}: expected a list at `{expression.text}`")
    return found


def own_headers(call: Request, values: Values) -> dict[str, str]:
    """The headers that the configuration gives to an endpoint."""
    return {name: fill_header(value, values) for name, value in call.headers.items()}


def _headers(call: Request, values: Values) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return headers | own_headers(call, values)


def _body(call: Request, values: Values) -> bytes | None:
    return None if call.body is None else json.dumps(fill_body(call.body, values)).encode()


def _reason(body: bytes, refused: Expression) -> str:
    try:
        return text(refused.find(json.loads(body)))
    except (ValueError, RecursionError):
        return ""
