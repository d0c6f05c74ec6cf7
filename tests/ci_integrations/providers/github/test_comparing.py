"""GitHub's comparisons, as they are documented and as they must not be."""

from typing import Any

import pytest

from ci_integrations.domain import Comparison
from ci_integrations.errors import Invalid
from ci_integrations.providers.github.comparing import to_comparison

BEGIN = {"merge_base_commit": {"sha": "ba5e"}}


def file(**fields: Any) -> dict[str, Any]:
    return {"filename": "a.py", "status": "modified", "additions": 1, "deletions": 0, "changes": 1} | fields


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([], Comparison("ba5e")),
        ([file(patch="@@ -1 +1,2 @@\n a\n+b")], Comparison("ba5e", {"a.py": (2,)})),
        ([file()], Comparison("ba5e", {"a.py": ()}, ("a.py",))),
        ([file(additions=2, patch="@@ -1 +1,2 @@\n a\n+b")], Comparison("ba5e", {"a.py": (2,)}, ("a.py",))),
        ([file(status="removed", additions=0, patch="@@ -1 +0,0 @@\n-b")], Comparison("ba5e")),
        ([file(status="renamed", additions=0)], Comparison("ba5e", {"a.py": ()})),
    ],
)
def test_what_changed(files: list[dict[str, Any]], found: Comparison) -> None:
    assert to_comparison(BEGIN | {"files": files}) == found


def test_an_answer_without_files_is_one_without_changes() -> None:
    assert to_comparison(BEGIN) == Comparison("ba5e")


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"merge_base_commit": {"sha": 7}}, BEGIN | {"files": [7]}, BEGIN | {"files": [file(patch=7)]}],
)
def test_what_is_no_comparison_is_refused(answer: Any) -> None:
    with pytest.raises(Invalid):
        to_comparison(answer)
