"""Tests that both pass and fail on the same code."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from ci_integrations import selectors
from ci_integrations.services import flaky
from dashboard.access import PageRequest, action, may_act, page


@page
def flaky_list(request: PageRequest) -> HttpResponse:
    """Flaky tests with their evidence."""
    return render(
        request, "dashboard/flaky.html", {"verdicts": selectors.flaky_with_evidence(), "may_act": may_act(request.user)}
    )


@action
def unmute(request: PageRequest, case_id: int) -> HttpResponse:
    """Have a test's failures count again."""
    flaky.unmute(case_id)
    return redirect("dashboard:flaky")
