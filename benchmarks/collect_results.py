"""What it costs to collect a run of 20,000 test results on SQLite, packed as it is done and as a row each.

Run from the repository's root: `python -m benchmarks.collect_results [TESTS RUNS]`. Each run leaves a JUnit report, in
which every hundredth test fails, at an in-memory server; timed is collecting it: fetch, parse, store, commit, settle.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print a line for each way of storing: seconds for the first run and the median of the others, growth per run."""
    tests, runs = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (20_000, 6)
    for row_per_pass in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            process = os.fork()
            if not process:
                _series(Path(folder), tests, runs, row_per_pass=row_per_pass)
                os._exit(0)
            if os.waitpid(process, 0)[1]:
                sys.exit(1)


def _series(folder: Path, tests: int, runs: int, *, row_per_pass: bool) -> None:
    os.environ |= {
        "ORCHESTRATE_DATA_DIR": f"{folder}",
        "ORCHESTRATE_ROW_PER_PASS": f"{row_per_pass}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.collecting import collected_runs

    seconds, sizes = [], []
    for collect in collected_runs(folder, tests=tests, runs=runs):
        began = time.perf_counter()
        collect()
        seconds.append(time.perf_counter() - began)
        sizes.append(_size(folder))
    again = statistics.median(seconds[1:])
    growth = (sizes[-1] - sizes[0]) / (runs - 1) / 1e6
    how = "a row for each pass" if row_per_pass else "packed passes"
    print(
        f"{how}: {tests} results in {seconds[0]:.2f} s the first time, {again:.2f} s again; "
        f"the database grows by {growth:.2f} MB a run",
        flush=True,
    )


def _size(folder: Path) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(file.stat().st_size for file in folder.glob("*.sqlite3"))


if __name__ == "__main__":
    main()
