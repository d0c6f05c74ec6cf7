"""The REST routes of the fake GitHub: https://docs.github.com/en/rest"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes import git_http
from tests.fakes.git_files import FileDiff, file_diffs, merge_base, resolve
from tests.fakes.github import workflows
from tests.fakes.github.state import (
    FakeArtifact,
    FakeAttempt,
    FakeJob,
    FakePull,
    FakeRepo,
    FakeRun,
    new_id,
    stamp,
    user,
)
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.github.server import FakeGitHub, FakeInstallation

Handler = Callable[..., Reply]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Register a handler; `{repo}` in the pattern stands for a repository, `{num}` for a number."""
    made = pattern.replace("{repo}", r"/repos/(?P<repo>[^/]+/[^/]+)").replace("{num}", r"(?P<num>\d+)")

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(made), handler))
        return handler

    return register


def dispatch(server: "FakeGitHub", seen: Seen) -> Reply:
    """The answer to a request."""
    for method, pattern, handler in ROUTES:
        found = pattern.fullmatch(seen.path)
        if not found or method != seen.method:
            continue
        named = found.groupdict()
        if "repo" in named:
            repo = server.repos.get(named.pop("repo").lower())
            if repo is None or not seen.identity:
                raise Refused(404, "Not Found")
            return handler(server, seen, repo, **named)
        return handler(server, seen, **named)
    raise Refused(404, "Not Found")


def with_repo(repo: FakeRepo, payload: dict[str, Any]) -> dict[str, Any]:
    """A webhook's payload about a repository."""
    return payload | {"repository": repo_json(repo), "installation": {"id": 1}}


def repo_json(repo: FakeRepo, url: str = "") -> dict[str, Any]:
    """A repository as GitHub says it."""
    owner, _, name = repo.full_name.partition("/")
    return {
        "id": repo.id,
        "name": name,
        "full_name": repo.full_name,
        "owner": user(owner),
        "default_branch": repo.default_branch,
        "clone_url": f"{url}/{repo.full_name}.git",
        "archived": False,
        "private": True,
        "permissions": {"push": True, "pull": True},
    }


def installation(found: "FakeInstallation") -> dict[str, Any]:
    """An installation as GitHub says it."""
    suspended = "2026-01-01T00:00:00Z" if found.state == "suspended" else None
    return {"id": found.id, "account": user(found.account), "suspended_at": suspended, "permissions": {}, "events": []}


def _page(seen: Seen, url: str, items: list[Any], key: str = "") -> Reply:
    size, number = int(seen.query.get("per_page", "30")), int(seen.query.get("page", "1"))
    shown = items[(number - 1) * size : number * size]
    headers = {}
    if len(items) > number * size:
        query = "&".join(f"{name}={value}" for name, value in (seen.query | {"page": f"{number + 1}"}).items())
        headers["Link"] = f'<{url}{seen.path}?{query}>; rel="next"'
    return Reply(200, {"total_count": len(items), key: shown} if key else shown, headers)


# Runs ---------------------------------------------------------------------------------------------------------------


def _run(repo: FakeRepo, number: str) -> FakeRun:
    if int(number) not in repo.runs:
        raise Refused(404, "Not Found")
    return repo.runs[int(number)]


def _attempt(server: "FakeGitHub", run: FakeRun, number: str) -> FakeAttempt:
    found = [one for one in run.attempts if one.number == int(number)]
    if not found or not server.knows_attempts:
        raise Refused(404, "Not Found")
    return found[0]


def _listed(server: "FakeGitHub", seen: Seen, runs: list[FakeRun]) -> Reply:
    kept = [
        run
        for run in sorted(runs, key=lambda run: run.id, reverse=True)
        if seen.query.get("event", run.event) == run.event
        and seen.query.get("branch", run.head_branch) == run.head_branch
    ]
    return _page(seen, server.base_url, [run.json() for run in kept[:1000]], "workflow_runs")


