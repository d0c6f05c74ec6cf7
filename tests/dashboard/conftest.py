"""Who looks at the pages."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture(autouse=True)
def _storage(storage: Path) -> None:
    """Logs are written where this test alone looks."""


@pytest.fixture
def actor(db: None) -> User:
    """Somebody who may act."""
    user = User.objects.create_user("ada", password="x")
    user.user_permissions.add(Permission.objects.get(codename="add_action"))
    return user


@pytest.fixture
def page(actor: User) -> Client:
    """A browser of somebody who may act."""
    client = Client()
    client.force_login(actor)
    return client


@pytest.fixture
def looker(db: None) -> Client:
    """A browser of somebody who may only look."""
    client = Client()
    client.force_login(User.objects.create_user("lou", password="x"))
    return client
