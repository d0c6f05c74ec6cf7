"""Requests for each run followed, against naive polling: 1,000 runs of 50 repositories in a simulated hour.

Run from the repository's root: `python -m benchmarks.github_requests [RUNS REPOSITORIES]`. The fake GitHub counts. A
run takes 10 minutes on average and has 8 jobs of 10 steps and one artifact; every fifth fails in two jobs, whose logs
and annotations are fetched. Naive polling lists each repository and asks for each live run and its jobs every 30 s.
"""

import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print one line for following by webhooks and one for listing alone."""
    runs, repositories = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (1000, 50)
    for webhooks in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            process = os.fork()
            if not process:
                _series(Path(folder), runs, repositories, webhooks=webhooks)
                os._exit(0)
            if os.waitpid(process, 0)[1]:
                sys.exit(1)


def _series(folder: Path, runs: int, repositories: int, *, webhooks: bool) -> None:
    os.environ |= {
        "ORCHESTRATE_DATA_DIR": f"{folder}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.economy import simulate

    began = time.monotonic()
    count = simulate(folder / "github", runs=runs, repositories=repositories, webhooks=webhooks)
    how = "webhooks and a 300 s sweep" if webhooks else "listing alone, every 30 s"
    print(
        f"{how}: {count.charged_per_run:.2f} requests per run charged, {count.per_run:.2f} with those answered 304 "
        f"({count.runs} runs, {time.monotonic() - began:.0f} s)\nnaive polling: {count.naive_per_run:.2f} "
        f"({count.naive_per_run / count.charged_per_run:.1f} x)",
        flush=True,
    )


if __name__ == "__main__":
    main()
