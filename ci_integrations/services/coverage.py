"""Coverage as rows: one for all reports of a run together, one for each job where it tells more."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import Q

from ci_integrations.domain import Capability
from ci_integrations.models import CoverageReport, Job, Run
from ci_integrations.packing import pack_json, unpack_json
from ci_integrations.parsing.coverage import Coverage, FileCoverage, Ratio, details, expanded, figures, merged
from ci_integrations.parsing.masking import Masker
from ci_integrations.selectors.coverage import totals_of
from ci_integrations.services.fitting import MAX_BIG_INTEGER, fitting, whole
from ci_integrations.wiring import provider_of, secrets_of

UNKNOWN: Final = "without jobs that did not run again, of an attempt whose results were not collected"


@transaction.atomic
def store_coverage(run: Run, reports: Mapping[Job, Sequence[Coverage]]) -> Coverage | None:
    """Replace the coverage of a run, and give it: of all its jobs together; None where there is none.

    A line that several reports tell of counts once. A job that did not run again in this attempt counts with what is
    stored of it in the one where it ran; therefore the rows of jobs keep lines, branches and blocks where the server
    has such attempts. Where that one was not collected, the row of the run says so (`UNKNOWN`). Raises ConfigError.
    """
    CoverageReport.objects.filter(run=run).delete()
    masker = Masker(secrets_of(run.repository.connection))
    goes_on = Capability.RESUMES in provider_of(run.repository.connection).capabilities
    by_job = {job: merged(parts) for job, parts in reports.items() if parts}
    # What one job alone says, the row of the run says: only a later attempt may need it.
    told_apart = by_job if goes_on or len(by_job) > 1 else {}
    rows = [_row(run, job, one, masker, with_details=goes_on) for job, one in told_apart.items()]
    parts = [*_carried(run), *by_job.values()]
    together = merged(parts) if parts else None
    if together is not None:
        note = "; ".join(filter(None, [together.error, UNKNOWN if _lacks_some(run) else ""]))
        rows.append(_row(run, None, together, masker, note=note))
    CoverageReport.objects.bulk_create(rows)
    return together


def _carried(run: Run) -> list[Coverage]:
    """Of each job that did not run again in this attempt."""
    rows = CoverageReport.objects.filter(job__carried_to__run=run, job__carried_to__is_superseded=False)
    return [_stored(row) for row in rows.order_by("job_id")]


def _lacks_some(run: Run) -> bool:
    """Whether the coverage of a job that did not run again is not known, if it has some."""
    jobs = Job.objects.filter(carried_to__run=run, carried_to__is_superseded=False, coverage_reports=None)
    return jobs.filter(Q(run__settled_at=None) | Q(run__dead_at__isnull=False)).exists()


def _stored(row: CoverageReport) -> Coverage:
    totals = totals_of(row)
    files = tuple(expanded(path, values) for path, values in unpack_json(bytes(row.files)).items())
    return Coverage(row.format, totals.lines, totals.branches, totals.statements, files, error=row.note)


def _row(
    run: Run, job: Job | None, coverage: Coverage, masker: Masker, *, with_details: bool = False, note: str = ""
) -> CoverageReport:
    lines, branches, statements = (_pair(one) for one in (coverage.lines, coverage.branches, coverage.statements))
    return CoverageReport(
        run=run,
        job=job,
        lines_covered=lines[0],
        lines_total=lines[1],
        branches_covered=branches[0],
        branches_total=branches[1],
        statements_covered=statements[0],
        statements_total=statements[1],
        files=pack_json(_files(coverage.files, masker, with_details=with_details)),
        **fitting(CoverageReport, format=coverage.format, note=masker.text(note or coverage.error)),
    )


def _pair(ratio: Ratio | None) -> tuple[int | None, int | None]:
    """A figure for its columns; both are None where it is not counted, or larger than they hold."""
    if ratio is None or None in (pair := [whole(one, most=MAX_BIG_INTEGER) for one in (ratio.covered, ratio.total)]):
        return None, None
    return pair[0], pair[1]


def _files(files: Sequence[FileCoverage], masker: Masker, *, with_details: bool) -> dict[str, list[object]]:
    return {
        masker.text(file.path): [*figures(file), *(details(file, masker.text) if with_details else ())]
        for file in files
    }
