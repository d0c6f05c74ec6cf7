"""GitLab: CI as CI provider, its projects as code host, its groups as the way in."""

from ci_integrations.providers.gitlab.provider import GitLabProvider

__all__ = ["GitLabProvider"]
