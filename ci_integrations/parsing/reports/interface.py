"""What every reader of test reports gives: results, and how far the report could be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ci_integrations.domain import Outcome, TestData

MAX_BYTES = 512_000_000
MAX_CASES = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one report is read."""

    max_bytes: int = MAX_BYTES
    max_cases: int = MAX_CASES


@dataclass(frozen=True, slots=True)
class Retried(TestData):
    """A result that took several attempts: what the last one gave, and the `earlier` ones in their order."""

    earlier: tuple[TestData, ...] = ()

    @property
    def is_flaky(self) -> bool:
        """Failed first, passed later."""
        return self.outcome is Outcome.PASSED and any(one.outcome.is_failed for one in self.earlier)


@dataclass(slots=True)
class Counts:
    """How many results of which outcome."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0

    def add(self, outcome: Outcome) -> None:
        """One more result."""
        self.tests += 1
        self.failures += outcome is Outcome.FAILED
        self.errors += outcome is Outcome.ERROR
        self.skipped += outcome is Outcome.SKIPPED

    def plus(self, other: "Counts") -> None:
        """Another report's results on top."""
        self.tests += other.tests
        self.failures += other.failures
        self.errors += other.errors
        self.skipped += other.skipped


@dataclass(slots=True)
class Reading:
    """How far a report could be read: `error` says why it ended early or was mended, "" where nothing was wrong.

    `recovered` tells that bytes were left out or a second, forgiving reading was needed, `truncated` that the end is
    missing or was not read. `stated` are totals that count for more than the listed results: of a report that lists
    none, and the summary that a runner writes into its own JSON. `problems` are failures outside of any test: a suite
    that could not be loaded, a package that did not build. `suites_are_files` tells that no result names a class, its
    suite is only what it was found in.
    """

    format: str
    error: str = ""
    recovered: bool = False
    truncated: bool = False
    stated: Counts | None = None
    problems: tuple[str, ...] = ()
    suites_are_files: bool = False

    def note(self, text: str) -> None:
        """A failure outside of any test; the first twenty are kept."""
        if text and len(self.problems) < 20 and text not in self.problems:
            self.problems += (text[:2_000],)


@runtime_checkable
class ReportReader(Protocol):
    """Iterate once over the results of one report, in its order, except that of a stream of events what failed may come
    later: it may have been run again. `reading` is complete afterwards. Raises nothing for what is in the file. A test
    that the report gives as run again is one result, `Retried`, with its earlier attempts; one that it simply holds
    twice is given twice.
    """

    reading: Reading

    def __iter__(self) -> Iterator[TestData]:
        """The results."""
