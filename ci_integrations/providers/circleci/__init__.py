"""CircleCI: its pipelines as runs."""

from ci_integrations.providers.circleci.provider import CircleCIProvider

__all__ = ["CircleCIProvider"]
