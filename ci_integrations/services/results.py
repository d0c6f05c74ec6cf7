"""Test results as rows: masked, fitted to their columns, in bulk."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.db import transaction

from ci_integrations.domain import TestData
from ci_integrations.models import Job, Run, TestCase, TestResult
from ci_integrations.parsing.masking import Masker
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.wiring import secrets_of

RESULTS_PER_RUN: Final = 200_000


@transaction.atomic
def store_results(run: Run, results: Mapping[Job, Sequence[TestData]]) -> None:
    """Replace the test results of a run, in a few statements however many there are. Secrets are masked."""
    masker = Masker(secrets_of(run.repository.connection))
    TestResult.objects.filter(job__run=run).delete()
    masked = {job: [_masked(test, masker) for test in tests[:RESULTS_PER_RUN]] for job, tests in results.items()}
    cases = _cases(run, (test for tests in masked.values() for test in tests))
    rows = []
    for job, tests in masked.items():
        seen: dict[str, int] = defaultdict(int)
        for test in tests:
            key = fingerprint(test)
            rows.append(
                TestResult(
                    job=job,
                    case=cases[key],
                    ordinal=seen[key],
                    outcome=test.outcome,
                    duration=test.duration,
                    line=whole(test.line),
                    **fitting(TestResult, message=test.message, details=test.details, file=test.file),
                )
            )
            seen[key] += 1
    TestResult.objects.bulk_create(rows, batch_size=2000)


def fingerprint(test: TestData) -> str:
    """What makes two results results of the same test: suite and name."""
    return hashlib.sha256(f"{test.suite}\0{test.name}".encode(errors="replace")).hexdigest()


def _masked(test: TestData, masker: Masker) -> TestData:
    return replace(
        test,
        suite=masker.text(test.suite),
        name=masker.text(test.name),
        message=masker.text(test.message),
        details=masker.text(test.details),
        file=masker.text(test.file),
    )


def _cases(run: Run, tests: Iterable[TestData]) -> dict[str, TestCase]:
    wanted = {fingerprint(test): test for test in tests}
    TestCase.objects.bulk_create(
        [
            TestCase(repository=run.repository, fingerprint=key, **fitting(TestCase, suite=test.suite, name=test.name))
            for key, test in sorted(wanted.items())
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
    cases: dict[str, TestCase] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 500):
        rows = TestCase.objects.filter(repository=run.repository, fingerprint__in=keys[start : start + 500])
        cases |= {case.fingerprint: case for case in rows}
    return cases
