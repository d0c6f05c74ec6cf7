"""What the operating system is asked for: a name in `ps`, and death with the parent."""

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Final

# Numbers from linux/prctl.h; see https://man7.org/linux/man-pages/man2/prctl.2.html
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15
_WATCH_SECONDS: Final = 1.0


def name_process(name: str) -> None:
    """Show `name`, at most 15 bytes, as this process's name in ps and top. Does nothing where there is no prctl."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def die_with_parent(parent_pid: int, signum: int = signal.SIGKILL) -> None:
    """Have `signum` sent to this process as soon as its parent, the process `parent_pid`, has ended in any way.

    It is sent at once where the parent has ended already. Call it from the main thread. On Linux the kernel sends it;
    elsewhere a thread looks once a second.
    """
    if sys.platform == "linux":
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed; the worker cannot follow its parent")
        if os.getppid() != parent_pid:
            os.kill(os.getpid(), signum)
    else:
        threading.Thread(target=watch_parent, args=(parent_pid, signum), daemon=True).start()


def watch_parent(parent_pid: int, signum: int) -> None:
    """Block until this process's parent is no longer `parent_pid`, then send `signum` to this process."""
    while os.getppid() == parent_pid:
        time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signum)
