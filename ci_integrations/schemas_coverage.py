"""What the API and the command line's `--json` say of coverage. Changes are in percentage points."""

from ninja import Field, Schema

from ci_integrations.parsing.coverage import Ratio
from ci_integrations.selectors.coverage import MissedLines, RunCoverage
from ci_integrations.selectors.coverage_files import FileFigures, FileOrder


class RatioOut(Schema):
    """How many of how many; `percent` is null where there is nothing to cover."""

    covered: int
    total: int
    percent: float | None


class AgainstOut(Schema):
    """A run that the figures are held against, and by how many points each rose since; null where one has no figure."""

    run: int = Field(alias="run.pk")
    branch: str = Field(alias="run.branch")
    commit: str = Field(alias="run.commit_sha")
    lines: float | None = Field(alias="lines.points")
    branches: float | None = Field(alias="branches.points")
    statements: float | None = Field(alias="statements.points")


class MissedOut(Schema):
    """A changed file, and its changed lines that no test ran."""

    path: str
    lines: list[int] = Field(alias="numbers")


class PatchOut(Schema):
    """The changed lines that are code, and where no test ran them."""

    covered: int
    total: int
    percent: float | None
    missed: list[MissedOut]


class CoverageOut(Schema):
    """The coverage of a run. A kind that its reports do not count is null.

    `base` is the run of the commit that its change goes out from (`base_commit`), `previous` the one before it on its
    branch; `patch` is null where no open pull request is known. `note` says what is missing. `text` is all of it in
    one line.
    """

    text: str
    format: str = Field(alias="report.format")
    lines: RatioOut | None = Field(alias="totals.lines")
    branches: RatioOut | None = Field(alias="totals.branches")
    statements: RatioOut | None = Field(alias="totals.statements")
    base_commit: str = Field(alias="report.base_sha")
    base: AgainstOut | None
    previous: AgainstOut | None
    patch: PatchOut | None
    note: str = Field(alias="report.note")

    @staticmethod
    def resolve_patch(found: RunCoverage) -> dict[str, object] | None:
        """The figures of the change, with what was missed."""
        ratio = found.patch
        return None if ratio is None else {**_ratio(ratio), "missed": [_missed(one) for one in found.missed]}


class FileOut(Schema):
    """One file; `points` is how far its main figure rose since the run that it is held against.

    `points` is null where there is none, or the file is new or gone; a gone one has no figures.
    """

    path: str
    lines: RatioOut | None = Field(alias="totals.lines")
    branches: RatioOut | None = Field(alias="totals.branches")
    statements: RatioOut | None = Field(alias="totals.statements")
    points: float | None

    @staticmethod
    def resolve_points(file: FileFigures) -> float | None:
        """Of the figure that changed."""
        return file.change.points if file.change else None


class CoveragePage(Schema):
    """The coverage of a run with a page of its files, of `count` in all."""

    coverage: CoverageOut
    count: int
    files: list[FileOut]


class FilesQuery(Schema):
    """Which files, in which order: the least covered first, or only those that changed, most first."""

    order: FileOrder = FileOrder.WORST
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


def _ratio(ratio: Ratio) -> dict[str, object]:
    return {"covered": ratio.covered, "total": ratio.total, "percent": ratio.percent}


def _missed(one: MissedLines) -> dict[str, object]:
    return {"path": one.path, "numbers": list(one.numbers)}
