"""The API of runs: reading for everyone who is logged in, writing for those who may add actions.

A write answers 202 with the action that was asked for; `GET /actions/<id>` tells what came of it.
"""

import hashlib
from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Query, Router, Status
from ninja.errors import AuthorizationError, HttpError

from ci_integrations import selectors
from ci_integrations.domain import RetryScope
from ci_integrations.errors import NotFound
from ci_integrations.models import Action
from ci_integrations.schemas import (
    ActionOut,
    ApproveIn,
    CancelIn,
    ConnectionList,
    ErrorOut,
    FlakyList,
    ListQuery,
    RetryIn,
    RunList,
    TriggerIn,
)
from ci_integrations.schemas_coverage import CoveragePage, FilesQuery
from ci_integrations.selectors.coverage import coverage_of
from ci_integrations.selectors.coverage_files import coverage_files
from ci_integrations.services import control

router = Router(tags=["runs"])
MAX_KEY = 255
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut, 502: ErrorOut}
ACCEPTED = {202: ActionOut, **REFUSALS}


@router.get("/runs", response={200: RunList, **REFUSALS}, summary="List runs, newest first")
def list_runs(request: HttpRequest, query: Query[ListQuery]) -> dict[str, object]:
    """Runs, newest first; `state` may be given several times."""
    narrow = selectors.RunFilter(
        states=query.state,
        branch=query.branch,
        repository=query.repository,
        workflow=query.workflow,
        commit_sha=query.commit,
    )
    return {"runs": list(selectors.runs(narrow)[query.offset : query.offset + query.limit])}


@router.post("/runs", response=ACCEPTED, summary="Trigger a run")
def trigger(
    request: HttpRequest, wish: TriggerIn, key: Annotated[str, Header(alias="Idempotency-Key", max_length=MAX_KEY)] = ""
) -> Status[Action]:
    """Ask for a run. The same `Idempotency-Key` of the same user gives the same action; for another wish, 422.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
    """
    require_write(request)
    repository = selectors.get_repository(wish.repository)
    request_of = {
        "workflow": wish.workflow,
        "branch": wish.branch or repository.default_branch,
        "commit_sha": wish.commit,
        "inputs": wish.inputs,
    }
    action = control.trigger(
        repository,
        workflow=wish.workflow,
        branch=wish.branch or repository.default_branch,
        commit_sha=wish.commit,
        inputs=wish.inputs,
        variables=wish.variables,
        requested_by=user_name(request),
        idempotency_key=_own_key(request, key),
    )
    is_same = action.request == request_of and (action.variables or {}) == wish.variables
    if action.repository_id != repository.pk or not is_same:
        raise HttpError(422, "this Idempotency-Key was used for another request; use a new one")
    return Status(202, action)


@router.post("/runs/{int:run_id}/retry", response=ACCEPTED, summary="Retry a finished run")
def retry(request: HttpRequest, run_id: int, wish: RetryIn | None = None) -> Status[Action]:
    """Repeat the failed jobs of a run, one job, or all. Asking again gives the same action."""
    require_write(request)
    wish = wish or RetryIn()
    if wish.job and wish.all:
        raise HttpError(422, "name a job, or all, not both")
    run = selectors.get_run(run_id)
    job = selectors.get_job(run, wish.job) if wish.job else None
    scope = RetryScope.JOB if job else RetryScope.ALL if wish.all else RetryScope.FAILED
    return Status(202, control.retry(run, scope=scope, job=job, requested_by=user_name(request)))


@router.post("/runs/{int:run_id}/cancel", response=ACCEPTED, summary="Cancel a run")
def cancel(request: HttpRequest, run_id: int, wish: CancelIn | None = None) -> Status[Action]:
    """Ask for the end of a run."""
    require_write(request)
    run = selectors.get_run(run_id)
    return Status(202, control.cancel(run, force=wish is not None and wish.force, requested_by=user_name(request)))


@router.post("/runs/{int:run_id}/approve", response=ACCEPTED, summary="Let a waiting job go on")
def approve(request: HttpRequest, run_id: int, wish: ApproveIn) -> Status[Action]:
    """Let a job that waits for somebody go on."""
    require_write(request)
    job = selectors.get_job(selectors.get_run(run_id), wish.job)
    return Status(202, control.approve(job, requested_by=user_name(request)))


@router.get("/runs/{int:run_id}/coverage", response={200: CoveragePage, **REFUSALS}, summary="What a run covered")
def get_coverage(request: HttpRequest, run_id: int, query: Query[FilesQuery]) -> dict[str, object]:
    """The coverage of a run, and a page of its files. 404 where no report told of any."""
    found = coverage_of(selectors.get_run(run_id))
    if found is None:
        raise NotFound(f"run {run_id} has no coverage")
    files = coverage_files(found, query.order)
    return {"coverage": found, "count": len(files), "files": files[query.offset : query.offset + query.limit]}


@router.get("/actions/{int:action_id}", response={200: ActionOut, **REFUSALS}, summary="What came of a request")
def get_action(request: HttpRequest, action_id: int) -> Action:
    """One action."""
    return selectors.get_action(action_id)


@router.get("/flaky", response={200: FlakyList, **REFUSALS}, summary="Flaky tests")
def list_flaky(request: HttpRequest) -> dict[str, object]:
    """Tests that passed and failed on the same commit, newest verdict first."""
    return {"tests": list(selectors.flaky_tests())}


@router.get("/connections", response={200: ConnectionList, **REFUSALS}, summary="Connections")
def list_connections(request: HttpRequest) -> dict[str, object]:
    """All connections, without their configuration."""
    return {"connections": list(selectors.connections())}


def require_write(request: HttpRequest) -> None:
    """Raises AuthorizationError (403) for a user who may not act."""
    if not request.user.has_perm("ci_integrations.add_action"):
        raise AuthorizationError(message="you may look, not act: ask for the permission ci_integrations.add_action")


def user_name(request: HttpRequest) -> str:
    """Who asks, as it is kept on the action."""
    return request.user.get_username()


def _own_key(request: HttpRequest, key: str) -> str:
    """A key of fixed length that no other user's key can equal; "" for none."""
    return hashlib.sha256(f"api:{request.user.pk}:{key}".encode()).hexdigest() if key else ""
