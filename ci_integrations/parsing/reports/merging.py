"""Several reports of one run, without counting a test twice.

The same results stand in an archive and beside it, or once more in a report that sums up the others. A report is a
repetition where every result of it, with its outcome and its duration, stands in an earlier, larger one, or where it
holds several and all of them stand in earlier ones. Two small reports that only look alike are both kept.
"""

from collections import Counter
from collections.abc import Sequence

from ci_integrations.domain import TestData

_Key = int


class Merger:
    """Give it the results of one report after the other."""

    def __init__(self) -> None:
        self._reports: list[Counter[_Key]] = []
        self._all: Counter[_Key] = Counter()

    def add(self, tests: Sequence[TestData]) -> Sequence[TestData]:
        """The results of a report; none where they are a repetition."""
        keys = Counter(hash((test.suite, test.name, test.outcome, test.duration)) for test in tests)
        if tests and self._is_repetition(keys):
            return ()
        if len(tests) > 1:
            self._reports.append(keys)
        self._all |= keys
        return tests

    def _is_repetition(self, keys: Counter[_Key]) -> bool:
        total = keys.total()
        if total > 1 and keys <= self._all:
            return True
        return any(report.total() > total and keys <= report for report in self._reports)
