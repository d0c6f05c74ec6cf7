"""What GitHub says of two commits: https://docs.github.com/en/rest/commits/commits#compare-two-commits"""

from typing import Any, Final

from ci_integrations.domain import Comparison
from ci_integrations.errors import Invalid
from ci_integrations.parsing.diffs import added_lines
from ci_integrations.providers.documents import count, document, items, part, text

# GitHub lists no more files of a comparison.
MOST_FILES: Final = 300


def to_comparison(value: Any) -> Comparison:
    """A comparison. Of a file that is too large its lines are counted, and not told."""
    found = document(value, "comparison")
    merge_base = text(part(found, "merge_base_commit"), "sha")
    if not merge_base:
        raise Invalid("GitHub's comparison has no `merge_base_commit`")
    changed: dict[str, tuple[int, ...]] = {}
    untold: list[str] = []
    listed = [document(one, "changed file") for one in items(found, "files")]
    for file in listed:
        path = text(file, "filename")
        if text(file, "status") == "removed":
            continue
        changed[path] = added_lines(text(file, "patch"))
        if len(changed[path]) < count(file, "additions"):
            untold.append(path)
    return Comparison(merge_base, changed, tuple(untold), is_complete=len(listed) < MOST_FILES)
