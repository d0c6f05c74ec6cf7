"""The list of runs."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import State
from ci_integrations.models import Heartbeat
from dashboard.states import LOOKS
from tests.factories import ago, make_action, make_connection, make_job, make_repository, make_run


def shown(client: Client, query: str = "") -> list[int]:
    """The runs on the page, in its order."""
    text = client.get(f"/{query}").content.decode()
    return [int(number) for number in re.findall(r'id="run-(\d+)"', text)]


def test_without_a_connection_it_says_how_to_connect(page: Client) -> None:
    text = page.get("/").content.decode()

    assert "orchestrate ci connect -f" in text
    assert "trigger_url:" in text


def test_without_runs_it_offers_to_trigger_one(page: Client) -> None:
    make_connection()

    assert "No runs yet" in page.get("/").content.decode()


def test_no_match_offers_to_clear_the_filters(page: Client) -> None:
    make_run()

    text = page.get("/?branch=nowhere").content.decode()

    assert "No run matches" in text
    assert "Clear filters" in text


@pytest.mark.parametrize("state", list(State))
def test_a_state_is_told_by_shape_and_word(page: Client, state: State) -> None:
    make_run(state)

    text = page.get("/").content.decode()

    look = LOOKS[state]
    badge = rf'<span class="state state-{look.tone}"><svg [^>]*><use href="#i-{look.icon}"/></svg>{look.word}</span>'
    assert re.search(badge, text)
    assert f'<symbol id="i-{look.icon}"' in text


def test_no_two_states_look_alike() -> None:
    assert len({look.word for look in LOOKS.values()}) == len(State)
    assert len({(look.icon, look.tone) for look in LOOKS.values()}) >= len(State) - 1


def test_a_row_tells_what_matters(page: Client) -> None:
    first = make_run(State.FAILURE, title="Round prices", branch="topic/prices", created_at=ago(minutes=30))
    make_job(first, State.FAILURE, name="unit tests")
    make_run(repository=first.repository, retry_of=first, attempt=2, created_at=ago(minutes=5))

    text = page.get("/").content.decode()

    for expected in ("Round prices", "topic/prices", "4f2a91c0", first.repository.name, "unit tests", "1 min 27 s"):
        assert expected in text
    assert f"retry of #{first.pk}" in text
    assert "attempt 2" in text
    assert "30 min ago" in text


def test_newest_first(page: Client) -> None:
    old = make_run(created_at=ago(hours=2))
    new = make_run(created_at=ago(hours=1))

    assert shown(page) == [new.pk, old.pk]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?state=failed", {"failure", "timed_out"}),
        ("?state=live", {"running"}),
        ("?state=timed_out", {"timed_out"}),
        ("?branch=topic", {"timed_out"}),
        ("?workflow=nightly", {"running"}),
        ("?repository=acme/one", {"failure"}),
        ("?state=nonsense", {"failure", "timed_out", "running", "success"}),
    ],
)
def test_filters(page: Client, query: str, expected: set[str]) -> None:
    one = make_repository(name="acme/one")
    runs = [
        make_run(State.FAILURE, repository=one),
        make_run(State.TIMED_OUT, branch="topic"),
        make_run(State.RUNNING, workflow="nightly"),
        make_run(),
    ]

    assert {run.state for run in runs if run.pk in shown(page, query)} == expected


def test_pages_show_every_run_once(page: Client) -> None:
    repository, at = make_repository(), ago(hours=1)
    made = {make_run(repository=repository, created_at=at, branch="a&b").pk for _ in range(105)}

    seen: list[int] = []
    address = "/?branch=a%26b"
    while address:
        text = page.get(address).content.decode()
        seen += [int(number) for number in re.findall(r'id="run-(\d+)"', text)]
        older = re.search(r'href="([^"]+)">Older', text)
        address = "/" + older[1].replace("&amp;", "&") if older else ""

    assert len(seen) == 105
    assert set(seen) == made


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "²", "12345"])
def test_a_wrong_page_is_the_first(page: Client, before: str) -> None:
    run = make_run()

    assert shown(page, f"?before={before}") == [run.pk]


def test_the_table_asks_again_only_while_something_is_live(page: Client) -> None:
    make_run()
    assert "hx-trigger" not in page.get("/").content.decode()

    make_run(State.RUNNING)
    assert 'hx-trigger="every 5s"' in page.get("/").content.decode()


def test_htmx_gets_the_table_alone(page: Client) -> None:
    run = make_run(State.RUNNING)

    answer = page.get("/?state=live", headers={"HX-Request": "true"})
    text = answer.content.decode()

    assert text.strip().startswith('<div id="run-table"')
    assert f'id="run-{run.pk}"' in text
    assert "<html" not in text
    assert 'hx-get="?state=live"' in text
    assert "HX-Request" in answer["Vary"]


def test_trouble_is_told(page: Client) -> None:
    make_connection(name="farm", trouble="no answer within 15 s", heard_at=ago(minutes=14))
    make_connection(name="retired", trouble="gone", is_active=False)
    Heartbeat.objects.create(cluster="io", beat_at=ago(minutes=9))
    Heartbeat.objects.create(cluster="fix", beat_at=ago(seconds=9))

    text = page.get("/").content.decode()

    assert "no answer within 15 s" in text
    assert "14 min ago" in text
    assert "retired" not in text
    assert "no sign of life from the worker cluster io for" in text


def test_what_was_asked_for_is_told_until_its_run_is_there(page: Client) -> None:
    repository = make_repository()
    make_action(repository, state="failed", last_error="the token was refused")
    make_action(repository, state="sent")
    make_action(repository, state="done", requested_by="nobody")

    text = page.get("/").content.decode()

    assert "the token was refused" in text
    assert "accepted, waiting for its run" in text
    assert "nobody" not in text


def test_the_number_of_queries_does_not_grow(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    repository = make_repository()
    for _ in range(60):
        make_job(make_run(State.FAILURE, repository=repository), State.FAILURE)

    with django_assert_max_num_queries(12):
        page.get("/")
