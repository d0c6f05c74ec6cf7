"""The API of how long runs and tests take."""

from django.http import HttpRequest
from ninja import Query, Router

from ci_integrations import selectors
from ci_integrations.api import REFUSALS
from ci_integrations.schemas_timings import HistoryQuery, RunTimingsOut, SlowestOut, SlowestQuery, TestHistoryOut
from ci_integrations.selectors import slowtests, testhistory, timings

router = Router(tags=["timings"])


@router.get("/runs/{int:run_id}/timings", response={200: RunTimingsOut, **REFUSALS}, summary="How long a run took")
def run_timings(request: HttpRequest, run_id: int) -> timings.RunTimings:
    """How long a run and its jobs waited and worked, and its 20 slowest tests."""
    return timings.timings_of(selectors.get_run(run_id))


@router.get("/tests/slowest", response={200: SlowestOut, **REFUSALS}, summary="The slowest tests")
def slowest_tests(request: HttpRequest, query: Query[SlowestQuery]) -> slowtests.Slowest:
    """The tests that take longest over the last days, by their median, held against as many days before."""
    return slowtests.slowest_tests_of(query.repository, days=query.days, limit=query.limit)


@router.get("/tests/{int:case_id}", response={200: TestHistoryOut, **REFUSALS}, summary="One test")
def one_test(request: HttpRequest, case_id: int, query: Query[HistoryQuery]) -> testhistory.History:
    """A test with its latest results, and how long it takes."""
    return testhistory.history_of(testhistory.get_case(case_id), days=query.days)
