"""Two commits beside each other. https://docs.gitlab.com/api/repositories/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.git_files import FileDiff, file_diffs, merge_base, resolve
from tests.fakes.gitlab.access import Denied, missing
from tests.fakes.gitlab.routing import many, route
from tests.fakes.gitlab.state import REPORTER, FakeProject
from tests.fakes.http import Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


def _begin(project: FakeProject, refs: list[str]) -> str:
    if project.git_dir is None or len(refs) != 2:
        raise Denied(400, {"error": "refs is invalid"})
    for ref in refs:
        if not resolve(project.git_dir, ref):
            raise Denied(400, {"message": f"400 Bad request - Could not find ref: {ref}"})
    found = merge_base(project.git_dir, *refs)
    if not found:
        raise missing("Merge Base")
    return found


@route("GET", "{project}/repository/merge_base", level=REPORTER)
def get_merge_base(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """The newest commit of both."""
    sha = _begin(project, many(seen, "refs"))
    return Reply(200, {"id": sha, "short_id": sha[:8], "title": "A change", "parent_ids": []})


@route("GET", "{project}/repository/compare", level=REPORTER)
def compare(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """What one has that the other has not, within the limits of diffs."""
    if project.git_dir is None or not {"from", "to"} <= set(seen.query):
        raise Denied(400, {"error": "from is missing"})
    head = seen.query["to"]
    begin = _begin(project, [seen.query["from"], head])
    found = file_diffs(project.git_dir, begin, head)
    return Reply(
        200,
        {
            "commit": {"id": head},
            "commits": [],
            "diffs": [_diff(server, one) for one in found[: server.most_diff_files]],
            "compare_timeout": len(found) > server.most_diff_files,
            "compare_same_ref": begin == head,
        },
    )


def _diff(server: "FakeGitLab", found: FileDiff) -> dict[str, Any]:
    is_large = found.added > server.most_diff_lines
    return {
        "diff": "" if is_large else found.text,
        "new_path": found.path,
        "old_path": found.old_path,
        "a_mode": found.old_mode,
        "b_mode": found.mode,
        "new_file": found.status == "A",
        "renamed_file": found.status == "R",
        "deleted_file": found.status == "D",
        "collapsed": is_large,
        "too_large": False,
    }
