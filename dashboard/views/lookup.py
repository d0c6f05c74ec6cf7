"""What a URL names, or 404."""

from django.http import Http404

from ci_integrations import selectors
from ci_integrations.errors import NotFound
from ci_integrations.models import Job, Run, TestCase
from ci_integrations.selectors.testhistory import get_case


def run_or_404(run_id: int) -> Run:
    """The run of that id. Raises Http404."""
    try:
        return selectors.get_run(run_id)
    except NotFound as error:
        raise Http404(str(error)) from error


def job_or_404(run_id: int, job_id: int) -> Job:
    """The job of that id, which must belong to the run. Raises Http404."""
    try:
        return selectors.job_of(run_or_404(run_id), job_id)
    except NotFound as error:
        raise Http404(str(error)) from error


def case_or_404(case_id: int) -> TestCase:
    """The test of that id. Raises Http404."""
    try:
        return get_case(case_id)
    except NotFound as error:
        raise Http404(str(error)) from error
