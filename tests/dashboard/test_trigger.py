"""The form that asks for a run."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django_q.models import OrmQ

from ci_integrations.domain import Capability
from ci_integrations.models import Action, Repository
from dashboard.forms import parse_inputs
from tests.factories import make_connection, make_repository, make_run
from tests.fakes.memory import MemoryServer


def token_of(client: Client) -> str:
    """The token in the form as shown."""
    found = re.search(r'name="token" value="(\w+)"', client.get("/trigger/").content.decode())
    assert found
    return found[1]


def wish(client: Client, repository: Repository, **changes: str) -> dict[str, Any]:
    """What a browser would send."""
    filled = {"repository": repository.pk, "workflow": "full", "branch": "main", "commit_sha": "", "inputs": ""}
    return filled | {"variables": "", "token": token_of(client)} | changes


def test_a_run_is_asked_for(page: Client, repository: Repository) -> None:
    sent = wish(page, repository, inputs="suite = slow\n\nlevel=a=b", variables="DEPLOY=yes", commit_sha="4F2A91C")

    answer = page.post("/trigger/", sent, follow=True)

    action = Action.objects.get()
    assert (action.kind, action.repository, action.requested_by) == ("trigger", repository, "ada")
    assert action.request == {
        "workflow": "full",
        "branch": "main",
        "commit_sha": "4f2a91c",
        "inputs": {"suite": "slow", "level": "a=b"},
    }
    assert action.variables == {"DEPLOY": "yes"}
    assert OrmQ.objects.count() == 1
    assert answer.redirect_chain[-1][0] == "/"
    assert "The run was asked for" in answer.content.decode()


def test_nothing_is_sent_by_the_web_process(page: Client, repository: Repository, server: MemoryServer) -> None:
    page.post("/trigger/", wish(page, repository))

    assert server.calls == []


def test_a_double_click_asks_once(page: Client, repository: Repository) -> None:
    sent = wish(page, repository)

    page.post("/trigger/", sent)
    page.post("/trigger/", sent)

    assert Action.objects.count() == 1
    assert OrmQ.objects.count() == 1


def test_the_same_wish_from_a_new_form_is_another(page: Client, repository: Repository) -> None:
    page.post("/trigger/", wish(page, repository))
    page.post("/trigger/", wish(page, repository))

    assert Action.objects.count() == 2


def test_a_form_that_was_changed_is_another_wish(page: Client, repository: Repository) -> None:
    sent = wish(page, repository)

    page.post("/trigger/", sent)
    page.post("/trigger/", sent | {"branch": "topic"})

    assert set(Action.objects.values_list("request__branch", flat=True)) == {"main", "topic"}


def test_a_known_run_is_shown_at_once(page: Client, repository: Repository) -> None:
    sent = wish(page, repository)
    page.post("/trigger/", sent)
    run = make_run(repository=repository)
    Action.objects.update(result_run=run, state="done")

    assert page.post("/trigger/", sent)["Location"] == f"/runs/{run.pk}/"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"branch": "two words"}, "Not a branch name"),
        ({"branch": "--upload-pack=x"}, "Not a branch name"),
        ({"branch": "a..b"}, "Not a branch name"),
        ({"branch": ""}, "required"),
        ({"variables": "nonsense"}, "Line 1: write key=value"),
        ({"commit_sha": "HEAD"}, "Not a commit"),
        ({"inputs": "a=1\nnonsense"}, "Line 2: write key=value"),
        ({"inputs": "a=1\na=2"}, "Line 2: a is given twice"),
        ({"token": "../x"}, "damaged"),
        ({"token": ""}, "required"),
        ({"repository": "999999"}, "Select a valid choice"),
        ({"repository": "x"}, "Select a valid choice"),
    ],
)
def test_a_wrong_wish_is_refused(page: Client, repository: Repository, changes: dict[str, str], error: str) -> None:
    sent = wish(page, repository) | changes

    answer = page.post("/trigger/", sent)

    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert not Action.objects.exists()


def test_a_refused_form_keeps_its_token(page: Client, repository: Repository) -> None:
    sent = wish(page, repository, branch="two words")

    assert f'value="{sent["token"]}"' in page.post("/trigger/", sent).content.decode()


def test_what_the_server_cannot_do_is_told(page: Client, repository: Repository, server: MemoryServer) -> None:
    server.capabilities = Capability.TRIGGER
    inputs = page.post("/trigger/", wish(page, repository, inputs="a=1"))
    server.capabilities = Capability.NONE
    trigger = page.post("/trigger/", wish(page, repository))

    assert "cannot take inputs" in inputs.content.decode()
    assert "cannot trigger runs" in trigger.content.decode()
    assert not Action.objects.exists()


def test_repositories_of_inactive_connections_are_not_offered(page: Client) -> None:
    make_repository(name="acme/live")
    make_repository(name="acme/gone", connection=make_connection(is_active=False))

    text = page.get("/trigger/").content.decode()

    assert "acme/live" in text
    assert "acme/gone" not in text


def test_a_link_fills_the_form_in(page: Client) -> None:
    repository = make_repository()
    text = page.get(f"/trigger/?repository={repository.pk}&workflow=nightly&branch=topic").content.decode()

    assert 'value="nightly"' in text
    assert 'value="topic"' in text


def test_without_a_repository_it_says_how_to_connect_one(page: Client) -> None:
    assert "orchestrate ci connect" in page.get("/trigger/").content.decode()


def test_inputs_are_bounded() -> None:
    with pytest.raises(ValidationError, match="At most 100"):
        parse_inputs("\n".join(f"k{number}=v" for number in range(101)))
