"""Run by a remote during a push: kills the fix process that pushes, the first time. `git_hook.py MARKER SECONDS`."""

import sys
import time
from pathlib import Path

import psutil


def main(marker: Path, seconds: float) -> None:
    """Kill the fix process above, note it in the marker file, and keep the push waiting while the marker stands."""
    for process in psutil.Process().parents():
        if "fix_attempt" in process.cmdline():
            try:
                marker.touch(exist_ok=False)
            except FileExistsError:
                return
            process.kill()
            end = time.monotonic() + seconds
            while marker.exists() and time.monotonic() < end:
                time.sleep(0.1)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
