"""`orchestrate ci logs`."""

import argparse
import json
from collections.abc import Iterator
from typing import Final

from ci_integrations import selectors
from ci_integrations.domain import Capability, State
from ci_integrations.errors import NotFound, NotSupported
from ci_integrations.models import Job, JobLog, Run
from ci_integrations.services import logs, sync
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_patience, add_run, add_verb
from orchestrate_site.ci.runs import find_run
from orchestrate_site.ci.tailing import follow_logs
from orchestrate_site.ci.waiting import patience_of

PAGE: Final = 500


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "logs",
        show_logs,
        summary="Print the logs of a run's jobs",
        examples="""orchestrate ci logs --run 12 --failed
                    orchestrate ci logs --run 12 --job test | less -R
                    orchestrate ci logs --run 12 --job test --follow""",
    )
    add_run(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--job", default="", metavar="JOB", help="this job only, by name or id")
    which.add_argument("--failed", action="store_true", help="failed jobs only")
    parser.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="go on printing what comes, to the end; with --json an object a line",
    )
    add_patience(parser, waits="following")


def show_logs(options: argparse.Namespace, out: Output) -> Exit:
    """Print stored logs, and those of running jobs as far as the server has them."""
    run = find_run(options.run)
    if options.follow and options.failed:
        raise UsageError("--follow goes with --job or alone: what fails is known at the end")
    if options.follow and not run.state_is_final:
        return follow_logs(run, options.job, patience_of(options), out)
    if not run.state_is_final:
        run = sync.sync_run(run.repository, sync.run_ref(run))
    jobs = _jobs(run, options)
    found = [(job, lines) for job in jobs if (lines := _lines(job, out)) is not None]
    if not found:
        names = ", ".join(job.name for job in jobs)
        raise NotFound(f"the server has no log of {names or 'any job'} of run {run.pk}" + _may_come(run))
    if out.as_json:
        _write_json(run, found, out)
    else:
        _write(found, out)
    return Exit.OK


def _jobs(run: Run, options: argparse.Namespace) -> list[Job]:
    if options.job:
        return [selectors.get_job(run, options.job)]
    jobs = list(run.jobs.order_by("id"))
    if not options.failed:
        return jobs
    failed = [job for job in jobs if State(job.state).is_failed]
    if not failed:
        raise NotFound(f"run {run.pk} has no failed job; it is {run.state}")
    return failed


def _lines(job: Job, out: Output) -> Iterator[str] | None:
    """The lines of a job's log; None where there is none yet. The first is fetched at once."""
    if Capability.LOGS not in selectors.capabilities(job.run.repository):
        stored = JobLog.objects.filter(job=job).first()
        if stored is None:
            raise NotSupported(f"{job.run.repository.connection} has no logs: its configuration declares no such place")
        return _stored(stored)
    stored = logs.ensure_log(job)
    if stored is not None:
        return _stored(stored)
    live = (line.decode(errors="replace") for line in logs.live_log(job))
    try:
        first = "" if State(job.state).is_terminal else next(live, "")
    except NotFound:
        first = ""
    if not first:
        out.note(f"no log of {job.name} ({job.state})")
        return None
    return _joined(first, live)


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first.rstrip("\r\n")
    for line in rest:
        yield line.rstrip("\r\n")


def _stored(log: JobLog) -> Iterator[str]:
    for start in range(0, log.lines, PAGE):
        yield from logs.read_page(log, start, start + PAGE)


def _write(found: list[tuple[Job, Iterator[str]]], out: Output) -> None:
    for job, lines in found:
        if len(found) > 1:
            out.data(f"== {plain(job.name)} ==")
        for page in _pages(lines):
            out.data(*(out.log_line(line) for line in page))
            if out.is_closed:
                return


def _write_json(run: Run, found: list[tuple[Job, Iterator[str]]], out: Output) -> None:
    """{"run", "jobs": [{"id", "name", "state", "lines"}]}, line by line: a log may be larger than the memory."""
    out.raw(f'{{"run": {run.pk}, "jobs": [')
    for number, (job, lines) in enumerate(found):
        head = json.dumps({"id": job.pk, "name": job.name, "state": job.state})
        out.raw(f'{", " if number else ""}{head[:-1]}, "lines": [')
        separator = ""
        for page in _pages(lines):
            out.raw(separator + ",\n".join(json.dumps(out.log_line(line)) for line in page))
            separator = ",\n"
            if out.is_closed:
                return
        out.raw("]}")
    out.raw("]}\n")


def _pages(lines: Iterator[str]) -> Iterator[list[str]]:
    page: list[str] = []
    for line in lines:
        page.append(line)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _may_come(run: Run) -> str:
    return "" if run.state_is_final else f"; it is {run.state}: try again later"
