"""Variables: https://docs.gitlab.com/ci/variables/predefined_variables/ and their precedence."""

import re
from typing import TYPE_CHECKING, Final

from tests.fakes.gitlab.config import plain
from tests.fakes.gitlab.state import FakeJob, FakeMergeRequest, FakePipeline, FakeProject

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World

_NAME: Final = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


def of_start(
    server: "World",
    project: FakeProject,
    *,
    sha: str,
    ref: str,
    source: str,
    by: str,
    request: FakeMergeRequest | None = None,
) -> dict[str, str]:
    """What is known before there is a pipeline: what rules ask for."""
    found = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER_URL": server.external_url,
        "CI_API_V4_URL": f"{server.external_url}/api/v4",
        "CI_PROJECT_ID": f"{project.id}",
        "CI_PROJECT_PATH": project.path,
        "CI_DEFAULT_BRANCH": project.default_branch,
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_SHA": sha,
        "CI_COMMIT_SHORT_SHA": sha[:8],
        "CI_COMMIT_REF_NAME": request.source_branch if request else ref,
        "GITLAB_USER_LOGIN": by,
    }
    if request is None:
        return found | {"CI_COMMIT_BRANCH": ref}
    return found | {
        "CI_MERGE_REQUEST_IID": f"{request.iid}",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.source_branch,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.target_branch,
    }


def of_job(server: "World", pipeline: FakePipeline, job: FakeJob) -> dict[str, str]:
    """Everything that a job's script sees. CI_JOB_RETRY_NUMBER is this fake's own: 0 the first time."""
    config = pipeline.config or {}
    found = of_start(
        server,
        pipeline.project,
        sha=pipeline.sha,
        ref=pipeline.ref,
        source=pipeline.source,
        by=pipeline.user,
        request=pipeline.merge_request,
    ) | {
        "CI_PIPELINE_ID": f"{pipeline.id}",
        "CI_PIPELINE_IID": f"{pipeline.iid}",
        "CI_JOB_ID": f"{job.id}",
        "CI_JOB_NAME": job.name,
        "CI_JOB_STAGE": job.stage,
        "CI_JOB_RETRY_NUMBER": f"{job.number}",
    }
    given = plain(config.get("variables")) | plain(job.spec.get("variables")) | pipeline.variables
    for name, value in given.items():
        found[name] = _NAME.sub(lambda one: found.get(one[1] or one[2], given.get(one[1] or one[2], "")), value)
    return found
