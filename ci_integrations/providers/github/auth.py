"""Who we are at GitHub: a plain token, an App, or one of the App's installations. PyGithub makes the tokens."""

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import requests
from github import Auth, GithubException
from github.Requester import Requester

from ci_integrations.errors import AuthFailed, Invalid, NotSupported, ProviderError, Unavailable
from ci_integrations.providers.github.settings import AppSettings, Settings
from ci_integrations.providers.http_errors import short_text, status_error

T = TypeVar("T")

_MOST_KEPT: Final = 2000


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose rights a request uses. `name` tells identities apart, in memory only; `token` gives what to send now.

    `renew` forgets the present token where another can be had: it may have been revoked.
    """

    name: str
    token: Callable[[], str] = field(repr=False)
    renew: Callable[[], bool] = field(default=lambda: False, repr=False)


def plain(settings: Settings) -> Identity:
    """The identity of the configured token."""
    return Identity(_digest(settings.base_url, settings.token), lambda: settings.token)


def app(settings: Settings) -> Identity:
    """The App itself, by a signed JWT that is good for some minutes. Raises NotSupported for a plain token.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    own = _app_of(settings)
    return Identity(_digest(settings.base_url, own.id), lambda: _app_auth(own).token)


def installation(settings: Settings, installation_id: str) -> Identity:
    """One installation of the App, by a token that is fetched anew before it expires.

    `token` raises AuthFailed where the installation no longer lets us in, Unavailable, RateLimited.
    """
    own = _app_of(settings)
    if not installation_id.isdecimal():
        raise Invalid(f"{installation_id[:40]!r} is not the id of an installation")
    name = _digest(settings.base_url, own.id, own.private_key, installation_id)
    return Identity(
        name,
        lambda: _ask(lambda: _kept(name, settings, installation_id).token, installation_id),
        lambda: _forget(name),
    )


def _app_of(settings: Settings) -> AppSettings:
    if settings.app is None:
        raise NotSupported("this connection has a plain token, no App: there are no installations")
    return settings.app


def _app_auth(own: AppSettings) -> Auth.AppAuth:
    return Auth.AppAuth(own.id, own.private_key)


# Tokens are good for an hour, while a provider is built for every task: they are kept by the process.
_tokens: OrderedDict[str, Auth.AppInstallationAuth] = OrderedDict()
_lock = threading.Lock()


def _kept(name: str, settings: Settings, installation_id: str) -> Auth.AppInstallationAuth:
    with _lock:
        if name not in _tokens:
            _tokens[name] = _installation_auth(settings, installation_id)
        _tokens.move_to_end(name)
        while len(_tokens) > _MOST_KEPT:
            _tokens.popitem(last=False)
        return _tokens[name]


def _forget(name: str) -> bool:
    with _lock:
        _tokens.pop(name, None)
    return True


def _installation_auth(settings: Settings, installation_id: str) -> Auth.AppInstallationAuth:
    own = _app_auth(_app_of(settings))
    requester = Requester(
        auth=own,
        base_url=settings.base_url,
        timeout=math.ceil(settings.timeout),
        user_agent="orchestrate-ci",
        per_page=100,
        verify=settings.ca_file or True,
        retry=None,
        pool_size=1,
        api_version=settings.api_version,
    )
    return Auth.AppInstallationAuth(own, int(installation_id), requester=requester)


def _ask(call: Callable[[], T], installation_id: str) -> T:
    """The one place where what PyGithub raises becomes an error of ours."""
    try:
        return call()
    except GithubException as error:
        raise _translated(error, installation_id) from None
    except (requests.RequestException, OSError) as error:
        raise Unavailable(f"no token for installation {installation_id}: {type(error).__name__}") from None


def _translated(error: GithubException, installation_id: str) -> ProviderError:
    headers = requests.structures.CaseInsensitiveDict(error.headers or {})
    said = short_text(str(error.data or error.message or "").encode())[:200]
    where = f"the token of installation {installation_id}"
    if error.status == 401:
        return AuthFailed(f"{where} was refused (401: {said}): check the App's private key and this machine's clock")
    found = status_error(error.status, headers, said, where=where, write=False)
    if error.status in {403, 404} and not found.retryable:
        return AuthFailed(
            f"installation {installation_id} no longer lets us in ({error.status}: {said}): it was removed or suspended"
        )
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
