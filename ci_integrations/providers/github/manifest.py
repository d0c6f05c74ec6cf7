"""Creating a GitHub App from a manifest: one form, one code, and the App's credentials are here.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ci_integrations.errors import ConfigError, Invalid
from ci_integrations.providers.documents import document, identity, text
from ci_integrations.providers.github.permissions import EVENTS, PERMISSIONS
from ci_integrations.providers.github.settings import GITHUB
from ci_integrations.providers.transport import Transport, origin

GITHUB_WEB: Final = "https://github.com"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_ORGANIZATION: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?")
_GITHUB_HOSTS: Final = frozenset({"github.com", "www.github.com", "api.github.com"})
_CLOUD: Final = ".ghe.com"


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What GitHub tells once of an App that was created from our manifest."""

    id: str
    slug: str
    name: str
    html_url: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def manifest(*, name: str, url: str, webhook_url: str, redirect_url: str, setup_url: str) -> dict[str, Any]:
    """The manifest: what the App is called, where it calls us, what it may do."""
    return {
        "name": name,
        "url": url,
        "hook_attributes": {"url": webhook_url, "active": True},
        "redirect_url": redirect_url,
        "setup_url": setup_url,
        "setup_on_update": True,
        "public": False,
        "default_permissions": {name: level for name, (level, _) in PERMISSIONS.items()},
        "default_events": sorted(EVENTS),
    }


def web_url(address: str) -> str:
    """The address of a GitHub as a person gives it, checked. Raises ConfigError.

    Only https; plain http on this machine alone, for trying things out.
    """
    wrong = ConfigError(f"expected an address such as {GITHUB_WEB} or https://github.example.com", place="host")
    address = address.strip().rstrip("/").lower() or GITHUB_WEB
    if not origin(address):
        raise wrong
    parts = urlsplit(address)
    host, port = parts.hostname or "", "" if parts.port in {None, 443} else f":{parts.port}"
    is_plain = parts.scheme == "http" and not _is_loopback(host)
    if not _HOST.fullmatch(host) or parts.path or parts.query or parts.fragment or is_plain:
        raise wrong
    return GITHUB_WEB if host in _GITHUB_HOSTS else f"{parts.scheme}://{host}{port}"


def base_url_of(web: str) -> str:
    """The API's address of the GitHub at `web`: https://docs.github.com/en/enterprise-server/rest/quickstart"""
    parts = urlsplit(web)
    host = parts.hostname or ""
    if web == GITHUB_WEB:
        return GITHUB
    if host.endswith(_CLOUD):
        return f"https://api.{host}"
    return f"{web}/api/v3"


def form_action(web: str, *, organization: str, state: str) -> str:
    """Where the form with the manifest is sent to. Raises ConfigError for a name that no organization has."""
    if organization and not _ORGANIZATION.fullmatch(organization):
        raise ConfigError(f"{organization[:40]!r} is not the name of an organization", place="organization")
    where = f"/organizations/{quote(organization)}/settings/apps/new" if organization else "/settings/apps/new"
    return f"{web}{where}?{urlencode({'state': state})}"


def convert_code(base_url: str, code: str, *, ca_file: str | None = None) -> AppCredentials:
    """Exchange the code, which is good once and for an hour, for the App's credentials. Sent once.

    Raises ProviderError; Invalid for a code of another form.
    """
    if not _CODE.fullmatch(code):
        raise Invalid("GitHub's code has an unknown form: begin again")
    transport = Transport(origins=[base_url], ca_file=ca_file, anywhere=base_url != GITHUB)
    answer = transport.write(
        "POST", f"{base_url}/app-manifests/{code}/conversions", headers={"Accept": "application/vnd.github+json"}
    )
    made = document(answer.json(), "App")
    found = AppCredentials(
        id=identity(made),
        slug=text(made, "slug"),
        name=text(made, "name"),
        html_url=text(made, "html_url"),
        private_key=text(made, "pem"),
        webhook_secret=text(made, "webhook_secret"),
    )
    if not (found.slug and found.private_key and found.webhook_secret):
        raise Invalid("GitHub answered without the App's name, private key or webhook secret")
    return found


def installation_url(credentials: AppCredentials) -> str:
    """Where the App is installed for repositories."""
    return f"{credentials.html_url}/installations/new"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
