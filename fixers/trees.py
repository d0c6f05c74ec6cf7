"""Directories that other people's programs wrote to: looking through them, and removing them, whatever is in there."""

import logging
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from fixers.outcome import rejected

log = logging.getLogger(__name__)

MAX_DEPTH: Final = 100
_REMOVAL_SECONDS: Final = 600


def look_through(tree: Path) -> None:
    """Refuse what git would follow or stumble over: a .git that a tool made, and directories without end.

    Raises Ended (rejected), naming the path.
    """
    waiting = [(tree, 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise rejected(f"the change makes directories more than {MAX_DEPTH} deep")
        try:
            with os.scandir(folder) as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            where = f"{folder.relative_to(tree)}"[:60]
            raise rejected(f"the change makes a directory that cannot be read: {where}: {error.strerror}") from None
        for name, is_folder in found:
            if name.lower() == ".git":
                raise rejected(f"the change makes {(folder / name).relative_to(tree)}, a git repository")
            if is_folder:
                waiting.append((folder / name, depth + 1))


def remove(root: Path) -> None:
    """Remove a directory and all in it, also where a tool took away the permission to, and however deep it is.

    Not shutil.rmtree: it ends with an error in directories as deep as Python's stack.
    """
    for command in (["chmod", "-R", "u+rwX", "--", str(root)], ["rm", "-rf", "--", str(root)]):
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_REMOVAL_SECONDS, check=False
            )
    if root.exists():
        log.error("%s could not be removed; remove it by hand", root)


def remove_leftovers(prefix: str) -> None:
    """Remove the directories that a killed process left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.geteuid():
            remove(left)
