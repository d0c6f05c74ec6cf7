"""The API object: who may call, which routers there are, and how an error is answered."""

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.errors import HttpError, ValidationError
from ninja.security import django_auth

from ci_integrations import selectors
from ci_integrations.api import REFUSALS, require_write, router, user_name
from ci_integrations.api_timings import router as timings_router
from ci_integrations.errors import ConfigError, Conflict, Invalid, NotFound, NotSupported, OrchestrateError
from ci_integrations.models import Run
from fixers import services
from orchestrate_site.ci.shapes import RunReport

api = NinjaAPI(title="Orchestrate CI", version="1", auth=django_auth, docs_url=None)
api.add_router("", router)
api.add_router("", timings_router)

# Anything else that goes wrong between us and a server is a bad gateway.
_STATUS: dict[type[OrchestrateError], int] = {
    NotFound: 404,
    Conflict: 409,
    NotSupported: 422,
    Invalid: 422,
    ConfigError: 422,
}


@api.get("/runs/{int:run_id}", response={200: RunReport, **REFUSALS}, tags=["runs"], summary="One run")
def get_run(request: HttpRequest, run_id: int) -> Run:
    """A run with jobs, failed tests, what was decided, and its timeline, as last seen."""
    return selectors.get_run(run_id)


@api.post("/runs/{int:run_id}/fix", response={202: RunReport, **REFUSALS}, tags=["runs"], summary="Fix a failed run")
def fix(request: HttpRequest, run_id: int) -> Status[Run]:
    """Have a failed run fixed, whatever was decided about it before."""
    require_write(request)
    services.fix(run_id, requested_by=user_name(request))
    return Status(202, selectors.get_run(run_id))


@api.exception_handler(OrchestrateError)
def _refused(request: HttpRequest, error: OrchestrateError) -> HttpResponse:
    return _answer(request, f"{error}", _STATUS.get(type(error), 502))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _answer(request, error.message, error.status_code)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    return _answer(request, "there is no such thing", 404)


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = (f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors)
    return _answer(request, "; ".join(wrong), 422)


def _answer(request: HttpRequest, message: str, status: int) -> HttpResponse:
    return api.create_response(request, {"error": message}, status=status)
