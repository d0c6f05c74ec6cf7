"""`orchestrate ci list` and `status`."""

import argparse
from datetime import datetime
from typing import Final

from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.domain import State
from ci_integrations.errors import NotFound
from ci_integrations.models import Run
from ci_integrations.schemas import RunList
from ci_integrations.services import sync
from orchestrate_site.ci import collecting
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.output import Output, first_line, plain
from orchestrate_site.ci.parser import Verbs, add_run, add_verb
from orchestrate_site.ci.shapes import RunReport

SHOWN_TESTS: Final = 20
SHOWN_FINDINGS: Final = 5
SHOWN_LINES: Final = 12


def add(verbs: Verbs) -> None:
    """Add the verbs."""
    status = add_verb(
        verbs,
        "status",
        show_status,
        summary="Show a run: state, jobs, failed tests, what was decided",
        examples="orchestrate ci status --run 12\norchestrate ci status --run 12 --json",
    )
    add_run(status)
    listing = add_verb(
        verbs,
        "list",
        show_list,
        summary="List runs, newest first",
        examples="""orchestrate ci list --state failure --state error
                    orchestrate ci list --branch main --limit 5 --json""",
    )
    listing.add_argument(
        "--state",
        action="append",
        default=[],
        choices=[state.value for state in State],
        metavar="STATE",
        help=f"only runs in this state; may be repeated. One of: {', '.join(State)}",
    )
    listing.add_argument("--branch", default="", help="only runs of this branch")
    listing.add_argument("--repo", default="", help="only runs of this repository")
    listing.add_argument("--workflow", default="", metavar="NAME", help="only runs of this workflow")
    listing.add_argument("--limit", type=_limit, default=20, metavar="N", help="at most N runs (default: 20)")


def find_run(name: str) -> Run:
    """A run by our number, else the newest attempt of the server's id. Raises NotFound, UsageError."""
    rows = selectors.runs()
    run = rows.filter(pk=int(name)).first() if name.isdecimal() and len(name) < 19 else None
    if run is not None:
        return run
    found = list(rows.filter(external_id=name).order_by("repository_id", "-attempt")[:100])
    if not found:
        raise NotFound(f"there is no run {name!r}; see: orchestrate ci list")
    if len({run.repository_id for run in found}) > 1:
        numbers = ", ".join(f"{run.pk} ({run.repository})" for run in found[:10])
        raise UsageError(f"several servers have a run {name!r}; name it by our number: {numbers}")
    return found[0]


def show_status(options: argparse.Namespace, out: Output) -> Exit:
    """Ask the server, print what is known. Exits 0 whatever the run's state: `wait` tells that by its exit code."""
    run = find_run(options.run)
    if not run.state_is_final:
        sync.sync_run(run.repository, sync.run_ref(run))
    collecting.collect_once(run)
    report = RunReport.from_orm(selectors.get_run(run.pk))
    if out.as_json:
        out.json(report)
    else:
        print_report(report, out)
    return Exit.OK


def show_list(options: argparse.Namespace, out: Output) -> Exit:
    """Print the runs that the options leave."""
    narrow = selectors.RunFilter(
        states=options.state, branch=options.branch, repository=options.repo, workflow=options.workflow
    )
    runs = list(selectors.runs(narrow)[: options.limit])
    if out.as_json:
        out.json(RunList.model_validate({"runs": runs}))
        return Exit.OK
    rows = [
        (f"{run.pk}", run.state, run.workflow, run.branch, run.commit_sha[:10], run.repository.name, _age(run))
        for run in runs
    ]
    _print_table([("RUN", "STATE", "WORKFLOW", "BRANCH", "COMMIT", "REPOSITORY", "AGE"), *rows], out)
    if not runs:
        out.note("no runs; start one with: orchestrate ci trigger --workflow NAME")
    return Exit.OK


