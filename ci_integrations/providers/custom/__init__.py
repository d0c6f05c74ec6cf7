"""Any CI server with an HTTP API, described in the configuration file."""

from ci_integrations.providers.custom.provider import CustomProvider

__all__ = ["CustomProvider"]
