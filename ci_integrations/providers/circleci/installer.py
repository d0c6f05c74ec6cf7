"""Whether a token is allowed what we need, and the webhooks of projects.

https://circleci.com/docs/api/v2/index.html#tag/Webhook
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from ci_integrations.domain import AccessCheck, FailedDelivery, InstallationData, RepoRef, RepositoryData
from ci_integrations.errors import AuthFailed, Invalid, NotFound, NotSupported, Unauthenticated
from ci_integrations.providers.circleci.client import Client, path_of, project_path
from ci_integrations.providers.circleci.convert import name_of
from ci_integrations.providers.circleci.webhook import JOB, WORKFLOW
from ci_integrations.providers.documents import Document, text

NAME: Final = "Orchestrate CI"
EVENTS: Final = (WORKFLOW, JOB)
# https://circleci.com/docs/webhooks/#limitations
MOST_WEBHOOKS: Final = 5
_TOKEN_NEEDED: Final = "a personal API token"  # noqa: S105  # words for people
_TOKEN_WHY: Final = "CircleCI's API v2 takes no project tokens"  # noqa: S105  # words for people
_PROJECT_WHY: Final = "to follow its pipelines, and to start, repeat and cancel them"
_WEBHOOK_WHY: Final = "to hear at once of what has ended"


class CircleCIInstaller:
    """The token of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list_installations(self) -> Sequence[InstallationData]:
        """Nobody installs a token."""
        return []

    def list_repositories(self, installation: str) -> Iterator[RepositoryData]:
        """Projects are listed in the configuration."""
        return iter(())

    def failed_deliveries(self, *, since: datetime) -> Sequence[FailedDelivery]:
        """CircleCI does not tell them; it sends them again itself."""
        return []

    def redeliver(self, delivery: FailedDelivery) -> None:
        """CircleCI cannot be asked to."""
        raise NotSupported("CircleCI sends failed webhooks again itself; it cannot be asked to")

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        """As Installer says; `target` is a project's slug."""
        secret = self._client.settings.webhook_secret
        if not secret:
            raise NotSupported("this connection has no `webhook_secret` in its configuration")
        name = f"webhook of {target}"
        needed = " and ".join(EVENTS)
        project = name_of(self._client.get(project_path(RepoRef(target))))
        scope = {"scope-id": project, "scope-type": "project"}
        there = list(self._client.listed("/webhook", scope))
        own = next((one for one in there if text(one, "url") == url), None)
        if own is None and len(there) >= MOST_WEBHOOKS:
            return AccessCheck(
                name,
                needed,
                _WEBHOOK_WHY,
                granted=False,
                found=f"the project has {len(there)} webhooks, CircleCI allows {MOST_WEBHOOKS}: remove one of "
                + ", ".join(text(one, "name") for one in there),
            )
        try:
            self._write(own, project, url, secret)
        except (AuthFailed, Invalid, NotFound) as error:
            if error.effect_unknown:
                raise
            return AccessCheck(name, needed, _WEBHOOK_WHY, granted=False, found=f"{error}")
        return AccessCheck(name, needed, _WEBHOOK_WHY, granted=True, found=needed)

    def check_access(self, repo: RepoRef | None = None) -> Sequence[AccessCheck]:
        """As Installer says; of a project it is told whether it can be seen: writing is not tried."""
        try:
            person = text(self._client.get("/me"), "login")
        except Unauthenticated as error:
            return [AccessCheck("token", _TOKEN_NEEDED, _TOKEN_WHY, granted=False, found=f"{error}")]
        checks = [AccessCheck("token", _TOKEN_NEEDED, _TOKEN_WHY, granted=True, found=f"that of {person}")]
        if repo is None:
            return checks
        try:
            self._client.get(project_path(repo))
        except (AuthFailed, NotFound) as error:
            found = f"{error}: does {person} follow the project, and is this its slug?"
            return [
                *checks,
                AccessCheck(f"project {repo.external_id}", "seen", _PROJECT_WHY, granted=False, found=found),
            ]
        return [*checks, AccessCheck(f"project {repo.external_id}", "seen", _PROJECT_WHY, granted=True, found="seen")]

    def _write(self, own: Document | None, project: str, url: str, secret: str) -> None:
        wish: dict[str, Any] = {
            "name": NAME,
            "events": list(EVENTS),
            "url": url,
            "verify-tls": True,
            "signing-secret": secret,
        }
        if own is None:
            self._client.send("POST", "/webhook", wish | {"scope": {"id": project, "type": "project"}})
        else:
            self._client.send("PUT", path_of("webhook", name_of(own)), wish)
