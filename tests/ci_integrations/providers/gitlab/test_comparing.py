"""GitLab's comparisons, of newer and older servers, as they are documented and as they must not be."""

from typing import Any

import pytest

from ci_integrations.domain import Comparison
from ci_integrations.errors import Invalid
from ci_integrations.providers.gitlab.comparing import to_comparison

BEGIN = {"id": "ba5e"}
EDIT = "@@ -1 +1,2 @@\n a\n+b\n"


def file(**fields: Any) -> dict[str, Any]:
    flags = {"new_file": False, "renamed_file": False, "deleted_file": False}
    return {
        "new_path": "a.py",
        "old_path": "a.py",
        "a_mode": "100644",
        "b_mode": "100644",
        "diff": "",
        **flags,
    } | fields


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (file(diff=EDIT), Comparison("ba5e", {"a.py": (2,)})),
        (file(diff=EDIT, collapsed=False, too_large=False), Comparison("ba5e", {"a.py": (2,)})),
        (file(collapsed=True), Comparison("ba5e", {"a.py": ()}, ("a.py",))),
        (file(new_file=True, too_large=True), Comparison("ba5e", {"a.py": ()}, ("a.py",))),
        (file(), Comparison("ba5e", {"a.py": ()}, ("a.py",))),
        (file(new_file=True), Comparison("ba5e", {"a.py": ()})),
        (file(renamed_file=True), Comparison("ba5e", {"a.py": ()})),
        (file(b_mode="100755"), Comparison("ba5e", {"a.py": ()})),
        (file(deleted_file=True, collapsed=True), Comparison("ba5e")),
        (file(diff="Binary files a/a.py and b/a.py differ\n"), Comparison("ba5e", {"a.py": ()})),
    ],
)
def test_what_changed(one: dict[str, Any], found: Comparison) -> None:
    assert to_comparison(BEGIN, {"diffs": [one], "compare_timeout": False}) == found


def test_a_server_that_left_files_out_says_so() -> None:
    assert not to_comparison(BEGIN, {"diffs": [], "compare_timeout": True}).is_complete


@pytest.mark.parametrize(
    ("begin", "answer"),
    [({}, {}), ({"id": 7}, {}), (None, {}), (BEGIN, []), (BEGIN, {"diffs": [7]}), (BEGIN, {"diffs": [file(diff=7)]})],
)
def test_what_is_no_comparison_is_refused(begin: Any, answer: Any) -> None:
    with pytest.raises(Invalid):
        to_comparison(begin, answer)
