"""Our check run: one for each commit, found again, updated in place.

https://docs.github.com/en/rest/checks/runs
"""

from typing import Any, Final

from ci_integrations.domain import Annotation, CheckData, RepoRef
from ci_integrations.errors import NotFound
from ci_integrations.providers.documents import document, identity, part
from ci_integrations.providers.github.client import Caller, path_of
from ci_integrations.providers.github.states import CHECK_CONCLUSIONS

NAME: Final = "Orchestrate CI"
LONGEST_TITLE: Final = 255
LONGEST_SUMMARY: Final = 65_535
LONGEST_MESSAGE: Final = 64_000
ANNOTATIONS_AT_ONCE: Final = 50
BUTTONS: Final = 3
# In characters: https://docs.github.com/en/rest/checks/runs#create-a-check-run, `actions`.
LONGEST_LABEL: Final = 20
LONGEST_DESCRIPTION: Final = 40


def write(caller: Caller, repo: RepoRef, check: CheckData, *, app_id: str, known_id: str) -> str:
    """Create our check of a commit, or update it; gives its id."""
    own = known_id or _find(caller, repo, check.commit_sha, app_id)
    batches = [
        check.annotations[start : start + ANNOTATIONS_AT_ONCE]
        for start in range(0, len(check.annotations), ANNOTATIONS_AT_ONCE)
    ] or [()]
    for batch in batches:
        own = _send(caller, repo, check, batch, own)
    return own


def _send(caller: Caller, repo: RepoRef, check: CheckData, annotations: tuple[Annotation, ...], own: str) -> str:
    wish = _body(check, annotations)
    if own:
        try:
            answer = caller.send("PATCH", path_of(repo, "check-runs", own), wish)
        except NotFound:
            pass
        else:
            # A completed check stays so: what goes on again is told by a new one, which takes its place.
            is_stuck = check.conclusion is None and document(answer, "check run").get("status") == "completed"
            if not is_stuck:
                return own
    made = caller.send("POST", path_of(repo, "check-runs"), wish | {"head_sha": check.commit_sha})
    return identity(document(made, "check run"))


def _find(caller: Caller, repo: RepoRef, sha: str, app_id: str) -> str:
    # The filter takes a number; the App's client id, which may be configured instead, is told from the answer.
    only = int(app_id) if app_id.isdecimal() else None
    listed = caller.pages(
        path_of(repo, "commits", sha, "check-runs"), "check_runs", limit=1, check_name=NAME, app_id=only
    )
    for one in listed:
        found = document(one, "check run")
        app = part(found, "app")
        if found.get("name") == NAME and app_id in {str(app.get("id")), app.get("client_id")}:
            return identity(found)
    return ""


def _body(check: CheckData, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    output: dict[str, Any] = {
        "title": check.title[:LONGEST_TITLE],
        "summary": _bytes_cut(check.summary, LONGEST_SUMMARY),
    }
    if annotations:
        output["annotations"] = [_annotation(one) for one in annotations]
    body: dict[str, Any] = {"name": NAME, "external_id": "orchestrate", "output": output, "status": "in_progress"}
    if check.conclusion is not None:
        body |= {"status": "completed", "conclusion": CHECK_CONCLUSIONS[check.conclusion]}
    if check.url:
        body["details_url"] = check.url
    body["actions"] = [
        {
            "label": button.label[:LONGEST_LABEL],
            "description": button.description[:LONGEST_DESCRIPTION],
            "identifier": button.identifier[:LONGEST_LABEL],
        }
        for button in check.buttons[:BUTTONS]
    ]
    return body


def _annotation(one: Annotation) -> dict[str, Any]:
    made = {
        "path": one.path.removeprefix("./"),
        "start_line": max(1, one.line),
        "end_line": max(1, one.line, one.end_line or 1),
        "annotation_level": one.level.value,
        "message": _bytes_cut(one.message, LONGEST_MESSAGE) or "(no message)",
    }
    return made | ({"title": one.title[:LONGEST_TITLE]} if one.title else {})


def _bytes_cut(words: str, size: int) -> str:
    return words.encode()[:size].decode(errors="ignore")
