"""A report as figures and the names of what failed."""

from collections.abc import Iterable

from ci_integrations.domain import TestData
from ci_integrations.parsing.reports.interface import Counts, Reading, ReportReader


def label(test: TestData) -> str:
    """One name for a test: `suite :: name`."""
    return f"{test.suite} :: {test.name}" if test.suite else test.name


def labels(tests: Iterable[TestData], reading: Reading) -> list[str]:
    """Names that differ: those of one name get their file, or a number, behind."""
    found: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for test in tests:
        name = test.name if reading.suites_are_files else label(test)
        if name in found and test.file:
            name = f"{name} ({test.file.replace(chr(92), '/').rpartition('/')[2]})"
        plain = name
        while name in found:
            numbers[plain] = numbers.get(plain, 1) + 1
            name = f"{plain} #{numbers[plain]}"
        found[name] = None
    return list(found)


def counted(reader: ReportReader) -> tuple[Counts, list[TestData]]:
    """How many results of each outcome, and those that failed; what the report states where it holds none."""
    counts, failed = Counts(), []
    for test in reader:
        counts.add(test.outcome)
        if test.outcome.is_failed:
            failed.append(test)
    stated = reader.reading.stated
    if stated is not None and counts.tests not in (0, stated.tests):
        reader.reading.note(f"the summary tells of {stated.tests} tests, {counts.tests} are listed")
    return stated or counts, failed
