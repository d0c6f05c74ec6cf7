"""What `orchestrate ci parse` answers for a file, as text for people."""

from collections.abc import Iterable, Iterator
from typing import Final

from ci_integrations.parsing.coverage import Coverage, Ratio, merged
from ci_integrations.parsing.logs import LogScan
from ci_integrations.parsing.reports import Counts
from orchestrate_site.ci.answers import Answer
from orchestrate_site.ci.output import plain

SHOWN_NAMES: Final = 20


def text_of(answer: Answer) -> Iterator[str]:
    """What a file says, as lines for a terminal."""
    if answer.formats:
        yield f"{answer.file}: {'+'.join(answer.formats)}, {_count_text(answer.counts)}"
        yield from _indented(answer.failed)
    if answer.coverages:
        coverage = merged(answer.coverages)
        yield f"{answer.file}: {coverage.format}, {_coverage_text(coverage)}"
    if answer.log:
        yield f"{answer.file}: log, {_log_text(answer.log)}"
        yield from _indented(test.name for test in answer.log.failed_tests)
        yield from _indented(_issues(answer.log))
        if answer.excerpt:
            span = answer.log.excerpts[0]
            yield f"  lines {span.start} to {span.end}:"
            yield from (f"    {plain(line)}" for line in answer.excerpt)
    if not (answer.formats or answer.coverages or answer.log):
        yield f"{answer.file}: unknown"
    yield from (
        f"  {'note' if answer.log or answer.formats or answer.coverages else 'why'}: {plain(error)}"
        for error in answer.errors
    )


def _count_text(counts: Counts) -> str:
    parts = [f"{counts.tests} tests"]
    named = (("failed", counts.failures), ("errors", counts.errors), ("skipped", counts.skipped))
    return ", ".join(parts + [f"{number} {name}" for name, number in named if number])


def _coverage_text(coverage: Coverage) -> str:
    ratios = (("lines", coverage.lines), ("branches", coverage.branches), ("statements", coverage.statements))
    rate = "no figures" if coverage.line_rate is None else f"lines {100 * coverage.line_rate:.2f} %"
    return ", ".join(f"{name} {_ratio_text(ratio)}" for name, ratio in ratios if ratio is not None) or rate


def _ratio_text(ratio: Ratio) -> str:
    percent = ratio.percent
    return f"{ratio.covered} of {ratio.total}" + ("" if percent is None else f" ({percent:.2f} %)")


def _log_text(scan: LogScan) -> str:
    tally = scan.tally
    figures = ((tally.total, "tests"), (tally.failed, "failed"), (tally.skipped, "skipped"))
    parts = [f"{number} {name}" for number, name in figures if number is not None]
    if scan.duration_s is not None:
        parts.append(f"{scan.duration_s:g} s")
    return ", ".join(parts) or "no tests told"


def _issues(scan: LogScan) -> list[str]:
    return [f"{_place(issue.path, issue.source_line)}{issue.message}" for issue in scan.issues]


def _place(path: str, line: int | None) -> str:
    return f"{path}{'' if line is None else f':{line}'}: " if path else ""


def _indented(lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    yield from (f"  {plain(line)}" for line in every[:SHOWN_NAMES])
    if len(every) > SHOWN_NAMES:
        yield f"  ... and {len(every) - SHOWN_NAMES} more"
