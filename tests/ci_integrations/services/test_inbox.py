"""The doorbell."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from ci_integrations.domain import State
from ci_integrations.errors import AuthFailed, ConfigError, Invalid, NotFound, ProviderError, Unavailable
from ci_integrations.models import Delivery, Repository, Run
from ci_integrations.services import inbox
from tests.fakes.memory import MemoryServer


def ring(repository: Repository, body: object, *, token: str = "good", key: str = "") -> int:
    connection = repository.connection
    return (
        Client(enforce_csrf_checks=True)
        .post(
            f"/webhooks/{connection.provider}/{key or connection.key}",
            data=body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers={"X-Token": token},
        )
        .status_code
    )


def test_a_delivery_is_stored_and_worked_on_later(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    assert ring(repository, {"id": "d1", "run": "7"}) == 202
    assert server.calls == []
    delivery = Delivery.objects.get()
    inbox.process(delivery.pk)
    assert Run.objects.get().external_id == "7"
    delivery.refresh_from_db()
    assert delivery.done_at is not None


def test_a_wrong_token_stores_nothing(repository: Repository) -> None:
    assert ring(repository, {"id": "d1", "run": "7"}, token="bad") == 401
    assert not Delivery.objects.exists()


def test_an_unknown_address_is_not_found(repository: Repository) -> None:
    assert ring(repository, {"id": "d1", "run": "7"}, key="other") == 404


def test_a_body_over_the_limit_is_refused_before_anything_else(repository: Repository, settings: Settings) -> None:
    settings.ORCHESTRATE_WEBHOOK_MAX_BYTES = 10
    assert ring(repository, {"id": "d1", "run": "7"}) == 413


def test_a_redelivery_of_a_done_one_rings_no_second_time(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    ring(repository, {"id": "d1", "run": "7"})
    inbox.process(Delivery.objects.get().pk)
    ring(repository, {"id": "d1", "run": "7"})
    inbox.process(Delivery.objects.get().pk)
    assert server.calls.count("get_run") == 1


@pytest.mark.parametrize("error", [NotFound("not there yet"), AuthFailed("401"), ConfigError("CI_TOKEN is not set")])
def test_what_may_come_right_is_tried_again(repository: Repository, server: MemoryServer, error: ProviderError) -> None:
    server.add_run("7")
    server.fail_next("get_run", error)
    ring(repository, {"id": "d1", "run": "7"})
    delivery = Delivery.objects.get()
    inbox.process(delivery.pk)
    Delivery.objects.update(not_before=None)
    inbox.process(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.done_at is not None


def test_a_redelivery_of_a_dead_one_is_worked_on(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.fail_next("read_webhook", Invalid("no run id"))
    ring(repository, {"id": "d1", "run": "7"})
    delivery = Delivery.objects.get()
    inbox.process(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.dead_at is not None
    ring(repository, {"id": "d1", "run": "7"})
    inbox.process(delivery.pk)
    assert Run.objects.get().external_id == "7"


def test_an_unanswered_fetch_is_tried_again_after_a_while(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.fail_next("get_run", Unavailable("502"))
    ring(repository, {"id": "d1", "run": "7"})
    delivery = Delivery.objects.get()
    inbox.process(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.done_at is None
    assert delivery.not_before is not None
    assert delivery.not_before > timezone.now()
    inbox.process(delivery.pk)
    assert server.calls.count("get_run") == 1, "not before its time"
    Delivery.objects.update(not_before=timezone.now())
    inbox.process(delivery.pk)
    assert Run.objects.get().state == State.RUNNING


def test_a_run_of_an_unknown_repository_is_not_followed(repository: Repository, server: MemoryServer) -> None:
    ring(repository, {"id": "d1", "run": "7", "repo": "other"})
    delivery = Delivery.objects.get()
    inbox.process(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.done_at is not None
    assert not Run.objects.exists()


@pytest.mark.parametrize("times", [2, 5])
def test_the_same_delivery_many_times_is_one_row(repository: Repository, times: int) -> None:
    for _ in range(times):
        assert ring(repository, {"id": "d1", "run": "7"}) == 202
    assert Delivery.objects.count() == 1
