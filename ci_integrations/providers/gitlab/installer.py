"""The group whose projects are followed, our webhook, and whether we are allowed what we need.

https://docs.gitlab.com/api/groups/
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ci_integrations.domain import AccessCheck, FailedDelivery, InstallationData, RepoRef, RepositoryData
from ci_integrations.errors import NotSupported
from ci_integrations.providers.documents import text
from ci_integrations.providers.gitlab import access, hooks
from ci_integrations.providers.gitlab.client import PAGE, Client
from ci_integrations.providers.gitlab.convert import to_repository

# Pages of 100.
MOST_PAGES: Final = 50


class GitLabInstaller:
    """The group of one connection, if it names one; other projects are listed in the configuration."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._group = client.settings.group

    def list_installations(self) -> Sequence[InstallationData]:
        """As Installer says: the configured group, named as it is there."""
        if not self._group:
            return []
        groups = self._client.gl.groups
        found = self._client.get(lambda: groups.get(self._group, with_projects="false"))
        return [InstallationData(self._group, text(found, "full_path") or self._group)]

    def list_repositories(self, installation: str) -> Iterator[RepositoryData]:
        """As Installer says; with the projects of groups below, without archived ones."""
        projects = self._client.group(installation).projects
        filters = {"include_subgroups": "true", "archived": "false", "with_shared": "false", "order_by": "id"}
        listed = self._client.pages(lambda: projects.list(iterator=True, per_page=PAGE, **filters), limit=MOST_PAGES)
        return (found for found in map(to_repository, listed) if not found.is_archived)

    def failed_deliveries(self, *, since: datetime) -> Sequence[FailedDelivery]:
        """What was missed is found by listing: GitLab keeps a webhook's deliveries for its Maintainers."""
        return []

    def redeliver(self, delivery: FailedDelivery) -> None:
        """As `failed_deliveries` says."""
        raise NotSupported("GitLab's webhooks are sent again from the webhook's page at GitLab")

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        """As Installer says; `target` is the configured group or a project."""
        is_group = bool(self._group) and target.lower() == self._group.lower()
        if is_group:
            return hooks.install(self._client, self._client.group(target).hooks, url, is_group=True)
        return hooks.install(self._client, self._client.project(RepoRef(target)).hooks, url, is_group=False)

    def check_access(self, repo: RepoRef | None = None) -> Sequence[AccessCheck]:
        """As Installer says: the scope of the token, and its role in a project."""
        return access.check(self._client, repo)
