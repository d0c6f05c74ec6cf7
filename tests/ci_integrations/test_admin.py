"""The admin shows everything and gives nothing away."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ci_integrations.admin import redacted
from ci_integrations.models import Connection, Delivery, Heartbeat, Job, Repository, Run
from tests.factories import ago, make_connection, make_job, make_log, make_repository, make_run

SECRETS = ["hunter2-token", "hunter2-header", "hunter2-query", "hunter2-password", "hunter2-list", "hunter2-clone"]
CONFIG = {
    "trigger_url": "https://user:hunter2-password@ci.example.com/trigger?key=hunter2-query",
    "status_url": "https://ci.example.com/status/{run_id}",
    "auth": {"type": "bearer", "token": "hunter2-token"},
    "endpoints": {"cancel": {"headers": {"X-Any": "hunter2-header"}, "body": ["hunter2-list", 4711]}},
    "webhooks": {"type": "token", "secret": "${HOOK_SECRET}", "prefix": "a ${VAR} inside"},
}


@pytest.fixture
def admin_page(db: None, storage: object) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def test_every_model_is_registered() -> None:
    missing = [
        model.__name__
        for model in apps.get_app_config("ci_integrations").get_models()
        if not admin.site.is_registered(model)
    ]

    assert missing == []


@pytest.mark.parametrize("name", [model.__name__ for model in apps.get_app_config("ci_integrations").get_models()])
def test_every_list_opens(admin_page: Client, name: str) -> None:
    run = make_run()
    make_log(make_job(run), "x\n")

    assert admin_page.get(reverse(f"admin:ci_integrations_{name.lower()}_changelist")).status_code == 200


def test_a_configuration_shows_its_structure_and_no_value(admin_page: Client) -> None:
    connection = make_connection(config=CONFIG)

    text = admin_page.get(reverse("admin:ci_integrations_connection_change", args=[connection.pk])).content.decode()

    assert not [secret for secret in SECRETS if secret in text]
    assert "4711" not in text
    for shown in ("trigger_url", "https://ci.example.com/trigger", "X-Any", "${HOOK_SECRET}", "orchestrate ci connect"):
        assert shown in text


def test_redacted_values() -> None:
    assert redacted(CONFIG["auth"]) == {"type": "***", "token": "***"}
    assert redacted(CONFIG["webhooks"]) == {"type": "***", "secret": "${HOOK_SECRET}", "prefix": "***"}
    assert redacted(True) is True


def test_a_connection_can_be_switched_off_and_nothing_else(admin_page: Client) -> None:
    connection = make_connection(config=CONFIG)
    address = reverse("admin:ci_integrations_connection_change", args=[connection.pk])

    admin_page.post(address, {"name": "other", "config": "{}", "key": "guessed", "provider": "x"})

    after = Connection.objects.get()
    assert not after.is_active
    assert (after.name, after.key, after.config) == (connection.name, connection.key, CONFIG)


def test_connections_are_neither_made_nor_deleted_here(admin_page: Client) -> None:
    connection = make_connection()

    assert admin_page.get(reverse("admin:ci_integrations_connection_add")).status_code == 403
    assert admin_page.post(reverse("admin:ci_integrations_connection_delete", args=[connection.pk])).status_code == 403


def test_a_clone_url_is_shown_without_its_password(admin_page: Client) -> None:
    repository = make_repository(clone_url="https://user:hunter2-clone@git.example.com/shop.git")

    text = admin_page.get(reverse("admin:ci_integrations_repository_change", args=[repository.pk])).content.decode()

    assert "hunter2-clone" not in text
    assert "https://git.example.com/shop.git" in text


@pytest.mark.parametrize("model", [Run, Job, Repository, Heartbeat])
def test_history_is_read_only(admin_page: Client, model: type[Run]) -> None:
    make_job(make_run())
    Heartbeat.objects.create(cluster="io", beat_at=ago(seconds=3))
    row = model.objects.get()
    name = f"admin:ci_integrations_{model.__name__.lower()}"

    assert admin_page.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert admin_page.post(reverse(f"{name}_change", args=[row.pk]), {"state": "success"}).status_code == 403
    assert admin_page.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert admin_page.get(reverse(f"{name}_add")).status_code == 403


def test_the_body_of_a_webhook_is_not_shown(admin_page: Client) -> None:
    row = Delivery.objects.create(connection=make_connection(), delivery_id="d1", body=b"hunter2-body")

    text = admin_page.get(reverse("admin:ci_integrations_delivery_change", args=[row.pk])).content.decode()

    assert "d1" in text
    assert "field-body" not in text
    assert "memory at" not in text
