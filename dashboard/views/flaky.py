"""Tests that both pass and fail on the same code."""

from django.http import HttpResponse
from django.shortcuts import render

from ci_integrations import selectors
from dashboard.access import PageRequest, page


@page
def flaky_list(request: PageRequest) -> HttpResponse:
    """Flaky tests with their evidence."""
    return render(request, "dashboard/flaky.html", {"verdicts": selectors.flaky_with_evidence()})
