"""CircleCI's REST APIs: JSON documents, pages and files, over the bounded transport.

v2 and v1.1: https://circleci.com/docs/api/v2/, v3: as CircleCI's own command line uses it.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests

from ci_integrations.domain import RepoRef
from ci_integrations.errors import Invalid, Unavailable
from ci_integrations.providers.answers import Download
from ci_integrations.providers.circleci.sdk import LegacyApi
from ci_integrations.providers.circleci.settings import Settings
from ci_integrations.providers.circleci.slugs import legacy_segments, segments
from ci_integrations.providers.documents import Document, document, items, text
from ci_integrations.providers.transport import Limits, Transport

log = logging.getLogger(__name__)

Params = Mapping[str, str]

# https://circleci.com/docs/artifacts/#download-all-artifacts: files of private projects ask for the token there too.
ARTIFACTS: Final = "https://output.circle-artifacts.com"
NO_PARAMS: Final[Params] = {}
# A page holds twenty items or so.
MOST_PAGES: Final = 200
_V3: Final = "/api/v3"
_JSON: Final = {"Accept": "application/json"}
# Whether a server has v3, by its address, where that is known. Kept by the process: a provider is built for each task.
HAS_V3: Final[dict[str, bool]] = {}


class Client:
    """The APIs for one connection. Nothing is sent when it is built. Raises ProviderError as the transport does."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._transport = Transport(
            origins=hosts_of(settings),
            auth=self._authorize,
            secrets=[settings.token, settings.webhook_secret],
            trusted=settings.trusted,
            ca_file=settings.ca_file or None,
            limits=Limits(read=settings.timeout),
        )
        self._legacy = LegacyApi(lambda endpoint: self._read(f"/api/v1.1/{endpoint}"))

    def key_of(self, name: str) -> str:
        """A key for what these credentials were told at this server of something."""
        return sha256(f"{self.settings.base_url}\0{self.settings.token}\0{name}".encode()).hexdigest()

    def get(self, path: str, params: Params = NO_PARAMS) -> Document:
        """A JSON object of v2."""
        return document(self._read(f"/api/v2{path}", params), "answer")

    def pages(self, path: str, params: Params = NO_PARAMS, *, limit: int = MOST_PAGES) -> Iterator[list[Any]]:
        """The lists of `items` of v2, page by page, at most `limit` of them; that there are more is logged."""
        token = ""
        for _ in range(limit):
            found = self.get(path, {**params, **({"page-token": token} if token else {})})
            if not isinstance(found.get("items"), list):
                raise Invalid(f"{path} answered no list of items")
            yield items(found, "items")
            token = text(found, "next_page_token")
            if not token:
                return
        log.warning("%s has more than %s pages: what stands on the others is left out", path, limit)

    def listed(self, path: str, params: Params = NO_PARAMS, *, limit: int = MOST_PAGES) -> Iterator[Document]:
        """The items of `pages`, each an object."""
        for page in self.pages(path, params, limit=limit):
            yield from (document(one, "item") for one in page)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Document]:
        """Send something that has an effect to v2: once. Gives the status and the JSON answer."""
        content = None if body is None else json.dumps(body).encode()
        headers = _JSON | ({"Content-Type": "application/json"} if content else {})
        answer = self._transport.write(method, self._url(f"/api/v2{path}"), headers=headers, body=content)
        try:
            return answer.status, document(answer.json() or {}, "answer")
        except Invalid as error:
            # Accepted, in words that nobody understands: what it did is looked for.
            raise Unavailable(f"{error}", effect_unknown=True) from error

    def may_have_v3(self) -> bool:
        """Whether v3 is worth asking: unless this server was found to have none."""
        return HAS_V3.get(self.settings.base_url, True)

    def has_v3(self) -> bool:
        """Whether v3 ever answered at this server."""
        return HAS_V3.get(self.settings.base_url, False)

    def lacks_v3(self) -> None:
        """Remember that v3 has nothing where v1.1 has something: unless it ever answered, the server has no v3."""
        if not self.settings.is_public:
            HAS_V3.setdefault(self.settings.base_url, False)

    def get_v3(self, path: str) -> Document:
        """The JSON object under `data` of an answer of v3. Raises NotFound, also where the server has no v3."""
        found = document(document(self._read(f"{_V3}{path}"), "answer").get("data"), "answer's data")
        HAS_V3[self.settings.base_url] = True
        return found

    def stream_v3(self, path: str, params: Params, *, start: int, max_bytes: int) -> AbstractContextManager[Download]:
        """Stream a text of v3 from byte `start` on, where the server keeps to ranges: `partial` tells."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        return self._transport.stream(self._url(f"{_V3}{path}", params), headers=headers, max_bytes=max_bytes)

    def build(self, repo: RepoRef, number: int) -> Document:
        """A job of v1.1 with its steps."""
        vcs, organization, project = legacy_segments(repo.external_id)
        return document(self._legacy.get_build_info(organization, project, number, vcs_type=vcs), "build")

    def download(self, url: str, *, max_bytes: int) -> AbstractContextManager[Download]:
        """Stream a file from an address of an answer; the token goes to CircleCI's own hosts only."""
        return self._transport.stream(url, max_bytes=max_bytes)

    def _read(self, path: str, params: Params = NO_PARAMS) -> Any:
        return self._transport.read(self._url(path, params), headers=_JSON).json()

    def _authorize(self, request: requests.PreparedRequest) -> None:
        request.headers["Circle-Token"] = self.settings.token

    def _url(self, path: str, params: Params = NO_PARAMS) -> str:
        return f"{self.settings.base_url}{path}{f'?{urlencode(params)}' if params else ''}"


def hosts_of(settings: Settings) -> list[str]:
    """CircleCI's own addresses, which get the token."""
    return [settings.base_url, ARTIFACTS] if settings.is_public else [settings.base_url]


def path_of(*parts: str | int) -> str:
    """A path of parts, each encoded. Raises Invalid for a part that would lead elsewhere."""
    if any(part in {"", ".", ".."} for part in parts):
        raise Invalid(f"nothing can be asked for by the name {next(p for p in parts if p in {'', '.', '..'})!r}")
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def project_path(repo: RepoRef, *parts: str | int) -> str:
    """The path of something of a project: the slashes of its slug stand as they are, each segment is encoded."""
    return path_of("project", *segments(repo.external_id), *parts)
