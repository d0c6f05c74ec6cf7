"""`orchestrate ci fix`."""

import argparse
from typing import Final

from ci_integrations import selectors
from ci_integrations.services import sync
from fixers import services
from orchestrate_site.ci import collecting
from orchestrate_site.ci.acting import requested_by
from orchestrate_site.ci.exits import Exit
from orchestrate_site.ci.output import Output
from orchestrate_site.ci.parser import Verbs, add_run, add_verb
from orchestrate_site.ci.runs import find_run, print_report
from orchestrate_site.ci.shapes import RunReport

COLLECT_SECONDS: Final = 30.0


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "fix",
        fix_run,
        summary="Have a failed run fixed, whatever was decided about it before",
        examples="orchestrate ci fix --run 12\norchestrate ci fix --run 12 --json",
    )
    add_run(parser)


def fix_run(options: argparse.Namespace, out: Output) -> Exit:
    """Ask for a fix; a worker makes it. Prints what is known of the run and of the attempts so far."""
    run = find_run(options.run)
    if not run.state_is_final:
        run = sync.sync_run(run.repository, sync.run_ref(run))
    if run.state_is_final:
        collecting.collect_within(run, COLLECT_SECONDS)
    services.fix(run.pk, requested_by=requested_by())
    report = RunReport.from_orm(selectors.get_run(run.pk))
    if out.as_json:
        out.json(report)
    else:
        print_report(report, out)
    return Exit.OK
