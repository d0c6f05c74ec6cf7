"""Version 1.1, which tells of the steps of a job. https://circleci.com/docs/api/v1/"""

import json
from typing import Any

from tests.fakes.circleci.routing import Call, route
from tests.fakes.circleci.state import FAILED, FakeJob, FakeStep, FakeWorkflow, stamp
from tests.fakes.http import Reply


@route("GET", "/v1.1/me")
def me(call: Call) -> Reply:
    """Who asks."""
    return Reply(200, {"login": call.token.login, "name": call.token.login.title(), "projects": {}})


@route("GET", "/v1.1/project/{slug}/{num}")
def build(call: Call, slug: str, num: str) -> Reply:
    """A job with its steps and where their output is."""
    workflow, job = call.numbered(slug, num)
    return Reply(200, _build(call, workflow, job))


def _build(call: Call, workflow: FakeWorkflow, job: FakeJob) -> dict[str, Any]:
    pipeline = workflow.pipeline
    has_ended = job.is_ended
    return {
        "build_num": job.number,
        "build_url": f"https://circleci.com/{pipeline.project.slug}/{job.number}",
        "username": pipeline.project.organization,
        "reponame": pipeline.project.name,
        "vcs_type": pipeline.project.long_slug.partition("/")[0],
        "vcs_url": pipeline.project.repository,
        "vcs_revision": pipeline.sha,
        "vcs_tag": pipeline.tag or None,
        "branch": pipeline.branch or None,
        "subject": pipeline.subject,
        "why": "api" if pipeline.trigger == "api" else "github",
        "status": job.status,
        "outcome": job.status if has_ended else None,
        "lifecycle": "finished" if has_ended else "running" if job.status == "running" else "queued",
        "failed": job.status in FAILED if has_ended else None,
        "timedout": job.status == "timedout",
        "canceled": job.status == "canceled",
        "infrastructure_fail": job.status == "infrastructure_fail",
        "parallel": job.parallelism,
        "queued_at": stamp(job.queued_at),
        "start_time": stamp(job.started_at),
        "stop_time": stamp(job.stopped_at),
        "retry_of": None,
        "messages": [],
        "workflows": {
            "job_name": job.name,
            "job_id": job.id,
            "workflow_id": workflow.id,
            "workflow_name": workflow.name,
        },
        "steps": _steps(call, job),
    }


def _steps(call: Call, job: FakeJob) -> list[dict[str, Any]]:
    by_number: dict[int, list[FakeStep]] = {}
    for step in job.steps:
        by_number.setdefault(step.num, []).append(step)
    return [
        {"name": steps[0].name, "actions": [_action(call, job, step) for step in steps]}
        for _, steps in sorted(by_number.items())
    ]


def _action(call: Call, job: FakeJob, step: FakeStep) -> dict[str, Any]:
    has_ended = step.ended_at is not None
    took = (step.ended_at - step.started_at).total_seconds() if step.ended_at and step.started_at else None
    said: dict[str, Any] = {
        "name": step.name,
        "type": "test" if step.command else "infrastructure",
        "index": step.execution,
        "step": step.num,
        "parallel": job.parallelism > 1,
        "bash_command": step.command or None,
        "status": step.status,
        # One that was killed for saying nothing neither failed nor has an exit code: only its status tells of it.
        "failed": True if step.status == "failed" else None,
        "exit_code": step.exit_code,
        "timedout": True if step.status == "timedout" else None,
        "canceled": True if step.status == "canceled" else None,
        "infrastructure_fail": None,
        "start_time": stamp(step.started_at),
        "end_time": stamp(step.ended_at),
        "run_time_millis": None if took is None else round(took * 1000),
        "has_output": bool(step.output or step.error),
        "truncated": False,
        "background": False,
        "insignificant": False,
    }
    if has_ended and said["has_output"]:
        said["output_url"] = _stored(call, job, step)
    return said


def _stored(call: Call, job: FakeJob, step: FakeStep) -> str:
    """Where the output of a step that ended is; downloads of it are counted."""
    parts = [(kind, data) for kind, data in (("out", step.output), ("err", step.error)) if data]
    said = [
        {"message": data.decode(errors="replace"), "time": stamp(step.ended_at), "type": kind, "truncated": False}
        for kind, data in parts
    ]
    key = (job.id, step.execution, step.num, "output")
    return call.server.store("output", json.dumps(said).encode(), counted=key)
