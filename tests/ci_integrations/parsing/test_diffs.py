"""Which lines a unified diff adds."""

import subprocess
import time
from pathlib import Path

import pytest

from ci_integrations.parsing.diffs import added_lines


@pytest.mark.parametrize(
    ("diff", "added"),
    [
        ("", ()),
        ("Binary files a/x and b/x differ\n", ()),
        ("@@ -1,3 +1,4 @@ def f():\n a\n-b\n+B\n+C\n c\n", (2, 3)),
        ("@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file", (1, 2)),
        ("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n", (1,)),
        ("@@ -3,2 +2,0 @@\n-a\n-b\n@@ -9,0 +8 @@\n+x\n", (8,)),
        ("@@ -1,2 +1,2 @@\n--- a comment of SQL\n+++ another\n same\n", (1,)),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n", (1,)),
        ("@@ -1,4 +1,4 @@\n a\n\n-b\n+c\n d", (3,)),
        ("@@ -1,9 +1,9 @@\n a\n@@ -20 +20 @@\n-x\n+y\n", (20,)),
        ("@@ -1 +1,3 @@\n a\r\n+b\x0cc\u2028d\r\n+e\r\n", (2, 3)),
        ("@@ -1,99999999999 +1 @@\n+a\n", ()),
        ("@@@ -1 -1 +1 @@@\n++a\n", ()),
    ],
)
def test_added_and_changed_lines_are_told(diff: str, added: tuple[int, ...]) -> None:
    assert added_lines(diff) == added


def test_what_git_writes_is_understood(tmp_path: Path) -> None:
    old = [f"line {number}" for number in range(200)]
    new = ["first", *old[:50], "+++ plus", "--- minus", "@@ -1 +1 @@", *old[60:150], *old[155:], "last"]
    (tmp_path / "old").write_text("\n".join(old))
    (tmp_path / "new").write_text("\n".join(new))
    command = ["git", "diff", "--no-index", "-U1", f"{tmp_path / 'old'}", f"{tmp_path / 'new'}"]
    diff = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    # The last old line changes: it ends in a newline now.
    assert added_lines(diff) == (1, 52, 53, 54, len(new) - 1, len(new))


def test_a_hostile_diff_takes_linear_time() -> None:
    began = time.process_time()
    for piece in ("@@ -" + "1" * 50, "@@ -1,1 +1,1 @@\n", "+\n", "@@ -1,999999999 +1,999999999 @@" + "\n" * 50):
        added_lines(piece * (2_000_000 // len(piece)))
    assert time.process_time() - began < 5
