"""What GitLab says of two commits: https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits"""

from typing import Any

from ci_integrations.domain import Comparison
from ci_integrations.errors import Invalid
from ci_integrations.parsing.diffs import added_lines
from ci_integrations.providers.documents import Document, document, items, text


def to_comparison(merge_base: Any, value: Any) -> Comparison:
    """A comparison, from the commit that it begins at; `compare_timeout` tells that files are left out.

    https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/entities/compare.rb
    """
    begin, found = text(document(merge_base, "merge base"), "id"), document(value, "comparison")
    if not begin:
        raise Invalid("GitLab's merge base has no `id`")
    files = [document(one, "changed file") for one in items(found, "diffs")]
    kept = [file for file in files if not _is(file, "deleted_file")]
    changed = {text(file, "new_path"): added_lines(text(file, "diff")) for file in kept}
    untold = tuple(text(file, "new_path") for file in kept if _is_untold(file))
    return Comparison(begin, changed, untold, is_complete=not _is(found, "compare_timeout"))


def _is_untold(file: Document) -> bool:
    """Older servers only leave the diff empty, as it is where a file is new and empty, moved, or made executable."""
    if _is(file, "collapsed") or _is(file, "too_large"):
        return True
    is_same = file.get("a_mode") == file.get("b_mode")
    is_whole = any(_is(file, name) for name in ("new_file", "renamed_file"))
    return not text(file, "diff") and is_same and not is_whole


def _is(value: Document, key: str) -> bool:
    return value.get(key) is True
