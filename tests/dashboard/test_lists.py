"""The pages of flaky tests and of fixes."""

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import State
from ci_integrations.flaky.engine import FlakyState
from fixers.models import AttemptState
from tests.factories import make_action, make_case, make_fix_attempt, make_flaky, make_repository, make_run, make_triage


def test_no_flaky_test(page: Client) -> None:
    text = page.get("/flaky/").content.decode()

    assert "No flaky test is known" in text
    assert "failed and passed on the same commit" in text


def test_flaky_tests_with_reason_and_both_runs(page: Client) -> None:
    repository = make_repository()
    failed, passed = make_run(State.FAILURE, repository=repository), make_run(repository=repository)
    make_flaky(make_case(repository, "test_stock"), failed, passed, reason="1 failure in 6 results.")
    make_flaky(make_case(repository, "test_broken"), failed, passed, state=FlakyState.BROKEN)

    text = page.get("/flaky/").content.decode()

    assert "test_stock" in text
    assert "1 failure in 6 results." in text
    assert f'href="/runs/{failed.pk}/"' in text
    assert f'href="/runs/{passed.pk}/"' in text
    assert "test_broken" not in text


def test_no_fix(page: Client) -> None:
    assert "Nothing was tried yet" in page.get("/fixes/").content.decode()


def test_fix_attempts_newest_first(page: Client) -> None:
    run = make_run(State.FAILURE)
    triage = make_triage(run)
    green = make_run(repository=run.repository)
    make_fix_attempt(triage, AttemptState.NOT_REPRODUCED, reason="the command passed", branch="")
    make_fix_attempt(triage, ordinal=2, trigger=make_action(run.repository, result_run=green, state="done"))

    text = page.get("/fixes/").content.decode()

    assert text.index("Fixed") < text.index("Not reproduced")
    assert "the command passed" in text
    assert f"orchestrate/fix/{run.pk}-1" in text
    assert f'href="/runs/{green.pk}/"' in text


def test_the_number_of_queries_does_not_grow(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    repository = make_repository()
    run = make_run(State.FAILURE, repository=repository)
    triage = make_triage(run)
    for number in range(20):
        make_flaky(make_case(repository, f"test_{number}"), run, run)
        make_fix_attempt(triage, ordinal=number)

    with django_assert_max_num_queries(6):
        page.get("/flaky/")
    with django_assert_max_num_queries(6):
        page.get("/fixes/")
