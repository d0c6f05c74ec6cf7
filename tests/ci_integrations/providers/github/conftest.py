"""The fake GitHub for all tests here."""

from tests.github import github, shop

__all__ = ["github", "shop"]
