"""Tests: one of them with its latest results, and those that take longest."""

from django.http import HttpResponse
from django.shortcuts import render

from ci_integrations import selectors
from ci_integrations.selectors import slowtests, testhistory
from ci_integrations.selectors.testhistory import Trend
from dashboard.access import PageRequest, page
from dashboard.forms import WINDOWS, WindowForm
from dashboard.sparkline import sparkline
from dashboard.templatetags.dashboard_tags import seconds
from dashboard.views.lookup import case_or_404


@page
def test_detail(request: PageRequest, case_id: int) -> HttpResponse:
    """One test: how it did lately, and how long it took."""
    case = case_or_404(case_id)
    _, days = WindowForm(request.GET).narrow(testhistory.DAYS)
    history = testhistory.history_of(case, days=days)
    words = _words(history.trend)
    context = {
        "case": case,
        "history": history,
        "results": history.results[: testhistory.SHOWN],
        "words": words,
        "spark": sparkline([point.seconds for point in history.trend.points], words),
        "windows": WINDOWS,
    }
    return render(request, "dashboard/test.html", context)


@page
def slow_tests(request: PageRequest) -> HttpResponse:
    """The tests that take longest, of one repository or of all."""
    repository, days = WindowForm(request.GET).narrow(slowtests.DAYS)
    context = {
        "slowest": slowtests.slowest_tests_of(repository, days=days),
        "repository": repository,
        "repositories": sorted({row.name for row in selectors.repositories()}),
        "windows": WINDOWS,
    }
    return render(request, "dashboard/slow.html", context)


def _words(trend: Trend) -> str:
    """What the picture of a trend shows."""
    spread, runs = trend.spread, len(trend.points)
    if spread is None:
        return "No result tells how long it took."
    counted = f"{spread.count} result{'' if spread.count == 1 else 's'} in {runs} run{'' if runs == 1 else 's'}"
    told = f"Median {seconds(spread.median)}, 95th percentile {seconds(spread.p95)}, over {counted}."
    if trend.change is None:
        return told
    change = round(trend.change * 100)
    than = f"{abs(change)} % {'longer' if change > 0 else 'shorter'} than" if change else "as long as"
    return f"{told} In the later half of the runs it takes {than} in the earlier half."
