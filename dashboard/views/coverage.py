"""What a run covered: a section of its page, and a page with all of its files."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from ci_integrations.models import Run
from ci_integrations.selectors.coverage import Against, RunCoverage, coverage_of
from ci_integrations.selectors.coverage_files import FileOrder, coverage_files
from dashboard.access import PageRequest, page
from dashboard.views.lookup import run_or_404

PAGE: Final = 200
FILES: Final = 10
MISSED: Final = 20
_KINDS: Final = ("lines", "branches", "statements")


@page
def coverage_page(request: PageRequest, run_id: int) -> HttpResponse:
    """Every file of a run's coverage, in the order `?order=`, from the one at `?from=` on."""
    run = run_or_404(run_id)
    found = coverage_of(run)
    if found is None:
        raise Http404("no report of this run told of coverage")
    asked, begin = request.GET.get("order", ""), request.GET.get("from", "")
    order = FileOrder(asked) if asked in set(FileOrder) else FileOrder.WORST
    start = int(begin) if begin.isdecimal() and len(begin) < 10 else 0
    files = coverage_files(found, order)
    context = {
        "run": run,
        "order": order.value,
        "count": len(files),
        "files": files[start : start + PAGE],
        "newer": max(start - PAGE, 0) if start else None,
        "older": start + PAGE if start + PAGE < len(files) else None,
    }
    return render(request, "dashboard/coverage.html", context | _figures(found))


def section(run: Run) -> dict[str, Any]:
    """What the page of a run says of coverage; nothing where there is none."""
    found = coverage_of(run)
    if found is None:
        return {}
    changed = coverage_files(found, FileOrder.CHANGED)
    missed = found.missed
    return _figures(found) | {
        "missed": missed[:MISSED],
        "more_missed": max(len(missed) - MISSED, 0),
        "files_changed": bool(changed),
        "covered_files": (changed or coverage_files(found, FileOrder.WORST))[:FILES],
    }


def _figures(found: RunCoverage) -> dict[str, Any]:
    """The three figures with what changed since the base of the change, and since the run before."""
    others: list[Against] = [one for one in (found.base, found.previous) if one is not None]
    if found.base is not None and found.previous is not None and found.base.run == found.previous.run:
        others = others[:1]
    ratios = ((kind, getattr(found.totals, kind)) for kind in _KINDS)
    rows = [(kind, ratio, [getattr(one, kind) for one in others]) for kind, ratio in ratios if ratio is not None]
    return {"coverage": found, "comparisons": others, "figures": rows}
