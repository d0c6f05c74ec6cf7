"""Packed passes become rows again, once they are evidence."""

from collections.abc import Collection

from django.db.models import QuerySet

from ci_integrations.domain import Outcome
from ci_integrations.models import PassedTests, TestResult
from ci_integrations.packing import Passes


def unpack(packs: QuerySet[PassedTests], cases: Collection[int]) -> None:
    """Make rows of the passes of these tests that are packed in any of `packs`: each is in one place. Part of one
    transaction with its caller.
    """
    wanted = frozenset(cases)
    rows: list[TestResult] = []
    for pack in packs.select_for_update(of=("self",)).order_by("pk"):
        passes = list(Passes.unpack(bytes(pack.packed)))
        rest = [one for one in passes if one[0] not in wanted]
        if len(rest) == len(passes):
            continue
        rows += _rows(pack.job_id, [one for one in passes if one[0] in wanted])
        pack.count, pack.packed = len(rest), Passes(rest).pack()
        pack.save(update_fields=["count", "packed"])
    TestResult.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)


def _rows(job_id: int, passes: Collection[tuple[int, float | None]]) -> list[TestResult]:
    """In one job a test is packed altogether or not at all: these are its only rows there."""
    rows: list[TestResult] = []
    for case, seconds in passes:
        ordinal = rows[-1].ordinal + 1 if rows and rows[-1].case_id == case else 0
        rows.append(TestResult(job_id=job_id, case_id=case, ordinal=ordinal, outcome=Outcome.PASSED, duration=seconds))
    return rows
