"""GitLab's REST API by python-gitlab, over the bounded transport: documents, pages, writes and files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Final, TypeVar
from urllib.parse import quote

import gitlab
import requests
from gitlab.base import RESTObject
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import Group, Project

from ci_integrations.domain import RepoRef
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, Unavailable
from ci_integrations.providers.answers import Download
from ci_integrations.providers.documents import Document, document, text
from ci_integrations.providers.gitlab.backend import API, TransportBackend
from ci_integrations.providers.gitlab.memo import Memo
from ci_integrations.providers.gitlab.settings import Settings
from ci_integrations.providers.transport import Limits, Transport

T = TypeVar("T")
PAGE: Final = 100
MOST_PAGES: Final = 10
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
        self.gl = gitlab.Gitlab(
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

    def pages(self, listing: Callable[[], Iterable[object]], *, limit: int = MOST_PAGES) -> Iterator[Document]:
        """The documents of a listing, at most `limit` pages of them; a page is asked for when it is needed."""
        with _translated():
            listed = iter(listing())
        for _ in range(limit * PAGE):
            with _translated():
                found = list(islice(listed, 1))
            if not found:
                return
            yield _document(found[0])

    def send(self, call: Callable[[], object]) -> Document:
        """What a write answers. Raises Conflict, with GitLab's reason, where it cannot be done now."""
        try:
            with _translated(write=True):
                return _document(call())
        except (AuthFailed, Invalid) as error:
            if not error.effect_unknown and any(words in f"{error}".lower() for words in NOT_NOW):
                raise Conflict(f"{error}".partition("; check the credentials")[0]) from error
            raise

    def download(
        self, path: str, *, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> AbstractContextManager[Download]:
        """Stream a file below the API. A redirect to where it lies is followed, without credentials if elsewhere."""
        return self._transport.stream(f"{self.settings.base_url}{API}{path}", headers=headers, max_bytes=max_bytes)

    def viewer(self) -> str:
        """The name of the user whose token it is; "" for a token that may not ask."""
        if self._viewer is None:
            try:
                self._viewer = text(self.get(lambda: self.gl.http_get("/user")), "username")
            except (AuthFailed, NotFound):
                self._viewer = ""
        return self._viewer

    def path_of(self, project_id: str) -> str:
        """The path of a project that is named by its number; the number where it cannot be seen."""
        key = (self.settings.base_url, project_id)
        known = _paths.get(key)
        if known is None:
            try:
                found = self.get(lambda: self.gl.projects.get(project_id))
            except (AuthFailed, NotFound):
                return project_id
            known = text(found, "path_with_namespace") or project_id
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


@contextmanager
def _translated(*, write: bool = False) -> Iterator[None]:
    """The one place where what python-gitlab raises becomes an error of ours; its texts hold whole answers."""
    try:
        yield
    except GitlabError as error:
        what = f"GitLab's answer cannot be understood ({type(error).__name__})"
        raise (Unavailable(what, effect_unknown=True) if write else Invalid(what)) from None


def _document(value: object) -> Document:
    if isinstance(value, RESTObject):
        return value.asdict()
    if value is None or isinstance(value, requests.Response):
        # An answer without a body, or one that python-gitlab keeps to itself.
        return {}
    return document(value, "answer")
