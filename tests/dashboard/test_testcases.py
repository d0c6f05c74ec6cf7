"""The pages of tests, and what the page of a run tells of times."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome, State
from dashboard.sparkline import sparkline
from tests.factories import ago, make_case, make_flaky, make_job, make_passes, make_repository, make_result, make_run

BEGIN = ago(hours=1)
NOTHING = "\N{EN DASH}"


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_run_tells_how_long_it_waited_and_worked(page: Client) -> None:
    run = make_run(created_at=BEGIN)
    times = [BEGIN + timedelta(seconds=seconds) for seconds in (3, 8, 83)]
    make_job(run, created_at=times[0], started_at=times[1], finished_at=times[2])
    make_job(run, State.QUEUED, created_at=times[0], started_at=None, finished_at=None)
    text = re.sub(r' title="[^"]*"', "", text_of(page, f"/runs/{run.pk}/"))
    assert "<dt>Waited</dt><dd>8 s</dd>" in text
    assert "<dt>Worked</dt><dd>1 min 15 s</dd>" in text
    assert text.count("waited 5 s") == 1
    assert text.count('<div class="meta">waited') == 1


def test_a_run_of_which_no_times_are_known(page: Client) -> None:
    text = re.sub(r' title="[^"]*"', "", text_of(page, f"/runs/{make_run(State.CREATED, started_at=None).pk}/"))
    assert f"<dt>Waited</dt><dd>{NOTHING}</dd>" in text
    assert f"<dt>Worked</dt><dd>{NOTHING}</dd>" in text


def test_a_run_names_its_slowest_tests_with_the_way_to_them(page: Client) -> None:
    run = make_run()
    job = make_job(run, name="unit")
    fast, slow = make_case(run.repository, "test_fast"), make_case(run.repository, "test_slow")
    make_passes(job, (fast, 0.0123), (slow, 75.0))
    text = text_of(page, f"/runs/{run.pk}/").split("Slowest tests")[1]
    assert text.index(f'<a href="/tests/{slow.pk}/">test_slow</a>') < text.index(f'href="/tests/{fast.pk}/"')
    assert "1 min 15 s" in text
    assert "0.012 s" in text
    assert "Slowest tests" not in text_of(page, f"/runs/{make_run().pk}/")


def test_failed_and_flaky_tests_lead_to_their_page(page: Client) -> None:
    run = make_run(State.FAILURE)
    case = make_case(run.repository, "test_a")
    make_result(make_job(run, State.FAILURE), case)
    make_flaky(case, run, run)
    for address in (f"/runs/{run.pk}/", "/flaky/"):
        assert f'<a href="/tests/{case.pk}/">test_a</a>' in text_of(page, address)


def test_a_test_with_its_latest_results(page: Client) -> None:
    repository = make_repository()
    case = make_case(repository, "test_total")
    failed = make_job(make_run(State.FAILURE, repository=repository, created_at=ago(days=2)), name="unit")
    make_result(failed, case, Outcome.FAILED, message="assert <3> == 4\nmore of it", duration=2.0)
    for hours in range(12):
        make_passes(make_job(make_run(repository=repository, created_at=ago(hours=hours))), (case, 1.0))
    make_flaky(case, failed.run, failed.run, reason="It failed and passed, once.")
    text = text_of(page, f"/tests/{case.pk}/")
    assert "It failed and passed, once." in text
    assert text.count("#i-check") == 12
    assert text.index("#i-check") < text.index("#i-cross")
    assert f'href="/runs/{failed.run_id}/"' in text
    assert "assert &lt;3&gt; == 4" in text
    assert "more of it" not in text
    words = "Median 1.00 s, 95th percentile 1.40 s, over 13 results in 13 runs."
    assert f"<p>{words}" in text
    assert (
        f'role="img" aria-label="{words} In the later half of the runs it takes as long as in the earlier half."'
        in text
    )


def test_only_the_newest_results_are_shown(page: Client) -> None:
    case = make_case(make_repository())
    for number in range(52):
        make_result(make_job(make_run(repository=case.repository)), case, duration=float(number))
    text = text_of(page, f"/tests/{case.pk}/")
    assert "The newest 50 of 52 are shown" in text
    assert text.count("#i-cross") == 50


def test_how_far_back_a_test_is_looked_at_can_be_chosen(page: Client) -> None:
    case = make_case(make_repository())
    make_result(make_job(make_run(repository=case.repository, created_at=ago(days=20))), case, message="long ago")
    assert "long ago" in text_of(page, f"/tests/{case.pk}/")
    text = text_of(page, f"/tests/{case.pk}/?days=7")
    assert "No result in 7 days" in text
    assert '<a href="?days=7" aria-current="page">' in text
    for wrong in ("8", "x", "-1", "9" * 30):
        assert '<a href="?days=30" aria-current="page">' in text_of(page, f"/tests/{case.pk}/?days={wrong}")


def test_a_test_that_there_is_not(page: Client) -> None:
    assert page.get("/tests/4711/").status_code == 404


def test_the_slowest_tests_of_a_repository(page: Client) -> None:
    shop, other = make_repository(), make_repository()
    slow, grown = make_case(shop, "test_slow"), make_case(shop, "test_grown")
    make_passes(make_job(make_run(repository=shop)), (slow, 12.0), (grown, 3.0))
    make_passes(make_job(make_run(repository=shop, created_at=ago(days=9))), (grown, 2.0))
    make_passes(make_job(make_run(repository=other)), (make_case(other, "test_other"), 99.0))
    text = text_of(page, f"/tests/slow/?repository={shop.name}")
    assert text.index(f'href="/tests/{slow.pk}/">test_slow') < text.index(f'href="/tests/{grown.pk}/">test_grown')
    assert '<span class="slower">+50 %</span>' in text
    assert "from 2.00 s" in text
    assert f"<option selected>{shop.name}</option>" in text
    assert "test_other" not in text
    assert "test_other" in text_of(page, "/tests/slow/")
    assert '<option value="30" selected>' in text_of(page, "/tests/slow/?days=30")


@pytest.mark.parametrize("query", ["", "?repository=acme/none", "?repository=%00", "?days=x"])
def test_no_durations_are_known(page: Client, query: str) -> None:
    assert "No durations are known" in text_of(page, f"/tests/slow/{query}")


def test_the_number_of_queries_does_not_grow(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    repository = make_repository()
    case = make_case(repository)
    for number in range(30):
        job = make_job(make_run(repository=repository))
        make_result(job, case, ordinal=number)
        make_passes(job, (make_case(repository, f"test_{number}"), 1.0))
    with django_assert_max_num_queries(7):
        text_of(page, f"/tests/{case.pk}/")
    with django_assert_max_num_queries(11):
        text_of(page, "/tests/slow/")


def test_a_picture_of_values() -> None:
    drawn = sparkline([1.0, 3.0, 2.0], 'up & "down"')
    points = re.search(r'points="([^"]+)"', drawn)
    assert points
    heights = [float(point.split(",")[1]) for point in points[1].split()]
    # Upwards is a smaller number.
    assert heights[1] < heights[2] < heights[0]
    assert 'aria-label="up &amp; &quot;down&quot;"' in drawn
    assert sparkline([1.0], "") == ""
    assert "nan" not in sparkline([0.0, 0.0], "")
