"""Who installed our App, what GitHub could not deliver, and whether we are allowed what we need.

https://docs.github.com/en/rest/apps/apps, https://docs.github.com/en/rest/apps/webhooks
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ci_integrations.domain import AccessCheck, FailedDelivery, InstallationData, RepoRef, RepositoryData
from ci_integrations.errors import AuthFailed, NotSupported, ProviderError
from ci_integrations.providers.documents import count, document, identity, moment, part, text
from ci_integrations.providers.github.client import Caller, Client, path_of
from ci_integrations.providers.github.convert import to_installation, to_repository
from ci_integrations.providers.github.permissions import EVENTS, FOR_TOKENS, PERMISSIONS, is_enough

# Pages of 100; more repositories than an installation's token can name.
MOST_PAGES = 50
OK = 300


class GitHubInstaller:
    """The App of one connection; a plain token has no installations and hears of no deliveries."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list_installations(self) -> Sequence[InstallationData]:
        """As Installer says."""
        if not self._client.is_app:
            return []
        return [to_installation(one) for one in self._client.app().pages("/app/installations", None, limit=MOST_PAGES)]

    def list_repositories(self, installation: str) -> Iterator[RepositoryData]:
        """As Installer says."""
        caller = self._client.installation(installation)
        listed = caller.pages("/installation/repositories", "repositories", limit=MOST_PAGES)
        return (to_repository(one) for one in listed)

    def failed_deliveries(self, *, since: datetime) -> Sequence[FailedDelivery]:
        """As Installer says; one that was sent again keeps its delivery id, so its sendings are counted by it."""
        if not self._client.is_app:
            return []
        sendings = list(_sendings(self._client.app(), since))
        arrived = {text(one, "guid") for one in sendings if 0 < count(one, "status_code", default=999) < OK}
        newest: dict[str, Any] = {}
        for one in sendings:
            newest.setdefault(text(one, "guid"), one)
        return [
            FailedDelivery(identity(one), guid, moment(one, "delivered_at") or since, _tries(sendings, guid))
            for guid, one in newest.items()
            if guid and guid not in arrived
        ]

    def redeliver(self, delivery: FailedDelivery) -> None:
        """As Installer says."""
        self._client.app().send("POST", f"/app/hook/deliveries/{int(delivery.external_id)}/attempts")

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        """The webhook is a part of the App; with a token, people add one in the repository's settings."""
        raise NotSupported("GitHub's webhooks come with the App (docs/github.md)")

    def check_access(self, repo: RepoRef | None = None) -> Sequence[AccessCheck]:
        """As Installer says."""
        return self._check_app(repo) if self._client.is_app else self._check_token(repo)

    def _check_app(self, repo: RepoRef | None) -> list[AccessCheck]:
        app = self._client.app()
        own = document(app.get("/app"), "App")
        granting = own if repo is None else document(app.get(path_of(repo, "installation")), "installation")
        if granting.get("suspended_at"):
            granting = {"permissions": {}, "events": []}
        levels, heard = part(granting, "permissions"), granting.get("events", own.get("events")) or []
        return [_permission(name, levels) for name in PERMISSIONS] + [
            AccessCheck(f"event {name}", "subscribed", why, name in heard, "subscribed" if name in heard else "")
            for name, why in EVENTS.items()
        ]

    def _check_token(self, repo: RepoRef | None) -> list[AccessCheck]:
        """GitHub does not tell what a token may do: reading is tried, writing is known for the contents only."""
        if repo is None:
            raise NotSupported("name a repository: what a token may do depends on it")
        caller = self._client.repo(repo)
        found = document(caller.get(path_of(repo)), "repository")
        may_push = part(found, "permissions").get("push") is True
        tried = {"actions": path_of(repo, "actions", "runs"), "pull_requests": path_of(repo, "pulls")}
        known: dict[str, tuple[bool | None, str]] = {
            "metadata": (True, "read"),
            "contents": (may_push, "write" if may_push else ""),
        }
        for name, path in tried.items():
            known[name] = _reading(caller, path)
        return [AccessCheck(name, *PERMISSIONS[name], *known.get(name, (None, ""))) for name in FOR_TOKENS]


def _sendings(app: Caller, since: datetime) -> Iterator[Mapping[str, Any]]:
    """Newest first, back to `since`."""
    for page in app.whole_pages("/app/hook/deliveries", None, limit=MOST_PAGES, status="failure"):
        sendings = [document(one, "delivery") for one in page]
        yield from (one for one in sendings if (moment(one, "delivered_at") or since) >= since)
        if any((moment(one, "delivered_at") or since) < since for one in sendings):
            return


def _tries(sendings: Sequence[Mapping[str, Any]], guid: str) -> int:
    return sum(text(one, "guid") == guid for one in sendings)


def _permission(name: str, levels: Mapping[str, Any]) -> AccessCheck:
    needed, why = PERMISSIONS[name]
    granted = text(levels, name)
    return AccessCheck(name, needed, why, is_enough(granted, needed), granted)


def _reading(caller: Caller, path: str) -> tuple[bool | None, str]:
    """Whether a permission is surely missing, and what is known to be granted: reading tells nothing of writing."""
    try:
        caller.get(path, per_page=1)
    except AuthFailed:
        return False, ""
    except ProviderError:
        return None, ""
    return None, "read"