@route("GET", "{repo}")
def get_repo(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """The repository."""
    return Reply(200, repo_json(repo, server.base_url))


@route("GET", "{repo}/actions/runs")
def list_runs(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """Its runs."""
    return _listed(server, seen, list(repo.runs.values()))


@route("GET", "{repo}/actions/runs/{num}")
def get_run(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """The newest attempt of a run."""
    return Reply(200, _run(repo, num).json())


@route("GET", "{repo}/actions/runs/{num}/attempts/(?P<number>\\d+)")
def get_attempt(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str, number: str) -> Reply:
    """One attempt of a run."""
    run = _run(repo, num)
    return Reply(200, run.json(_attempt(server, run, number)))


@route("GET", "{repo}/actions/runs/{num}/attempts/(?P<number>\\d+)/jobs")
def attempt_jobs(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str, number: str) -> Reply:
    """The jobs of one attempt."""
    run = _run(repo, num)
    attempt = _attempt(server, run, number)
    return _page(seen, server.base_url, [run.job_json(job, attempt) for job in attempt.jobs], "jobs")


@route("GET", "{repo}/actions/runs/{num}/jobs")
def run_jobs(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """The jobs of a run."""
    run = _run(repo, num)
    attempts = run.attempts if seen.query.get("filter") == "all" else [run.latest]
    jobs = [run.job_json(job, attempt) for attempt in attempts for job in attempt.jobs]
    return _page(seen, server.base_url, jobs, "jobs")


@route("POST", "{repo}/actions/runs/{num}/rerun")
def rerun(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Run everything again."""
    run = _ended(_run(repo, num))
    server.ledger.append(("rerun", num))
    server.rerun(run, run.latest.jobs, by=seen.identity)
    return Reply(201, {})


@route("POST", "{repo}/actions/runs/{num}/rerun-failed-jobs")
def rerun_failed(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Run what failed again."""
    run = _ended(_run(repo, num))
    failed = [job for job in run.latest.jobs if job.conclusion in {"failure", "timed_out"}]
    if not failed:
        raise Refused(403, "This workflow run cannot be retried: it has no failed jobs")
    server.ledger.append(("rerun", num))
    server.rerun(run, failed, by=seen.identity)
    return Reply(201, {})


@route("POST", "{repo}/actions/jobs/{num}/rerun")
def rerun_job(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Run one job again."""
    run, _, job = _job(repo, num)
    server.ledger.append(("rerun", f"{_ended(run).id}"))
    server.rerun(run, [job], by=seen.identity)
    return Reply(201, {})


@route("POST", "{repo}/actions/runs/{num}/(?P<verb>cancel|force-cancel)")
def cancel(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str, verb: str) -> Reply:
    """End a run."""
    run = _run(repo, num)
    if run.latest.status == "completed":
        raise Refused(409, "Cannot cancel a workflow run that is completed.")
    server.ledger.append((verb, num))
    server.cancel_run(run)
    return Reply(202, {})


def _ended(run: FakeRun) -> FakeRun:
    if run.latest.status != "completed":
        raise Refused(403, "This workflow is already running")
    return run


def _job(repo: FakeRepo, number: str) -> tuple[FakeRun, FakeAttempt, FakeJob]:
    found = repo.find_job(int(number))
    if found is None:
        raise Refused(404, "Not Found")
    return found


@route("GET", "{repo}/actions/jobs/{num}")
def get_job(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """One job."""
    run, attempt, job = _job(repo, num)
    return Reply(200, run.job_json(job, attempt))


@route("GET", "{repo}/actions/jobs/{num}/logs")
def job_log(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """A job's log, elsewhere."""
    _, _, job = _job(repo, num)
    if job.log is None:
        raise Refused(404, "Not Found")
    return Reply(302, headers={"Location": server.store("log", job.log)})


@route("GET", "{repo}/actions/runs/{num}/attempts/(?P<number>\\d+)/logs")
def run_logs(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str, number: str) -> Reply:
    """An archive of all logs, elsewhere; a file put there as `logs-<run>` is it."""
    archive = server.files.get(f"logs-{num}")
    if archive is None:
        raise Refused(404, "Not Found")
    return Reply(302, headers={"Location": server.store("logs", archive)})


# Artifacts ----------------------------------------------------------------------------------------------------------


def _artifact(repo: FakeRepo, number: str) -> FakeArtifact:
    found = [one for one in repo.artifacts if one.id == int(number)]
    if not found:
        raise Refused(404, "Not Found")
    return found[0]


@route("GET", "{repo}/actions/runs/{num}/artifacts")
def list_artifacts(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """What a run left."""
    found = [one.json() for one in repo.artifacts if one.run.id == int(num)]
    return _page(seen, server.base_url, found, "artifacts")


@route("GET", "{repo}/actions/artifacts/{num}")
def get_artifact(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """One artifact."""
    return Reply(200, _artifact(repo, num).json())


@route("GET", "{repo}/actions/artifacts/{num}/zip")
def download_artifact(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Its zip, elsewhere."""
    found = _artifact(repo, num)
    if found.expired:
        raise Refused(410, "Artifact has expired")
    return Reply(302, headers={"Location": server.store("artifact", found.data)})


# Workflows ----------------------------------------------------------------------------------------------------------


@route("GET", "{repo}/actions/workflows")
def list_workflows(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """The workflows."""
    found = [
        {
            "id": repo.workflow_id(name),
            "name": name.partition(".")[0].upper(),
            "path": f".github/workflows/{name}",
            "state": "active",
        }
        for name in repo.workflows
    ]
    return _page(seen, server.base_url, found, "workflows")


def _workflow(repo: FakeRepo, name: str) -> str:
    by_id = {f"{repo.workflow_id(file)}": file for file in list(repo.workflows)}
    return by_id.get(name, name)


@route("GET", "{repo}/actions/workflows/(?P<name>[^/]+)/runs")
def workflow_runs(server: "FakeGitHub", seen: Seen, repo: FakeRepo, name: str) -> Reply:
    """The runs of one workflow."""
    file = _workflow(repo, name)
    return _listed(server, seen, [run for run in repo.runs.values() if run.workflow == file])


@route("POST", "{repo}/actions/workflows/(?P<name>[^/]+)/dispatches")
def dispatch_workflow(server: "FakeGitHub", seen: Seen, repo: FakeRepo, name: str) -> Reply:
    """Start a run."""
    wish, file = seen.json(), _workflow(repo, name)
    if "return_run_details" in wish and not server.takes_flag:
        raise Refused(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
    inputs = wish.get("inputs") or {}
    if repo.git_dir is None:
        run = server.add_run(
            repo,
            file,
            event="workflow_dispatch",
            branch=wish["ref"],
            actor=seen.identity,
            title=" ".join(inputs.values()),
        )
    else:
        run = _really(server, repo, file, wish["ref"], inputs, seen.identity)
    server.ledger.append(("dispatch", f"{run.id}"))
    if not server.takes_flag or (
        seen.headers.get("x-github-api-version") != "2026-03-10" and not wish.get("return_run_details")
    ):
        return Reply(204)
    url = f"{server.base_url}/repos/{repo.full_name}/actions/runs/{run.id}"
    return Reply(200, {"workflow_run_id": run.id, "run_url": url, "html_url": url})


def _really(server: "FakeGitHub", repo: FakeRepo, file: str, ref: str, inputs: dict[str, str], by: str) -> FakeRun:
    sha = git_http.heads(repo.git_dir).get(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    found = [one for one in workflows.workflows_at(repo, sha) if one.file == file]
    if not found:
        raise Refused(404, "Not Found")
    if "workflow_dispatch" not in found[0].events:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    if unexpected := set(inputs) - found[0].inputs:
        raise Refused(422, f"Unexpected inputs provided: {sorted(unexpected)}")
    return server.start(repo, found[0], "workflow_dispatch", ref, sha, by=by, inputs=inputs)


# Checks -------------------------------------------------------------------------------------------------------------


def _only_apps(server: "FakeGitHub", seen: Seen) -> None:
    if server.app is None or seen.identity != f"{server.app.slug}[bot]":
        raise Refused(
            403, "Resource not accessible by personal access token", **{"X-Accepted-GitHub-Permissions": "checks=write"}
        )


def _write_check(check: dict[str, Any], wish: dict[str, Any]) -> None:
    output = dict(wish.pop("output", {}))
    check["annotations"] += output.pop("annotations", [])
    if len(check["annotations"]) > 1000:
        raise Refused(422, "too many annotations")
    check["output"] |= output
    if check.get("status") == "completed" and "conclusion" not in wish:
        # GitHub does not take a conclusion back.
        wish.pop("status", None)
    check.update(wish)


@route("POST", "{repo}/check-runs")
def create_check(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """Write a check."""
    _only_apps(server, seen)
    app = server.app
    assert app is not None
    check = {"id": new_id(), "app": {"id": app.id, "slug": app.slug}, "output": {}, "annotations": [], "actions": []}
    _write_check(check, seen.json())
    repo.checks.append(check)
    server.ledger.append(("check", f"{check['id']}"))
    return Reply(201, check)


@route("PATCH", "{repo}/check-runs/{num}")
def update_check(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Change a check."""
    _only_apps(server, seen)
    found = [one for one in repo.checks if one["id"] == int(num)]
    if not found:
        raise Refused(404, "Not Found")
    _write_check(found[0], seen.json())
    return Reply(200, found[0])


@route("GET", "{repo}/commits/(?P<sha>[^/]+)/check-runs")
def list_checks(server: "FakeGitHub", seen: Seen, repo: FakeRepo, sha: str) -> Reply:
    """The checks of a commit."""
    name = seen.query.get("check_name")
    found = [one for one in reversed(repo.checks) if one["head_sha"] == sha and name in {None, one["name"]}]
    return _page(seen, server.base_url, found, "check_runs")


@route("GET", "{repo}/check-runs/{num}/annotations")
def annotations(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """What a job or a check remarked."""
    found = repo.find_job(int(num))
    if found is not None:
        return _page(seen, server.base_url, found[2].annotations)
    return _page(
        seen, server.base_url, [one for check in repo.checks if check["id"] == int(num) for one in check["annotations"]]
    )


# Pull requests, comments, people ------------------------------------------------------------------------------------


@route("GET", "{repo}/pulls")
def list_pulls(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """The pull requests."""
    head = seen.query.get("head", "").partition(":")[2]
    found = [
        pull.json()
        for pull in repo.pulls
        if seen.query.get("state", "open") in {"all", pull.state}
        and head in {"", pull.head}
        and seen.query.get("base", pull.base) == pull.base
    ]
    return _page(seen, server.base_url, found)


@route("POST", "{repo}/pulls")
def create_pull(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """Open one."""
    wish = seen.json()
    if any((pull.head, pull.base, pull.state) == (wish["head"], wish["base"], "open") for pull in repo.pulls):
        raise Refused(422, f"Validation Failed: A pull request already exists for {wish['head']}.")
    pull = server.open_pull(
        repo, head=wish["head"], base=wish["base"], title=wish["title"], body=wish.get("body", ""), by=seen.identity
    )
    server.ledger.append(("pull", f"{pull.number}"))
    return Reply(201, pull.json())


def _pull(repo: FakeRepo, number: str) -> FakePull:
    found = [pull for pull in repo.pulls if pull.number == int(number)]
    if not found:
        raise Refused(404, "Not Found")
    return found[0]


@route("GET", "{repo}/pulls/{num}")
def get_pull(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """One."""
    return Reply(200, _pull(repo, num).json())


@route("GET", "{repo}/commits/(?P<sha>[^/]+)/pulls")
def pulls_of_commit(server: "FakeGitHub", seen: Seen, repo: FakeRepo, sha: str) -> Reply:
    """Those that hold a commit."""
    # A commit that only a fork has is unknown here.
    own = [pull for pull in repo.pulls if not pull.head_repository]
    return _page(seen, server.base_url, [pull.json() for pull in own if pull.head_sha == sha])


_STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}


@route("GET", "{repo}/compare/(?P<base>.+?)\\.\\.\\.(?P<head>.+)")
def compare(server: "FakeGitHub", seen: Seen, repo: FakeRepo, base: str, head: str) -> Reply:
    """What one commit has that another has not; a file with too many lines comes without them."""
    if repo.git_dir is None or not (resolve(repo.git_dir, base) and resolve(repo.git_dir, head)):
        raise Refused(404, "Not Found")
    begin = merge_base(repo.git_dir, base, head)
    if not begin:
        raise Refused(404, f"No common ancestor between {base} and {head}.")
    files = [_changed_file(server, one) for one in file_diffs(repo.git_dir, begin, head)]
    shown = files[:300] if seen.query.get("page", "1") == "1" else []
    return Reply(200, {"merge_base_commit": {"sha": begin}, "commits": [], "files": shown})


def _changed_file(server: "FakeGitHub", found: FileDiff) -> dict[str, Any]:
    told = {"patch": found.text.rstrip("\n")} if found.text and found.added <= server.most_patch_lines else {}
    moved = {"previous_filename": found.old_path} if found.status == "R" else {}
    counted = {"additions": found.added, "deletions": found.removed, "changes": found.added + found.removed}
    return {"filename": found.path, "status": _STATUSES[found.status], **counted, **told, **moved}


def new_comment(server: "FakeGitHub", repo: FakeRepo, number: int, body: str, *, by: str) -> dict[str, Any]:
    """A comment; one of the App says so."""
    app = server.app
    ours = app is not None and by == f"{app.slug}[bot]"
    made = {
        "id": new_id(), "issue": number, "body": body, "user": user(by), "created_at": stamp(server.now()),
        "performed_via_github_app": {"id": app.id, "slug": app.slug} if app is not None and ours else None,
    }  # fmt: skip
    repo.comments.append(made)
    return made


@route("GET", "{repo}/issues/{num}/comments")
def list_comments(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """The comments of a pull request."""
    return _page(seen, server.base_url, [one for one in repo.comments if one["issue"] == int(num)])


@route("POST", "{repo}/issues/{num}/comments")
def create_comment(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Write one."""
    made = new_comment(server, repo, int(num), seen.json()["body"], by=seen.identity)
    server.ledger.append(("comment", f"{made['id']}"))
    issue = {"number": int(num), "pull_request": {"url": "x"}}
    server.emit(
        "issue_comment", with_repo(repo, {"action": "created", "issue": issue, "comment": made}), by=seen.identity
    )
    return Reply(201, made)


@route("PATCH", "{repo}/issues/comments/{num}")
def edit_comment(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """Change one."""
    found = [one for one in repo.comments if one["id"] == int(num)]
    if not found:
        raise Refused(404, "Not Found")
    found[0]["body"] = seen.json()["body"]
    return Reply(200, found[0])


@route("POST", "{repo}/issues/comments/{num}/reactions")
def react(server: "FakeGitHub", seen: Seen, repo: FakeRepo, num: str) -> Reply:
    """React to one."""
    repo.reactions.append((int(num), seen.json()["content"]))
    return Reply(201, {"id": new_id(), "content": seen.json()["content"], "user": user(seen.identity)})


@route("GET", "{repo}/collaborators/(?P<login>[^/]+)/permission")
def permission(server: "FakeGitHub", seen: Seen, repo: FakeRepo, login: str) -> Reply:
    """What a person may do."""
    level = server.people.get(login, "none")
    return Reply(200, {"permission": level, "role_name": level, "user": user(login)})


@route("GET", "/user")
def viewer(server: "FakeGitHub", seen: Seen) -> Reply:
    """Who asks."""
    return Reply(200, user(seen.identity))


# The App ------------------------------------------------------------------------------------------------------------


def _as_app(seen: Seen) -> None:
    if seen.identity != "app":
        raise Refused(401, "A JSON web token could not be decoded")


@route("GET", "/app")
def get_app(server: "FakeGitHub", seen: Seen) -> Reply:
    """The App itself."""
    _as_app(seen)
    assert server.app is not None
    app = server.app
    return Reply(
        200, {"id": app.id, "slug": app.slug, "name": app.slug, "permissions": app.permissions, "events": app.events}
    )


@route("GET", "/app/installations")
def list_installations(server: "FakeGitHub", seen: Seen) -> Reply:
    """Who installed it."""
    _as_app(seen)
    found = [installation(one) for one in server.installations.values() if one.state != "removed"]
    return _page(seen, server.base_url, found)


@route("GET", "{repo}/installation")
def repo_installation(server: "FakeGitHub", seen: Seen, repo: FakeRepo) -> Reply:
    """The installation that holds a repository."""
    _as_app(seen)
    assert server.app is not None
    for one in server.installations.values():
        if repo.full_name in one.repositories and one.state != "removed":
            return Reply(200, installation(one) | {"permissions": server.app.permissions, "events": server.app.events})
    raise Refused(404, "Not Found")


@route("POST", "/app/installations/{num}/access_tokens")
def access_token(server: "FakeGitHub", seen: Seen, num: str) -> Reply:
    """A token for an hour."""
    _as_app(seen)
    found = server.installations.get(int(num))
    if found is None or found.state == "removed":
        raise Refused(404, "Not Found")
    if found.state == "suspended":
        raise Refused(403, "This installation has been suspended")
    token, expires = server.issue_token(found.id)
    return Reply(
        201, {"token": token, "expires_at": stamp(expires), "permissions": {}, "repository_selection": "selected"}
    )


@route("GET", "/installation/repositories")
def installation_repositories(server: "FakeGitHub", seen: Seen) -> Reply:
    """The repositories of whoever asks."""
    given = seen.headers.get("authorization", "").partition(" ")[2]
    if given not in server.issued:
        raise Refused(401, "Bad credentials")
    names = server.installations[server.issued[given][0]].repositories
    return _page(
        seen,
        server.base_url,
        [repo_json(server.repos[name.lower()], server.base_url) for name in names],
        "repositories",
    )


@route("GET", "/app/hook/deliveries")
def list_deliveries(server: "FakeGitHub", seen: Seen) -> Reply:
    """What was sent, newest first."""
    _as_app(seen)
    wanted = range(400, 600) if seen.query.get("status") == "failure" else range(1000)
    return _page(seen, server.base_url, [one for one in server.deliveries if one["status_code"] in wanted])


@route("POST", "/app/hook/deliveries/{num}/attempts")
def redeliver(server: "FakeGitHub", seen: Seen, num: str) -> Reply:
    """Send it again."""
    _as_app(seen)
    found = [one for one in server.deliveries if one["id"] == int(num)]
    if not found:
        raise Refused(404, "Not Found")
    hook = server.sent[found[0]["guid"]]
    hook.redelivery = True
    server.outbox.append(hook)
    server.ledger.append(("redeliver", hook.guid))
    return Reply(202, {})


@route("POST", "/app-manifests/(?P<code>[^/]+)/conversions")
def convert_manifest(server: "FakeGitHub", seen: Seen, code: str) -> Reply:
    """The credentials of an App that was created from a manifest, once."""
    if code not in server.manifests:
        raise Refused(404, "Not Found")
    return Reply(201, server.manifests.pop(code))
