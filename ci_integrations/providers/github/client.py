"""GitHub's REST API: JSON documents, pages and files, over the bounded transport, in the name of one identity."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.utils import parse_header_links

from ci_integrations.domain import RepoRef
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from ci_integrations.providers.answers import Answer, Download
from ci_integrations.providers.github import auth
from ci_integrations.providers.github.auth import Identity
from ci_integrations.providers.github.conditional import SHELF
from ci_integrations.providers.github.settings import Settings
from ci_integrations.providers.transport import Limits, Transport, join, origin

PAGE: Final = 100
# What GitHub says with 403 where the thing cannot be done now, whoever asks.
_NOT_NOW: Final = re.compile(
    r"cannot be (retried|re-?run|cancell?ed)|unable to (retry|re-?run)|already running|already (been )?(cancel|complet)"
    r"|not (be )?re-?run|created over a month ago|no failed jobs|is not completed|maximum (number|of)",
    re.IGNORECASE,
)


class Client:
    """The API for one connection. Nothing is sent when it is built."""

    def __init__(self, settings: Settings, installations: Mapping[str, str]) -> None:
        self.settings = settings
        self._installations = {name.lower(): by for name, by in installations.items()}
        self._callers: dict[str, Caller] = {}

    @property
    def is_app(self) -> bool:
        """Whether an App asks, not a plain token."""
        return self.settings.app is not None

    def repo(self, repo: RepoRef) -> "Caller":
        """Ask as what lets us into a repository: the App's installation there, or the plain token.

        An installation that is not known yet is asked for. Raises NotFound where there is none.
        """
        if not self.is_app:
            return self._caller(auth.plain(self.settings))
        name = repo.external_id.lower()
        if name not in self._installations:
            self._installations[name] = self._find_installation(repo)
        return self.installation(self._installations[name])

    def app(self) -> "Caller":
        """Ask as the App itself. Raises NotSupported for a plain token."""
        return self._caller(auth.app(self.settings))

    def installation(self, installation: str) -> "Caller":
        """Ask as one installation of the App. Raises NotSupported for a plain token."""
        return self._caller(auth.installation(self.settings, installation))

    def _find_installation(self, repo: RepoRef) -> str:
        try:
            found = self.app().get(path_of(repo, "installation"))
        except NotFound as error:
            raise NotFound(f"the App is not installed for {repo.external_id}: {error}") from error
        if not isinstance(found, dict) or not isinstance(found.get("id"), int):
            raise Invalid(f"the installation of {repo.external_id} has no id")
        return str(found["id"])

    def _caller(self, identity: Identity) -> "Caller":
        if identity.name not in self._callers:
            self._callers[identity.name] = Caller(self.settings, identity)
        return self._callers[identity.name]


class Caller:
    """The API in the name of one identity. Every method raises ProviderError as the transport does."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        self._settings = settings
        self._identity = identity
        self._transport = Transport(
            origins=[settings.base_url],
            auth=self._authorize,
            ca_file=settings.ca_file or None,
            # An Enterprise server in a private network keeps its files there too.
            anywhere=not settings.is_public,
            limits=Limits(read=settings.timeout),
        )

    def get(self, path: str, **params: str | int | None) -> Any:
        """A JSON document; one that has not changed is not sent again."""
        return self._read(self._url(path, params))[0]

    def pages(self, path: str, key: str | None, *, limit: int = 10, **params: str | int | None) -> Iterator[Any]:
        """The items under `key`, or of the list itself, over at most `limit` pages."""
        for page in self.whole_pages(path, key, limit=limit, **params):
            yield from page

    def whole_pages(
        self, path: str, key: str | None, *, limit: int = 10, **params: str | int | None
    ) -> Iterator[list[Any]]:
        """As `pages`, page by page: nobody needs to ask for one more than they need."""
        url: str = self._url(path, {"per_page": PAGE} | params)
        for _ in range(limit):
            document, link = self._read(url)
            items = document.get(key) if key and isinstance(document, dict) else document
            if not isinstance(items, list):
                raise Invalid(f"{path} answered no list{f' under {key}' if key else ''}")
            yield items
            following = _next(link)
            if not following:
                return
            url = join(url, following, path)
            if origin(url) != origin(self._settings.base_url):
                raise Invalid(f"{path}: its next page is on another server ({urlsplit(url).hostname})")

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send something that has an effect: once. Gives the JSON answer, None for an empty one.

        Raises Conflict, with GitHub's reason, where it cannot be done now.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers() | ({"Content-Type": "application/json"} if content else {})
        try:
            answer = self._transport.write(method, self._url(path, {}), headers=headers, body=content)
        except Unauthenticated as error:
            if not self._identity.renew():
                raise
            # Nothing was done; the next try has a new token.
            raise Unavailable(f"{error}") from error
        except AuthFailed as error:
            if _NOT_NOW.search(f"{error}"):
                raise Conflict(f"{error}".partition("; check the credentials")[0]) from error
            raise
        try:
            return answer.json()
        except Invalid as error:
            # Accepted, in words that nobody understands: what it did is looked for.
            raise Unavailable(f"{error}", effect_unknown=True) from error

    def download(self, path: str, *, max_bytes: int) -> AbstractContextManager[Download]:
        """Stream a file. The redirect to where it lies is followed at once and without credentials."""
        return self._transport.stream(self._url(path, {}), headers=self._headers(), max_bytes=max_bytes)

    def token(self) -> str:
        """The token that is sent now; good for an hour at most where it is an installation's."""
        token = self._identity.token()
        self._transport.also_mask(token)
        return token

    def _read(self, url: str) -> tuple[Any, str]:
        """The document at a URL and its Link header."""
        kept = SHELF.get(self._identity.name, url)
        headers = self._headers() | ({"If-None-Match": kept.etag} if kept else {})
        answer = self._renewing(url, headers)
        if answer.status == requests.codes.not_modified:
            if kept is None:
                raise Invalid(f"{answer.where} answered that nothing changed, to somebody who knows nothing")
            return json.loads(kept.body), kept.link
        if answer.status == requests.codes.accepted:
            raise Unavailable(f"{answer.where} is still being prepared")
        document, link = answer.json(), answer.headers.get("Link", "")
        if etag := answer.headers.get("ETag"):
            SHELF.put(self._identity.name, url, etag=etag, body=answer.body, link=link)
        return document, link

    def _renewing(self, url: str, headers: Mapping[str, str]) -> Answer:
        try:
            return self._transport.read(url, headers=headers)
        except Unauthenticated:
            # Revoked before its time: a new token may do, for something that asking does not change.
            if not self._identity.renew():
                raise
            return self._transport.read(url, headers=headers)

    def _authorize(self, request: requests.PreparedRequest) -> None:
        request.headers["Authorization"] = f"Bearer {self.token()}"

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": self._settings.api_version}

    def _url(self, path: str, params: Mapping[str, str | int | None]) -> str:
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return f"{self._settings.base_url}{path}{f'?{query}' if query else ''}"


def path_of(repo: RepoRef, *parts: str | int) -> str:
    """The path of something in a repository, each part encoded. Raises Invalid for a name that is not `owner/name`."""
    owner, slash, name = repo.external_id.partition("/")
    if not (owner and slash and name) or "/" in name or {owner, name} & {".", ".."}:
        raise Invalid(f"{repo.external_id[:100]!r} is not the name of a repository: expected owner/name")
    return "/repos/" + "/".join(quote(str(part), safe="") for part in (owner, name, *parts))


def _next(link: str) -> str:
    """The address of the next page, "" where there is none.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    links = parse_header_links(link) if link else []
    return next((one["url"] for one in links if one.get("rel") == "next" and "url" in one), "")
