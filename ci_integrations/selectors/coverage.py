"""What the tests of a run covered, beside the commit its change goes out from and the run before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from ci_integrations.models import CoverageReport, Run
from ci_integrations.parsing.coverage import Change, Ratio, Totals

# So many earlier runs of a branch are looked at; where none of them has coverage there is nothing to hold against.
LOOK_BACK: Final = 100


@dataclass(frozen=True, slots=True)
class Against:
    """Another run, and the three figures then and now."""

    run: Run
    report: CoverageReport
    lines: Change
    branches: Change
    statements: Change

    @property
    def main(self) -> Change:
        """Of lines, where there are any now, else of statements, else of branches."""
        return next((one for one in (self.lines, self.statements) if one.after and one.after.total), self.branches)

    @property
    def name(self) -> str:
        """Which one it is, in words: `main's 1234abc`."""
        return f"{self.run.branch}'s {self.run.commit_sha[:7]}" if self.run.branch else self.run.commit_sha[:7]


@dataclass(frozen=True, slots=True)
class MissedLines:
    """The lines of one changed file that no test ran."""

    path: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunCoverage:
    """The coverage of a run: all its reports together.

    `base` is the newest run of the commit that its change goes out from, `previous` the one before it on its branch.
    """

    report: CoverageReport
    totals: Totals
    base: Against | None = None
    previous: Against | None = None

    @property
    def against(self) -> Against | None:
        """What it is held against: the base of its change, else the run before."""
        return self.base or self.previous

    @property
    def patch(self) -> Ratio | None:
        """Of the lines of its change that are code, those that a test ran; None where no change is known."""
        return ratio_of(self.report.patch_covered, self.report.patch_total)

    @property
    def missed(self) -> list[MissedLines]:
        """The lines of its change that no test ran, most first."""
        found = [MissedLines(path, tuple(numbers)) for path, numbers in self.report.patch_missed.items()]
        return sorted(found, key=lambda one: (-len(one.numbers), one.path))

    @property
    def text(self) -> str:
        """All of it in one line: `81.20 % of lines (+0.40 against main's 1234abc, 2 of 3 changed lines)`."""
        more = ", ".join(self._comparisons())
        note = f"; {self.report.note}" if self.report.note else ""
        return f"{self._figure()}{f' ({more})' if more else ''}{note}"

    def _figure(self) -> str:
        kinds = {"lines": self.totals.lines, "statements": self.totals.statements, "branches": self.totals.branches}
        told = (f"{ratio.percent:.2f} % of {name}" for name, ratio in kinds.items() if ratio and ratio.total)
        return next(told, "nothing to cover")

    def _comparisons(self) -> Iterator[str]:
        points = self.against.main.points if self.against else None
        if self.against is not None and points is not None:
            yield f"{signed(points)} against {self.against.name}"
        if self.patch is not None and self.patch.total:
            yield f"{self.patch.covered} of {self.patch.total} changed lines"


def coverage_of(run: Run) -> RunCoverage | None:
    """The coverage of a run; None where no report told of any."""
    row = _reports().filter(run=run).first()
    if row is None:
        return None
    return RunCoverage(row, totals_of(row), _against(row, _of_base(run, row)), _against(row, _of_previous(run)))


def coverage_text(run: Run) -> str:
    """The coverage of a run in one line; "" where no report told of any."""
    found = coverage_of(run)
    return found.text if found else ""


def signed(points: float) -> str:
    """Percentage points with their sign: `+0.40`."""
    return f"{points:+.2f}" if round(points, 2) else "±0.00"


def ratio_of(covered: int | None, total: int | None) -> Ratio | None:
    """A figure as it is stored; None for one that is not counted."""
    return None if covered is None or total is None else Ratio(covered, total)


def totals_of(row: CoverageReport) -> Totals:
    """The three figures of a row."""
    return Totals(
        ratio_of(row.lines_covered, row.lines_total),
        ratio_of(row.branches_covered, row.branches_total),
        ratio_of(row.statements_covered, row.statements_total),
    )


def _reports() -> QuerySet[CoverageReport]:
    """Those of whole runs, newest run first, without their files, which are large."""
    rows = CoverageReport.objects.filter(job=None).select_related("run").defer("files")
    return rows.order_by("-run__created_at", "-run_id")


def _of_base(run: Run, row: CoverageReport) -> CoverageReport | None:
    if not row.base_sha:
        return None
    same = {"run__repository": run.repository_id, "run__workflow": run.workflow, "run__commit_sha": row.base_sha}
    return _reports().filter(**same, run__settled_at__isnull=False).exclude(run=run).first()


def _of_previous(run: Run) -> CoverageReport | None:
    if not run.branch:
        return None
    same = Run.objects.filter(repository=run.repository_id, branch=run.branch, workflow=run.workflow)
    earlier = Q(created_at__lt=run.created_at) | Q(created_at=run.created_at, pk__lt=run.pk)
    # A fork's branch of the same name is another one.
    rows = same.filter(earlier, head_repository=run.head_repository, created_at__lte=run.created_at)
    newest = rows.filter(settled_at__isnull=False).order_by("-created_at", "-pk").values("pk")[:LOOK_BACK]
    return _reports().filter(run__in=newest).first()


def _against(row: CoverageReport, other: CoverageReport | None) -> Against | None:
    if other is None:
        return None
    now, then = totals_of(row), totals_of(other)
    return Against(
        run=other.run,
        report=other,
        lines=Change(then.lines, now.lines),
        branches=Change(then.branches, now.branches),
        statements=Change(then.statements, now.statements),
    )
