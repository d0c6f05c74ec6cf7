"""How fast reports are read, and in how much memory: JUnit against bare expat and junitparser, then other formats.

Run from the repository's root: `python -m benchmarks.parse_reports [MEGABYTES]` (of the JUnit report: 100; of the
others a fifth). Every reading is a process of its own; figures are medians of three readings: megabytes per second of
CPU time, and by how much the peak of memory rose while reading.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks.reports.generation import KINDS, write_report
from benchmarks.reports.readers import READERS

_READINGS: Final = 3
_MIB: Final = 1024**2


def main(arguments: list[str]) -> int:
    """Print the table."""
    if arguments[:1] == ["read"]:
        print(json.dumps(_read(arguments[1], Path(arguments[2]))))
        return 0
    megabytes = int(arguments[0]) if arguments else 100
    with tempfile.TemporaryDirectory() as folder:
        _against_others(Path(folder), megabytes * 1_000_000)
        _other_formats(Path(folder), megabytes * 200_000)
    return 0


def _against_others(folder: Path, size: int) -> None:
    path = _written(folder, "junit", size)
    speeds: dict[str, float] = {}
    for reader in READERS:
        speeds[reader], memory, tests = _measured(reader, path)
        print(f"junit, {reader:12}{speeds[reader]:7.1f} MB/s{memory:9.1f} MiB   {tests} cases", flush=True)
    for other, target in (("expat", 0.9), ("junitparser", 1.8)):
        ratio = speeds["ours"] / speeds[other]
        print(f"ours / {other:12}{ratio:7.2f} x   (target {target} x)", flush=True)
    path.unlink()


def _other_formats(folder: Path, size: int) -> None:
    for kind in KINDS:
        if kind != "junit":
            path = _written(folder, kind, size)
            speed, memory, tests = _measured("ours", path)
            print(f"{kind:19}{speed:7.1f} MB/s{memory:9.1f} MiB   {tests} cases or files", flush=True)
            path.unlink()


def _written(folder: Path, kind: str, size: int) -> Path:
    path = folder / kind
    write_report(kind, path, size)
    return path


def _measured(reader: str, path: Path) -> tuple[float, float, int]:
    """MB/s, MiB above start, results found."""
    command = [sys.executable, "-m", "benchmarks.parse_reports", "read", reader, f"{path}"]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(_READINGS)]
    seconds, memory = (statistics.median(run[key] for run in runs) for key in ("seconds", "mib"))
    return path.stat().st_size / 1e6 / seconds, memory, runs[0]["tests"]


def _read(reader: str, path: Path) -> dict[str, float]:
    before, begin = psutil.Process().memory_info().rss, time.process_time()
    tests, failures = READERS[reader](path)
    seconds, peak = time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "mib": (peak - before) / _MIB, "tests": tests, "failures": failures}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
