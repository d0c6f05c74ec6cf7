"""The fake CircleCI for all tests here."""

from tests.circleci import app, circleci, shop

__all__ = ["app", "circleci", "shop"]
