"""`orchestrate ci timings`."""

import argparse
from typing import Final

from ci_integrations import selectors
from ci_integrations.domain import TERMINAL
from ci_integrations.errors import NotFound
from ci_integrations.models import Run
from ci_integrations.schemas_timings import RunTimingsOut, SlowTestOut
from ci_integrations.selectors.timings import timings_of
from ci_integrations.services import sync
from orchestrate_site.ci import collecting
from orchestrate_site.ci.exits import Exit
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_verb
from orchestrate_site.ci.runs import find_run, span

SHOWN_STEPS: Final = 3


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "timings",
        show_timings,
        summary="Show how long a run waited and worked, and its slowest tests",
        examples="""orchestrate ci timings
                    orchestrate ci timings --run 12 --json""",
    )
    parser.add_argument("--run", default="", metavar="ID", help="which run, as for status (default: the newest ended)")


def show_timings(options: argparse.Namespace, out: Output) -> Exit:
    """Ask the server about a run that goes on, print how long things took so far."""
    run = find_run(options.run) if options.run else _newest()
    if not run.state_is_final:
        run = sync.sync_run(run.repository, sync.run_ref(run))
    collecting.collect_once(run)
    report = RunTimingsOut.from_orm(timings_of(run))
    if out.as_json:
        out.json(report)
    else:
        out.data(f"run {run.pk}: {out.state(run.state)}")
        _print(report, out)
    return Exit.OK


def _newest() -> Run:
    run = selectors.runs(selectors.RunFilter(states=sorted(TERMINAL))).first()
    if run is None:
        raise NotFound("no run has ended yet; name one with --run, see: orchestrate ci list")
    return run


def _print(report: RunTimingsOut, out: Output) -> None:
    told = {
        "waited": report.queued_seconds,
        "worked": report.worked_seconds,
        "in all": report.total_seconds,
        "on machines": report.machine_seconds,
    }
    out.data(f"  {', '.join(f'{words} {_span(seconds)}' for words, seconds in told.items())}")
    if report.jobs:
        out.data("", "jobs", f"  {'waited':<12}{'worked':<12}")
    for job in report.jobs:
        mark = "" if job.counts else "  (not counted)"
        out.data(f"  {_span(job.queued_seconds):<12}{_span(job.worked_seconds):<12}{plain(job.name)}{mark}")
        for step in job.steps[:SHOWN_STEPS]:
            out.data(f"  {'':<12}  {_span(step.worked_seconds):<12}{plain(step.name)}")
    if report.slowest_tests:
        out.data("", "slowest tests")
    for test in report.slowest_tests:
        out.data(f"  {_span(test.seconds):<12}{_name(test)}  ({plain(test.job)})")


def _name(test: SlowTestOut) -> str:
    return plain(f"{test.suite}::{test.name}" if test.suite else test.name)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds < 10 else span(seconds)