def print_report(run: RunReport, out: Output) -> None:
    """A run for people: what failed first, then what to type next."""
    took = duration(run.started_at, run.finished_at)
    title = f"run {run.id}: {out.state(run.state)}{f' after {took}' if took else ''}"
    about = [run.repository, run.workflow, run.branch, run.commit[:12], f"attempt {run.attempt}"]
    out.data(title, f"  {plain(' · '.join(filter(None, about)))}")
    if run.url:
        out.data(f"  {plain(run.url)}")
    if run.problem:
        out.data(f"  {plain(run.problem)}")
    if run.parent:
        out.data(f"  started by run {run.parent}")
    _print_jobs(run, out)
    _print_tests(run, out)
    if run.coverage_report:
        out.data("", f"coverage: {plain(run.coverage_report.text)}")
    _print_triage(run, out)
    out.note(_next_command(run))


def _print_jobs(report: RunReport, out: Output) -> None:
    if report.jobs:
        out.data("", "jobs")
    for job in report.jobs:
        took = duration(job.started_at, job.finished_at)
        marks = [mark for mark, is_so in (("may fail", job.allow_failure), ("repeated", job.is_superseded)) if is_so]
        notes = [*([took] if took else []), *([f"({', '.join(marks)})"] if marks else [])]
        out.data("  ".join([f"  {out.state(job.state)}", plain(job.name), *notes]))
        for child in job.children:
            out.data(f"      started run {child}")
        for finding in job.findings[:SHOWN_FINDINGS]:
            out.data(f"      line {finding.line}: {first_line(finding.message)}")
        if job.excerpt and not job.findings:
            out.data(f"      lines {job.excerpt.start} to {job.excerpt.end} of its log:")
            out.data(*(f"        {plain(line)}" for line in job.excerpt.text.splitlines()[:SHOWN_LINES]))


def _print_tests(report: RunReport, out: Output) -> None:
    if not report.tests:
        return
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(report.tests.items()))
    out.data("", f"tests: {counts}")
    for test in report.failed_tests[:SHOWN_TESTS]:
        place = f"{test.file}:{test.line}" if test.file and test.line else test.file
        known = " (known as flaky)" if test.is_flaky else ""
        out.data(f"  {test.outcome}  {plain(f'{test.suite}::' if test.suite else '')}{plain(test.name)}{known}")
        if place or test.message:
            out.data(f"      {plain(place)}{': ' if place and test.message else ''}{first_line(test.message)}")
    if len(report.failed_tests) > SHOWN_TESTS:
        out.data(f"  and {len(report.failed_tests) - SHOWN_TESTS} more; see all with --json")


def _print_triage(report: RunReport, out: Output) -> None:
    if report.triage is None:
        return
    out.data("", f"decided: {report.triage.decision}, because {plain(report.triage.reason)}")
    for fix in report.triage.fixes:
        where = f" on {plain(fix.branch)}" if fix.branch else ""
        out.data(f"  fix by {plain(fix.strategy)}: {fix.state}{where}{f': {plain(fix.reason)}' if fix.reason else ''}")


def _next_command(run: RunReport) -> str:
    state = State(run.state)
    if state.is_failed:
        return f"to see what failed: orchestrate ci logs --run {run.id} --failed"
    if state.is_passed:
        return f"to fetch its files: orchestrate ci artifacts --run {run.id} --output DIR"
    if state == State.CANCELED:
        return f"to run it again: orchestrate ci retry --run {run.id} --all"
    return f"to wait for its end: orchestrate ci wait --run {run.id}"


def duration(started_at: datetime | None, finished_at: datetime | None) -> str:
    """How long something took or has taken so far, in words; "" where it has not begun."""
    if started_at is None:
        return ""
    return span(((finished_at or timezone.now()) - started_at).total_seconds())


def span(seconds: float) -> str:
    """A number of seconds in words."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _age(run: Run) -> str:
    return duration(run.created_at, None)


def _print_table(rows: list[tuple[str, ...]], out: Output) -> None:
    cells = [[plain(cell)[:60] for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for number, row in enumerate(cells):
        shown = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if number:
            shown[1] = out.state(row[1]) + " " * (widths[1] - len(row[1]))
        out.data("  ".join(shown).rstrip())


def _limit(text: str) -> int:
    if text.isdecimal() and len(text) < 6 and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 99999")
