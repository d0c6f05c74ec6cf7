"""Who gets in, and who may act."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from ci_integrations.domain import State
from ci_integrations.models import Action
from dashboard.urls import urlpatterns
from orchestrate_site.urls import urlpatterns as all_patterns
from tests.factories import ABLE, make_connection, make_job, make_repository, make_run

POSTS = ["dashboard:retry-failed", "dashboard:retry-all", "dashboard:cancel", "dashboard:fix"]


def addresses() -> list[str]:
    """Every address of the pages, with 1 for each id."""
    return ["/" + re.sub(r"<int:\w+>", "1", str(entry.pattern)) for entry in urlpatterns]


@pytest.mark.django_db
@pytest.mark.parametrize("address", addresses())
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_asks_for_a_login(client: Client, address: str, method: str) -> None:
    answer = getattr(client, method)(address)

    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next={address}"


def test_no_other_page_is_open() -> None:
    single = {entry.name for entry in all_patterns if isinstance(entry, URLPattern)}

    assert single == {"login", "logout", "webhook"}


@pytest.mark.django_db
def test_a_partial_is_never_replaced_by_the_login_form(client: Client) -> None:
    answer = client.get("/", headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer["HX-Refresh"] == "true"
    assert not answer.content


@pytest.mark.parametrize("name", POSTS)
def test_who_may_only_look_gets_403(looker: Client, name: str) -> None:
    run = make_run(State.FAILURE, repository=make_repository(connection=make_connection(config=ABLE)))

    answer = looker.post(reverse(name, args=[run.pk]))

    assert answer.status_code == 403
    assert "may look but not act" in answer.content.decode()
    assert not Action.objects.exists()


def test_who_may_only_look_cannot_trigger(looker: Client) -> None:
    make_repository()

    assert looker.post("/trigger/", {}).status_code == 403
    assert '<form class="form"' not in looker.get("/trigger/").content.decode()


def test_who_may_only_look_sees_why_the_buttons_are_off(looker: Client) -> None:
    run = make_run(State.FAILURE, repository=make_repository(connection=make_connection(config=ABLE)))

    text = looker.get(reverse("dashboard:run", args=[run.pk])).content.decode()

    assert text.count("your account may look but not act") == 4
    assert text.count(" disabled ") == 4


@pytest.mark.parametrize("name", POSTS)
def test_actions_need_a_csrf_token(actor: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(actor)
    run = make_run(State.FAILURE, repository=make_repository(connection=make_connection(config=ABLE)))

    answer = client.post(reverse(name, args=[run.pk]))

    assert answer.status_code == 403
    assert not Action.objects.exists()


def test_the_trigger_form_needs_a_csrf_token(actor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(actor)
    answer = client.post("/trigger/", {"repository": make_repository().pk, "workflow": "full", "branch": "main"})

    assert answer.status_code == 403
    assert "form is out of date" in answer.content.decode()
    assert not Action.objects.exists()


@pytest.mark.parametrize("name", POSTS)
def test_actions_are_not_done_by_get(page: Client, name: str) -> None:
    assert page.get(reverse(name, args=[make_run().pk])).status_code == 405


@pytest.mark.parametrize("address", addresses())
def test_what_does_not_exist_is_404_or_a_page(page: Client, address: str) -> None:
    huge = address.replace("1", "99999999999999999999")

    allowed = {200, 404, 405} | ({403} if address.startswith("/connect/") else set())
    assert page.get(address).status_code in allowed
    assert page.get(huge).status_code in allowed


def test_a_job_belongs_to_its_run(page: Client) -> None:
    job = make_job(make_run())

    assert page.get(reverse("dashboard:log", args=[make_run().pk, job.pk])).status_code == 404


def test_pages_forbid_all_that_is_inline(page: Client) -> None:
    policy = page.get("/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_the_login_page_lets_in(client: Client) -> None:
    User.objects.create_user("ada", password="a-long-password")

    assert "Log in" in client.get("/login/").content.decode()
    answer = client.post("/login/", {"username": "ada", "password": "a-long-password", "next": "/flaky/"})
    assert answer["Location"] == "/flaky/"
    wrong = client.post("/login/", {"username": "ada", "password": "no"})
    assert "correct username and password" in wrong.content.decode()
