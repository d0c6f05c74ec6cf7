"""Version 3, as far as jobs and their output go.

There is no description of it; this is what the official client reads.
https://github.com/CircleCI-Public/circleci-cli/blob/main/internal/apiclient/job.go
"""

import re
from typing import Any, Final

from tests.fakes.circleci.routing import Call, route
from tests.fakes.circleci.state import FakeJob, FakeStep, FakeWorkflow, new_id, stamp
from tests.fakes.http import Refused, Reply

_OUTCOMES: Final = {"success": "succeeded", "error": "errored", "terminated-unknown": "errored", "retried": "not_run"}
_RANGE: Final = re.compile(r"bytes=(\d+)-")


@route("GET", "/v3/jobs")
def list_jobs(call: Call) -> Reply:
    """The jobs of a workflow. It says of queued ones that they have started, and not when."""
    _known(call)
    wanted = call.seen.query.get("filter[workflow_id]")
    if wanted is None:
        return _error(400, "Missing Required Filter", "Query parameter 'filter[workflow_id]' is required.")
    workflow = call.workflow(wanted)
    jobs = [_job(job, workflow) for job in workflow.jobs]
    for said in jobs:
        said["attributes"].pop("parallel_executions", None)
        if said["attributes"]["phase"] == "queued":
            said["attributes"]["phase"] = "started"
    return Reply(200, {"data": jobs})


@route("GET", "/v3/jobs/{id}")
def get_job(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """A job with the steps that have started."""
    _known(call)
    found = _find(call, id)
    return found if isinstance(found, Reply) else Reply(200, {"data": _job(found[1], found[0])})


@route("GET", "/v3/jobs/{id}/(?P<stream>stdout|stderr)")
def output(call: Call, id: str, stream: str) -> Reply:  # noqa: A002  # the name in the path
    """What a step says; there may be more to come until the header says that there is not."""
    _known(call)
    found = _find(call, id)
    if isinstance(found, Reply):
        return found
    execution, number = call.seen.query.get("filter[execution]", "0"), call.seen.query.get("filter[step_num]", "")
    steps = [one for one in found[1].steps if (f"{one.execution}", f"{one.num}") == (execution, number)]
    data = (steps[0].output if stream == "stdout" else steps[0].error) if steps else b""
    if not steps or (stream == "stderr" and not data):
        return _error(404, "Not Found", "No output was found for this step.")
    reply = _ranged(call, data)
    key = (found[1].id, steps[0].execution, steps[0].num, stream)
    call.server.served[key] = call.server.served.get(key, 0) + len(reply.raw or b"")
    if steps[0].ended_at is not None:
        reply.headers["X-Terminal"] = "true"
    return reply


def _ranged(call: Call, data: bytes) -> Reply:
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    wanted = _RANGE.fullmatch(call.seen.headers.get("range", ""))
    if wanted is None or not call.server.serves_ranges:
        return Reply(200, headers=plain, raw=data)
    start = int(wanted[1])
    if start < len(data):
        told = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        return Reply(206, headers=plain | told, raw=data[start:])
    if call.server.past_end == 416:
        return Reply(416, headers=plain | {"Content-Range": f"bytes */{len(data)}"}, raw=b"")
    return Reply(call.server.past_end, headers=plain, raw=b"")


def _known(call: Call) -> None:
    if not call.server.has_v3:
        raise Refused(404, "Not Found")


def _find(call: Call, job_id: str) -> tuple[FakeWorkflow, FakeJob] | Reply:
    try:
        return call.job(job_id)
    except Refused:
        return _error(404, "Not Found", "The job was not found.")


def _error(status: int, title: str, detail: str) -> Reply:
    return Reply(status, {"error": {"id": new_id(), "title": title, "detail": detail}})


def _job(job: FakeJob, workflow: FakeWorkflow) -> dict[str, Any]:
    said: dict[str, Any] = {"name": job.name, "type": job.type, "phase": _phase(job)}
    if job.is_ended:
        said["outcome"] = _OUTCOMES.get(job.status, job.status)
    elif workflow.is_canceling:
        said["current_outcome"] = "canceled"
    said |= {"started_at": stamp(job.started_at), "ended_at": stamp(job.stopped_at)}
    executions = range(job.parallelism) if job.steps else ()
    said["parallel_executions"] = [
        {"steps": [_step(step) for step in job.steps if step.execution == index]} for index in executions
    ]
    pipeline = workflow.pipeline
    ids = {"project": pipeline.project.id, "pipeline": pipeline.id, "workflow": workflow.id}
    return {
        "id": job.id,
        "attributes": said,
        "references": {name: {"id": one} for name, one in (ids | {"user": workflow.started_by}).items()},
    }


def _phase(job: FakeJob) -> str:
    if job.is_ended:
        return "ended"
    return {"running": "started", "blocked": "created"}.get(job.status, "queued")


def _step(step: FakeStep) -> dict[str, Any]:
    has_ended = step.ended_at is not None
    said: dict[str, Any] = {
        "name": step.name,
        "type": "run" if step.command else "internal",
        "num": step.num,
        "phase": "ended" if has_ended else "started",
        "outcome": _OUTCOMES.get(step.status, step.status) if has_ended else "",
        "started_at": stamp(step.started_at),
        "ended_at": stamp(step.ended_at),
    }
    if step.exit_code is not None:
        said["exit_code"] = step.exit_code
    return said | ({"command": step.command} if step.command else {})
