"""The list of runs."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from ci_integrations import selectors
from dashboard.access import PageRequest, page
from dashboard.forms import RunFilterForm

PAGE: Final = 50


@page
def run_list(request: PageRequest) -> HttpResponse:
    """Runs, newest first, narrowed by the query string; htmx asks for the table alone."""
    form = RunFilterForm(request.GET)
    context = _table(request, form)
    template = "dashboard/partials/_run_table.html"
    if not request.htmx:
        template = "dashboard/runs.html"
        context |= _surroundings(form)
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _table(request: PageRequest, form: RunFilterForm) -> dict[str, Any]:
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isdecimal() and len(raw) < 19 else None
    found = selectors.page_of_runs(form.narrow(), before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    waiting = selectors.open_triggers() if before is None else []
    return {
        "runs": shown,
        "waiting": waiting,
        "older": _query(request, before=str(shown[-1].pk)) if len(found) > PAGE else "",
        "newest": _query(request, before="") if before is not None else "",
        "here": _query(request),
        "is_filtered": any(form.cleaned_data.values()),
        "is_live": any(not run.state_is_final or run.settled_at is None for run in shown)
        or any(action.state != "failed" for action in waiting),
    }


def _surroundings(form: RunFilterForm) -> dict[str, Any]:
    branches, workflows = selectors.recent_names()
    connections = list(selectors.connections())
    return {
        "form": form,
        "branches": branches,
        "workflows": workflows,
        "repositories": sorted({repo.name for connection in connections for repo in connection.repositories.all()}),
        "has_connection": bool(connections),
        "trouble": [connection for connection in connections if connection.is_active and connection.trouble],
        "stuck": selectors.stuck_clusters(),
    }


def _query(request: PageRequest, **changes: str) -> str:
    """The present query string with changes; a key changed to "" is left out."""
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
        if not value:
            del query[key]
    return f"?{query.urlencode()}"
