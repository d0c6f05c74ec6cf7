"""The fake GitLab for all tests here."""

from tests.gitlab import gitlab, shop

__all__ = ["gitlab", "shop"]
