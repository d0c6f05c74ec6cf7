"""Coverage as rows: one for all reports of a run together, one for each job where several tell."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from ci_integrations.models import CoverageReport, Job, Run
from ci_integrations.packing import pack_json
from ci_integrations.parsing.coverage import Coverage, Ratio, Totals, merged
from ci_integrations.parsing.masking import Masker
from ci_integrations.services.fitting import fitting
from ci_integrations.wiring import secrets_of


@transaction.atomic
def store_coverage(run: Run, reports: Mapping[Job, Sequence[Coverage]]) -> Coverage | None:
    """Replace the coverage of a run, and give it: of all its reports together; None where there is none.

    A line that several reports tell of counts once.
    """
    CoverageReport.objects.filter(run=run).delete()
    masker = Masker(secrets_of(run.repository.connection))
    by_job = {job: merged(parts) for job, parts in reports.items() if parts}
    rows = [_row(run, job, one, masker) for job, one in by_job.items()] if len(by_job) > 1 else []
    together = merged([part for parts in reports.values() for part in parts]) if by_job else None
    if together is not None:
        rows.append(_row(run, None, together, masker))
    CoverageReport.objects.bulk_create(rows)
    return together


def _row(run: Run, job: Job | None, coverage: Coverage, masker: Masker) -> CoverageReport:
    lines, branches, statements = (_figures(one) for one in (coverage.lines, coverage.branches, coverage.statements))
    return CoverageReport(
        run=run,
        job=job,
        lines_covered=lines[0],
        lines_total=lines[1],
        branches_covered=branches[0],
        branches_total=branches[1],
        statements_covered=statements[0],
        statements_total=statements[1],
        files=pack_json({masker.text(file.path): _pairs(file.totals) for file in coverage.files}),
        **fitting(CoverageReport, format=coverage.format, note=masker.text(coverage.error)),
    )


def _figures(ratio: Ratio | None) -> tuple[int | None, int | None]:
    return (None, None) if ratio is None else (ratio.covered, ratio.total)


def _pairs(totals: Totals) -> list[int | None]:
    """Lines, branches and statements: of each the covered ones and all."""
    return [number for ratio in (totals.lines, totals.branches, totals.statements) for number in _figures(ratio)]
