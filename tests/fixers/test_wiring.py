"""How the parts hang together: entry points, schedules, admin."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.module_loading import import_string

from ci_integrations.errors import ConfigError
from ci_integrations.models import Repository
from fixers import policy, schedules, services
from fixers.models import FixPolicy
from fixers.strategies.registry import strategy
from tests.fixers.conftest import FORMAT_FINDING, make_run


@pytest.mark.parametrize("name", [policy.FORMATTER, policy.AGENT])
def test_the_fixers_that_the_policy_names_are_installed(name: str) -> None:
    assert strategy(name).name == name


def test_a_fixer_that_is_not_installed_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"no fixer 'oracle'; installed are: .*formatter"):
        strategy("oracle")


def test_what_is_scheduled_can_be_called() -> None:
    assert [callable(import_string(task)) for task, _ in schedules.DESIRED.values()] == [True]


def test_every_model_is_in_the_admin_and_history_is_only_read(
    admin_client: Client, admin_user: User, repository: Repository
) -> None:
    services.triage(make_run(repository, findings=(FORMAT_FINDING,)).pk)
    FixPolicy.objects.create(repository=repository)
    request = RequestFactory().get("/")
    request.user = admin_user
    for model in apps.get_app_config("fixers").get_models():
        page = admin_client.get(reverse(f"admin:fixers_{model._meta.model_name}_changelist"))
        assert page.status_code == 200
        may_add = admin.site.get_model_admin(model).has_add_permission(request)
        assert may_add is (model is FixPolicy)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://bot:${TOKEN}@git.example.org/shop.git", True),
        ("https://${TOKEN}@git.example.org/shop.git", True),
        ("https://git.example.org/shop.git", True),
        ("git@git.example.org:shop.git", True),
        ("ssh://git@git.example.org/shop.git", True),
        ("/srv/shop.git", True),
        ("", True),
        ("https://bot:s3cret@git.example.org/shop.git", False),
        ("https://s3cret@git.example.org/shop.git", False),
        ("https://bot:s3cret${TOKEN}@git.example.org/shop.git", False),
    ],
)
def test_a_password_is_not_stored_in_clear(admin_client: Client, repository: Repository, url: str, fine: bool) -> None:
    form = {
        "repository": repository.pk,
        "max_attempts_per_day": 20,
        "max_retries_per_day": 50,
        "agent_seconds": 900,
        "push_url": url,
    }
    answer = admin_client.post(reverse("admin:fixers_fixpolicy_add"), form)
    assert (answer.status_code, FixPolicy.objects.exists()) == ((302, True) if fine else (200, False))
    if not fine:
        assert "write the password as ${VARIABLE}" in answer.content.decode()


def test_a_password_that_came_in_past_the_form_is_not_shown(
    admin_client: Client, client: Client, repository: Repository
) -> None:
    policy = FixPolicy.objects.create(repository=repository, push_url="https://bot:s3cret@git.example.org/shop.git")
    listed = admin_client.get(reverse("admin:fixers_fixpolicy_changelist")).content.decode()
    assert "git.example.org/shop.git" in listed
    assert "s3cret" not in listed
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_fixpolicy"))
    client.force_login(viewer)
    shown = client.get(reverse("admin:fixers_fixpolicy_change", args=[policy.pk]))
    assert shown.status_code == 200
    assert "s3cret" not in shown.content.decode()
