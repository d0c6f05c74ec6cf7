"""GitLab's REST API by python-gitlab, over the bounded transport: documents, pages, writes and files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Final, TypeVar
from urllib.parse import quote

import requests
from gitlab import GitlabList
from gitlab.base import RESTObject, RESTObjectList
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import Group, Project

from ci_integrations.domain import RepoRef
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from ci_integrations.providers.answers import Download
from ci_integrations.providers.documents import Document, document, text
from ci_integrations.providers.gitlab.backend import API, TransportBackend
from ci_integrations.providers.gitlab.paging import PagedGitlab
from ci_integrations.providers.gitlab.settings import Settings
from ci_integrations.providers.memo import Memo
from ci_integrations.providers.transport import Limits, Transport

T = TypeVar("T")
PAGE: Final = 100
MOST_PAGES: Final = 10
# Servers that give no more than GitLab's usual 20 a page are asked this much oftener.
RELUCTANT: Final = 5
# What GitLab says with 400 or 403 where the thing cannot be done now, whoever asks.
NOT_NOW: Final = ("not retryable", "unplayable", "cannot be retried", "not playable")
# Paths of projects that were named by their number.
_paths: Final = Memo[tuple[str, str], str](1000)


class Client:
    """The API for one connection. Nothing is sent when it is built. Every method raises ProviderError."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._viewer: str | None = None
        self._transport = Transport(
            origins=[settings.base_url],
            auth=self._authorize,
            secrets=settings.secrets,
            ca_file=settings.ca_file or None,
            # A server in a private network keeps its files there too.
            anywhere=not settings.is_public,
            limits=Limits(read=settings.timeout),
        )
        self.gl = PagedGitlab(
            settings.base_url,
            backend=TransportBackend,
            transport=self._transport,
            base_url=settings.base_url,
        )

    def project(self, repo: RepoRef) -> Project:
        """A project by its path or number; nothing is sent for it."""
        if not repo.external_id.strip("/."):
            raise Invalid(f"{repo.external_id[:100]!r} is not the path of a project")
        return self.gl.projects.get(repo.external_id, lazy=True)

    def group(self, name: str) -> Group:
        """A group by its path or number; nothing is sent for it."""
        return self.gl.groups.get(name, lazy=True)

    def get(self, call: Callable[[], object]) -> Document:
        """The document that a call answers."""
        with _translated():
            return _document(call())

    def optional(self, call: Callable[[], object]) -> Document | None:
        """The document that a call answers; None where this server, or these credentials, do not have it.

        Raises Unauthenticated, RateLimited, and Unavailable where the server is away.
        """
        return _if_there(lambda: self.get(call))

    def optional_pages(
        self, listing: Callable[[], Iterable[object]], *, limit: int = MOST_PAGES
    ) -> list[Document] | None:
        """The documents of a listing, as `pages`; None where it is not there, as `optional`."""
        return _if_there(lambda: list(self.pages(listing, limit=limit)))

    def pages(self, listing: Callable[[], Iterable[object]], *, limit: int = MOST_PAGES) -> Iterator[Document]:
        """The documents of a listing, at most `limit` full pages of them; a page is asked for when it is needed."""
        with _translated():
            asked = listing()
            listed = iter(asked)
        for _ in range(limit * PAGE):
            with _translated():
                found = list(islice(listed, 1))
            if not found or _pages_of(asked) > limit * RELUCTANT:
                return
            yield _document(found[0])

    def send(self, call: Callable[[], object]) -> Document:
        """What a write answers. Raises Conflict, with GitLab's reason, where it cannot be done now.

        An answer that cannot be understood is a lost one: Unavailable with `effect_unknown`.
        """
        try:
            with _translated(write=True):
                answer = call()
        except (AuthFailed, Invalid) as error:
            if not error.effect_unknown and any(words in f"{error}".lower() for words in NOT_NOW):
                raise Conflict(f"{error}".partition("; check the credentials")[0]) from error
            raise
        try:
            return _document(answer)
        except Invalid as error:
            raise Unavailable(f"{error}", effect_unknown=True) from error

    def download(
        self, path: str, *, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> AbstractContextManager[Download]:
        """Stream a file below the API. A redirect to where it lies is followed, without credentials if elsewhere."""
        return self._transport.stream(f"{self.settings.base_url}{API}{path}", headers=headers, max_bytes=max_bytes)

    def viewer(self) -> str:
        """The name of the user whose token it is; "" for a token that may not ask."""
        if self._viewer is None:
            found = self.optional(lambda: self.gl.http_get("/user"))
            self._viewer = text(found or {}, "username")
        return self._viewer

    def path_of(self, project_id: str) -> str:
        """The path of a project that is named by its number; the number where it cannot be seen."""
        key = (self.settings.base_url, project_id)
        known = _paths.get(key)
        if known is None:
            found = self.optional(lambda: self.gl.projects.get(project_id))
            known = text(found or {}, "path_with_namespace")
            if not known:
                return project_id
            _paths.put(key, known)
        return known

    def _authorize(self, request: requests.PreparedRequest) -> None:
        if self.settings.token:
            request.headers["PRIVATE-TOKEN"] = self.settings.token
        else:
            request.headers["Authorization"] = f"Bearer {self.settings.oauth_token}"


def path_of(repo: RepoRef, *parts: str | int) -> str:
    """The path of something in a project, each part encoded."""
    return "/projects/" + "/".join(quote(str(part), safe="") for part in (repo.external_id, *parts))


def _if_there(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Unauthenticated:
        raise
    except (AuthFailed, Invalid, NotFound):
        return None
    except Unavailable as error:
        if " answered 501" in f"{error}":
            # Not implemented.
            return None
        raise


@contextmanager
def _translated(*, write: bool = False) -> Iterator[None]:
    """The one place where what python-gitlab raises becomes an error of ours; its texts hold whole answers."""
    try:
        yield
    except (GitlabError, TypeError) as error:
        # The latter where an `id` that addresses are built from is neither number nor text.
        what = f"GitLab's answer cannot be understood ({type(error).__name__})"
        raise (Unavailable(what, effect_unknown=True) if write else Invalid(what)) from None


def _pages_of(listing: Iterable[object]) -> int:
    return listing.current_page if isinstance(listing, GitlabList | RESTObjectList) else 1


def _document(value: object) -> Document:
    if isinstance(value, RESTObject):
        return value.asdict()
    if value is None or isinstance(value, requests.Response):
        # An answer without a body, or one that python-gitlab keeps to itself.
        return {}
    return document(value, "answer")
