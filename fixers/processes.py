"""Ending processes for good: also those that left their session or lost their parent. Linux; elsewhere groups only."""

import ctypes
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

# Numbers from linux/prctl.h; see https://man7.org/linux/man-pages/man2/prctl.2.html
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_CHILD_SUBREAPER: Final = 36
# In the environment of every sandboxed process: finds those that a killed fix process left behind.
MARK: Final = "ORCHESTRATE_SANDBOX"
# How long ending what a program started is tried.
END_SECONDS: Final = 20.0
_PAUSE: Final = 0.01
_PROC: Final = Path("/proc")


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent, `parent_pid`, ends; at once where it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant that loses its own, so that none escapes `end_children`."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_environment() -> None:
    """Keep other processes of this user from reading this one's memory and environment. Root may still."""
    _prctl(_PR_SET_DUMPABLE, 0)


def lower_limit(limit: int, value: int) -> None:
    """Set a limit of this process (resource.RLIMIT_...) and of all it starts, unless it is lower already."""
    hard = resource.getrlimit(limit)[1]
    if hard == resource.RLIM_INFINITY or value < hard:
        resource.setrlimit(limit, (value, value))


def children(pid: int | None = None) -> set[int]:
    """The direct children of a process, by default of this one."""
    return _tree().get(os.getpid() if pid is None else pid, set())


def descendants(pid: int) -> set[int]:
    """Everything below a process, without itself."""
    return _below(_tree(), pid)


def end_tree(pid: int) -> None:
    """Kill a child of this process, its group if it leads one, and all that is below it. The caller waits for it."""
    below = descendants(pid)
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
    for one in (pid, *below):
        _kill(one)


def end_children(*, keep: Collection[int] = (), seconds: float = END_SECONDS) -> bool:
    """Kill and reap every child of this process but `keep`, with all that is below, until none is left.

    Gives whether all are gone; False after `seconds` of trying. What loses its parent must come to this process: call
    `adopt_orphans` before anything is started.
    """
    deadline = time.monotonic() + seconds
    before: set[int] = set()
    while time.monotonic() < deadline:
        _end_direct(set(keep), deadline)
        left = _below(_tree(), os.getpid(), without=keep)
        if not left:
            return True
        for pid in left:
            _kill(pid)
        if left == before:
            # Killed, but not gone yet.
            time.sleep(_PAUSE)
        before = left
    return False


def end_marked(mark: str, *, seconds: float = END_SECONDS) -> bool:
    """Kill every process whose mark begins with `mark`, as far as this user may; gives whether all are gone."""
    wanted = f"{MARK}={mark}".encode()
    deadline = time.monotonic() + seconds
    before: set[int] = set()
    while time.monotonic() < deadline:
        found = set()
        for pid in _pids():
            if pid != os.getpid() and _has(pid, wanted):
                _kill(pid)
                found.add(pid)
        if not found:
            return True
        if found == before:
            time.sleep(_PAUSE)
        before = found
    return False


def _end_direct(keep: Collection[int], deadline: float) -> None:
    """Kill and reap the direct children, the adopted ones among them: quick enough to catch one that forks and ends."""
    before: set[int] = set()
    while time.monotonic() < deadline:
        mine = _direct_children() - set(keep)
        for pid in mine:
            _kill(pid)
        _reap(mine)
        if not mine or mine == before:
            return
        before = mine


def _direct_children() -> set[int]:
    """As the kernel lists them without a look at every process; it may leave some out, so nothing rests on it alone."""
    try:
        lists = [(task / "children").read_text() for task in (_PROC / "self" / "task").iterdir()]
    except OSError:
        return set()
    return {int(pid) for line in lists for pid in line.split()}


def _reap(pids: Collection[int]) -> None:
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _below(tree: Mapping[int, set[int]], pid: int, *, without: Collection[int] = ()) -> set[int]:
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in tree.get(waiting.pop(), set()) - found - set(without):
            found.add(child)
            waiting.append(child)
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()] if _PROC.is_dir() else []


def _tree() -> dict[int, set[int]]:
    tree: dict[int, set[int]] = defaultdict(set)
    for pid in _pids():
        try:
            status = (_PROC / str(pid) / "stat").read_bytes()
        except OSError:
            continue
        # The name in brackets may hold anything, brackets too; state and parent follow the last one.
        tree[int(status.rpartition(b")")[2].split()[1])].add(pid)
    return tree


def _has(pid: int, beginning: bytes) -> bool:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(entry.startswith(beginning) for entry in environment)
