"""One bounded HTTP session for every provider.

Bounded in time (connect, read, and a deadline over the whole call), in bytes, in redirects and in where it goes.
Reads are tried up to three times; a write is sent once. Credentials go to the configured origins only. The proxies and
netrc of the environment and the cookies of servers are not used.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from ci_integrations.errors import Invalid, RateLimited, Unavailable
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.answers import PIECE, Answer, Body, Download, lost, read_beginning, read_body
from ci_integrations.providers.http_errors import TEXT_LIMIT, short_text, status_error
from ci_integrations.providers.redact import public_url
from ci_integrations.providers.wire import BoundedAdapter, Bounds, bounded

T = TypeVar("T")
Auth = Callable[[requests.PreparedRequest], None]
Refusal = Callable[[bytes], str]
MIB = 1024 * 1024
LONGEST_WAIT = 10.0
MAX_REDIRECTS = 5
_PAUSES = (0.2, 0.8)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds: to connect, between two bytes, for a call with its repeats, for a download. `body` in bytes."""

    connect: float = 5.0
    read: float = 15.0
    call: float = 40.0
    download: float = 600.0
    body: int = 32 * MIB


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    write: bool = False
    refusal: Refusal | None = None


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Redirects are followed here, not by requests: it would read the whole body and trust the address first."""


class Transport:
    """Sends requests for one connection.

    `origins` are URLs: the credentials and the caller's headers go to their schemes, hosts and ports only. Any other
    place that a redirect or a link leads to gets neither, and must be a public address unless it is in `trusted` (URLs
    too) or `anywhere` is set. `auth` adds the credentials to a prepared request. `secrets` are masked in every error.
    `ca_file` names the certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        *,
        origins: Iterable[str],
        auth: Auth | None = None,
        secrets: Iterable[str] = (),
        trusted: Iterable[str] = (),
        anywhere: bool = False,
        limits: Limits | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._origins = frozenset(origin(url) for url in origins)
        self._trusted = self._origins | {origin(url) for url in trusted}
        self._anywhere = anywhere
        self._auth = auth
        self._masker = Masker(secrets)
        self._limits = limits or Limits()
        self._verify: str | bool = ca_file or True
        self._session = self._new_session()

    def read(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Ask for something that asking does not change. Up to three tries where the server is away or busy.

        A `Retry-After` of up to 10 s is waited for; a longer one is raised. Raises ProviderError by what happened.
        """
        deadline = time.monotonic() + self._limits.call
        call = _Call(method, url, headers or {}, body)
        return self._repeat(lambda: self._whole(self._session, call, deadline), deadline)

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        refusal: Refusal | None = None,
    ) -> Answer:
        """Send something that has an effect: once. A lost answer raises Unavailable with `effect_unknown`.

        `refusal` is given the beginning of an error's body and gives the server's reason where that body proves that
        nothing was done (raises Invalid then), else "".
        """
        deadline = time.monotonic() + self._limits.call
        call = _Call(method, url, headers or {}, body, write=True, refusal=refusal)
        # A server may close a kept connection just as we write, and the effect would be unknown: use a new one.
        with self._new_session() as session:
            return self._whole(session, call, deadline)

    @contextmanager
    def stream(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = 100 * MIB
    ) -> Iterator[Download]:
        """Read a body piece by piece. Opening it is tried up to three times, reading it once.

        Reading raises Unavailable where the body is cut or late, Invalid where it is larger than `max_bytes`.
        """
        start = time.monotonic()
        call = _Call("GET", url, headers or {})
        response = self._repeat(
            lambda: self._send(self._session, call, start + self._limits.download), start + self._limits.call
        )
        with closing(response):
            body = Body(response, self._where(call.method, response.url), limit=max_bytes, write=False)
            download = Download(body, PIECE)
            download.status, download.headers = response.status_code, response.headers
            yield download

    def also_mask(self, secret: str) -> None:
        """Mask a secret that was not known when this was made."""
        if self._masker.text(secret) == secret:
            self._masker = Masker([secret], beside=self._masker)

    def mask(self, text: str) -> str:
        """`text` without the secrets of this connection."""
        return self._masker.text(text)

    def _new_session(self) -> requests.Session:
        session = _Session()
        session.trust_env = False
        session.verify = self._verify
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = "orchestrate-ci"
        session.mount("http://", BoundedAdapter())
        session.mount("https://", BoundedAdapter())
        return session

    def _repeat(self, once: Callable[[], T], deadline: float) -> T:
        for pause in _PAUSES:
            try:
                return once()
            except (Unavailable, RateLimited) as error:
                wait = pause if error.retry_after is None else error.retry_after
                if wait > LONGEST_WAIT or time.monotonic() + wait >= deadline:
                    raise
            time.sleep(wait)
        return once()

    def _whole(self, session: requests.Session, call: _Call, deadline: float) -> Answer:
        with closing(self._send(session, call, deadline)) as response:
            where = self._where(call.method, response.url)
            body = read_body(response, where, limit=self._limits.body, write=call.write)
            return Answer(response.status_code, response.headers, body, where)

    def _send(self, session: requests.Session, call: _Call, deadline: float) -> requests.Response:
        """The first answer that is no redirect; an error where it says one."""
        hop = call
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_one(session, hop, deadline)
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                self._raise_for_status(hop, response)
                return response
            with closing(response):
                hop = self._redirected(hop, response)
        raise Invalid(f"{self._where(call.method, call.url)}: more than {MAX_REDIRECTS} redirects")

    def _send_one(self, session: requests.Session, call: _Call, deadline: float) -> requests.Response:
        where = self._where(call.method, call.url)
        place = origin(call.url)
        known = place in self._origins
        if not place:
            raise Invalid(f"{where}: expected an http or https address without a user name in it")
        try:
            request = session.prepare_request(
                requests.Request(call.method, call.url, headers=dict(call.headers) if known else None, data=call.body)
            )
            if known and self._auth is not None:
                self._auth(request)
            with bounded(Bounds(deadline, public_only=place not in self._trusted and not self._anywhere)):
                return session.send(
                    request, stream=True, allow_redirects=False, timeout=(self._limits.connect, self._limits.read)
                )
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise lost(error, where, write=call.write) from None

    def _redirected(self, call: _Call, response: requests.Response) -> _Call:
        unsure = call.write and response.status_code in {301, 302, 303}
        target = join(call.url, response.headers["Location"], self._where(call.method, call.url), effect_unknown=unsure)
        if call.write and response.status_code != 303:
            raise Invalid(
                f"{self._where(call.method, call.url)} answered with a redirect to {self.mask(public_url(target))}; "
                "a write follows none: configure that address",
                effect_unknown=response.status_code in {301, 302},
            )
        if response.status_code == 303:
            return replace(call, method="GET", url=target, body=None)
        return replace(call, url=target)

    def _raise_for_status(self, call: _Call, response: requests.Response) -> None:
        if response.status_code < 300 or response.status_code == requests.codes.not_modified:
            return
        with closing(response):
            beginning = read_beginning(response, 64 * 1024)
        where = self._where(call.method, response.url)
        refused = call.refusal(beginning) if call.refusal else ""
        if refused and response.status_code not in {401, 403, 404, 409, 410, 429}:
            raise Invalid(f"{where} was refused: {self.mask(refused)[:TEXT_LIMIT]}")
        text = self.mask(short_text(beginning))[:TEXT_LIMIT]
        raise status_error(response.status_code, response.headers, text, where=where, write=call.write)

    def _where(self, method: str, url: str) -> str:
        return f"{method} {self.mask(public_url(url))}"


def join(base: str, link: str, where: str, *, effect_unknown: bool = False) -> str:
    """The address that `link`, found in the answer of `where`, leads to. Raises Invalid for one that is none."""
    try:
        joined = urljoin(base, link)
        urlsplit(joined)
    except ValueError:
        raise Invalid(f"{where}: leads to an address that cannot be read", effect_unknown=effect_unknown) from None
    return joined


def origin(url: str) -> str:
    """`scheme://host:port` of a URL, "" where it is not http(s), names no host or carries a user name."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return ""
    if not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"
