"""Tasks that leave a trace: one line when they begin, one when they end."""

import os
import subprocess
import sys
import time
from pathlib import Path

TRACE = Path(os.environ.get("TEST_QUEUE_DIR", ".")) / "trace"


def _note(text: str) -> None:
    with TRACE.open("a", encoding="utf-8") as trace:
        trace.write(text + "\n")


def work(number: int, seconds: float) -> None:
    """Run another program for `seconds`, as a task that calls git would."""
    _note(f"begin {number} {os.getpid()}")
    subprocess.run(["sleep", str(seconds)], check=True)
    _note(f"end {number} {os.getpid()}")


def stubborn(number: int, seconds: float) -> None:
    """Go on for `seconds` whatever happens, as code stuck in a library would."""
    _note(f"begin {number} {os.getpid()}")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            time.sleep(seconds)
        except SystemExit:
            _note(f"refused {number} {os.getpid()}")


def leave_once(number: int, seconds: float) -> None:
    """End the worker with code 0 the first time."""
    first = not (TRACE.exists() and f"begin {number} " in TRACE.read_text(encoding="utf-8"))
    _note(f"begin {number} {os.getpid()}")
    if first:
        sys.exit()
    time.sleep(seconds)
    _note(f"end {number} {os.getpid()}")


def abandon(number: int, seconds: float) -> None:
    """Leave a program behind that runs for `seconds`."""
    subprocess.Popen(["sleep", str(seconds)])
    _note(f"begin {number} {os.getpid()}")
    _note(f"end {number} {os.getpid()}")
