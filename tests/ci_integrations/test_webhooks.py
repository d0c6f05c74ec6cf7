"""The address of webhooks, asked by strangers."""

import pytest
from django.test import Client

from ci_integrations.models import Delivery, Repository


def path(repository: Repository) -> str:
    return f"/webhooks/{repository.connection.provider}/{repository.connection.key}"


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "\u0663"])
def test_a_length_that_is_no_number_is_a_bad_request(repository: Repository, length: str) -> None:
    answer = Client().post(path(repository), data=b"{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == 400
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("key", ["%00", "a%00b", "%0a", "%ff"])
def test_an_address_that_nobody_has_is_not_found(repository: Repository, key: str) -> None:
    assert Client().post(f"/webhooks/memory/{key}", data=b"{}", content_type="application/json").status_code == 404
    assert Client().post(f"/webhooks/{key}/x", data=b"{}", content_type="application/json").status_code == 404
