"""GitHub: Actions as CI provider, its repositories as code host, its Apps as the way in."""

from ci_integrations.providers.github.provider import GitHubProvider

__all__ = ["GitHubProvider"]
