"""What was tried to mend failures."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.access import PageRequest, page
from fixers import selectors

SHOWN: Final = 100


@page
def fix_list(request: PageRequest) -> HttpResponse:
    """The newest fix attempts."""
    return render(request, "dashboard/fixes.html", {"attempts": selectors.recent_attempts()[:SHOWN]})
