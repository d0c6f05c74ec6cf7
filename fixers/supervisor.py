"""The supervised process of an attempt: started, kept alive by a lease, ended with all it began."""

import os
import subprocess
import sys
import time
from typing import Final

from django.conf import settings
from django.utils import timezone

from fixers import attempts, processes, trees, work
from fixers.models import AttemptState, FixAttempt

# The lease is renewed this many times before it would run out.
RENEWALS: Final = 5


def supervise(attempt_id: int) -> None:
    """Work on an attempt in a process of its own; does nothing where somebody else does or it is over."""
    attempt = attempts.claim(attempt_id)
    if attempt is None:
        return
    _clean_up(attempts.mark_of_all(attempt))
    # What a killed fix process leaves behind comes to this one, and is ended whatever it did to its mark.
    others = processes.children()
    processes.adopt_orphans()
    process = _start(attempt)
    try:
        code = _wait(process, attempt)
    finally:
        _end(process)
        adopted_are_gone = processes.end_children(keep=others)
        gone = _clean_up(attempts.mark(attempt)) and adopted_are_gone
    if not gone:
        reason = "what it started could not be ended; look for its processes on the machine of the fix cluster"
        attempts.end(attempt, AttemptState.FAILED, reason)
    elif code == work.TEMPORARY:
        attempt_reason = FixAttempt.objects.values_list("reason", flat=True).get(pk=attempt.pk)
        attempts.hand_back(attempt, attempt_reason, not_before=timezone.now() + attempts.AGAIN_AFTER)
    elif code is not None:
        attempts.hand_back(attempt, _how_it_ended(code))


def _start(attempt: FixAttempt) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "django", "fix_attempt", str(attempt.pk), "--parent-pid", str(os.getpid())]
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # Git and what it starts have it too, and are ended with the rest where the process is killed.
        processes.MARK: attempts.mark(attempt),
    }
    return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, start_new_session=True)


def _wait(process: subprocess.Popen[bytes], attempt: FixAttempt) -> int | None:
    """The exit code; None where the time was up or the lease was lost."""
    deadline = time.monotonic() + work.wall_seconds()
    while True:
        try:
            return process.wait(attempts.lease().total_seconds() / RENEWALS)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                _end(process)
                reason = f"ended after {work.wall_seconds()} s, the longest an attempt may take"
                attempts.end(attempt, AttemptState.FAILED, reason)
                return None
            if not attempts.renew(attempt):
                return None


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        processes.end_tree(process.pid)
        process.wait()


def _clean_up(mark: str) -> bool:
    """What a process that was killed could not end and remove itself; gives whether all its processes are gone."""
    gone = processes.end_marked(mark)
    trees.remove_leftovers(mark)
    return gone


def _how_it_ended(code: int) -> str:
    return f"the fix process was killed by signal {-code}" if code < 0 else f"the fix process ended with code {code}"
