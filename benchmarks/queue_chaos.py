"""Kill random processes of a cluster for a while: the stock django-q2 cluster and ours, under the same supervisor.

Run from the repository's root: `python -m benchmarks.queue_chaos [SEED ...]`. Prints runs per task (1.00 is the best
there is), the tasks that never ran to their end, and whether the queue was empty within 25 s of the last kill.
"""

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.orchestrate_site.queue.harness import ENQUEUE, ROOT, Site, name_of, wait_until

TASKS, TASK_SECONDS, KILL_SECONDS, SETTLE_SECONDS = 200, 0.2, 20, 25
STOCK = """
import os, sys
from orchestrate_site.queue.supervisor import Limits, Program, Supervisor
limits = Limits(max_delay=0.2)
Supervisor([Program("stock", [sys.executable, "-m", "django", "qcluster"], os.environ, limits)], limits).run()
"""


def start(site: Site, kind: str) -> subprocess.Popen[bytes]:
    """Start one cluster of `kind`, stock or ours, under our supervisor."""
    if kind == "ours":
        return site.start("default")
    command = [sys.executable, "-c", STOCK]
    site.started.append(subprocess.Popen(command, cwd=ROOT, env=site.env, stdout=site.log, stderr=site.log))
    return site.started[-1]


def victims(site: Site, supervisor_pid: int) -> list[psutil.Process]:
    """Every process of the cluster, without the programs that tasks run."""
    found = [process for process in site.processes() if process.pid != supervisor_pid and name_of(process) != "sleep"]
    return sorted(found, key=lambda process: process.pid)


def series(kind: str, seed: int, folder: Path) -> str:
    """One series of kills; its figures as text."""
    chance = random.Random(seed)
    with Site(folder) as site:
        site.run("django", "migrate", "--verbosity", "0")
        site.run(ENQUEUE, "work", str(TASK_SECONDS), *map(str, range(TASKS)))
        supervisor = start(site, kind)
        kills, end = 0, time.monotonic() + KILL_SECONDS
        while time.monotonic() < end:
            time.sleep(chance.uniform(1.5, 4))
            if living := victims(site, supervisor.pid):
                chance.choice(living).kill()
                kills += 1
        settled = time.monotonic()
        try:
            wait_until(site.is_done, "the queue is empty", SETTLE_SECONDS)
            outcome = f"empty after {time.monotonic() - settled:.1f} s"
        except AssertionError:
            outcome = f"NOT empty after {SETTLE_SECONDS} s"
        runs, lost = site.trace("begin").total() / TASKS, TASKS - len(site.trace("end"))
    return f"{kind:6} seed {seed}: {kills} kills, {runs:.2f} runs per task, {lost} not run, queue {outcome}"


def main() -> None:
    """Print one line for each kind and seed."""
    for seed in [int(argument) for argument in sys.argv[1:]] or [1]:
        for kind in ("stock", "ours"):
            with tempfile.TemporaryDirectory() as folder:
                print(series(kind, seed, Path(folder) / "site"), flush=True)


if __name__ == "__main__":
    main()
