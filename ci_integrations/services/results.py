"""Test results as rows: masked, fitted to their columns, in bulk; plain passes of tests that do not fail, packed."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ci_integrations.domain import Outcome, ResultSource, TestData
from ci_integrations.models import Job, PassedTests, Run, TestCase, TestResult
from ci_integrations.packing import Passes
from ci_integrations.parsing.failures import signature_of
from ci_integrations.parsing.masking import Masker
from ci_integrations.parsing.reports import Retried
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.services.flaky import MOST_FAILED
from ci_integrations.wiring import secrets_of

RESULTS_PER_JOB: Final = 200_000
MORE_FAILURES: Final = 20_000
SEEN_ANEW: Final = timedelta(days=7)
_AT_ONCE: Final = 5_000

T = TypeVar("T")


class Room:
    """How many results of a job are kept; of failures some more than of others."""

    def __init__(self) -> None:
        self._taken = 0
        self.left_out = 0

    def admits(self, test: TestData) -> bool:
        """Whether one more is kept."""
        if self._taken >= RESULTS_PER_JOB + (MORE_FAILURES if test.outcome.is_failed else 0):
            self.left_out += 1
            return False
        self._taken += 1
        return True

    @property
    def note(self) -> str:
        """What was left out, in words; "" for nothing."""
        return (
            f"{self.left_out} more results were left out: {RESULTS_PER_JOB} of a job are kept" if self.left_out else ""
        )


@dataclass(slots=True)
class JobResults:
    """The test results of one job, and where they were read."""

    source: ResultSource = ResultSource.REPORT
    tests: list[TestData] = field(default_factory=list)


_Attempt = tuple[TestData, bool]


@dataclass(slots=True)
class _Case:
    """What is known of a test."""

    id: int
    has_failed: bool


def store_results(run: Run, results: Mapping[Job, JobResults]) -> None:
    """Replace the test results of these jobs, in a few statements for each however many there are. Secrets are masked.

    Each job's are replaced in a transaction of its own: others that write wait for no more than that.
    """
    masker = Masker(secrets_of(run.repository.connection))
    attempts = {job: list(_attempts(one.tests, masker)) for job, one in results.items() if one.tests}
    cases = _cases(run, (test for found in attempts.values() for test, _ in found))
    for some in _batches([job.pk for job in results if job not in attempts]):
        _clear(some)
    for job, found in attempts.items():
        _replace(job, found, cases, results[job].source)


def _replace(job: Job, found: Sequence[_Attempt], cases: Mapping[str, "_Case"], source: ResultSource) -> None:
    keys = [fingerprint(test) for test, _ in found]
    # In one job a test is packed altogether or not at all.
    is_news = {
        key
        for key, (test, is_retried) in zip(keys, found, strict=True)
        if is_retried or cases[key].has_failed or not _says_nothing(test)
    }
    rows: list[TestResult] = []
    passes: list[tuple[int, float | None]] = []
    ordinals: dict[str, int] = defaultdict(int)
    for key, (test, is_retried) in zip(keys, found, strict=True):
        if key in is_news:
            rows.append(_row(job, cases[key], test, ordinals[key], source, is_retried=is_retried))
            ordinals[key] += 1
        else:
            passes.append((cases[key].id, test.duration))
    with transaction.atomic():
        _clear([job.pk])
        TestResult.objects.bulk_create(rows, batch_size=2000)
        if passes:
            PassedTests.objects.create(job=job, count=len(passes), packed=Passes(passes).pack())


@transaction.atomic
def _clear(jobs: Sequence[int]) -> None:
    """The packs first: who makes rows of one holds it, and what was made until then is deleted with the rows."""
    PassedTests.objects.filter(job__in=jobs).delete()
    TestResult.objects.filter(job__in=jobs).delete()


def fingerprint(test: TestData) -> str:
    """What makes two results results of the same test: suite and name."""
    return hashlib.sha256(f"{test.suite}\0{test.name}".encode(errors="replace")).hexdigest()


def _attempts(tests: Iterable[TestData], masker: Masker) -> Iterator[_Attempt]:
    """Each attempt at each test, masked, and whether a later one took its place."""
    for test in tests:
        if isinstance(test, Retried):
            yield from ((_masked(earlier, masker), True) for earlier in test.earlier)
        yield _masked(test, masker), False


def _says_nothing(test: TestData) -> bool:
    """A plain pass, of which only the duration is worth keeping."""
    return test.outcome is Outcome.PASSED and not test.message and not settings.ORCHESTRATE_ROW_PER_PASS


def _row(job: Job, case: _Case, test: TestData, ordinal: int, source: ResultSource, *, is_retried: bool) -> TestResult:
    signature = signature_of(test.message, test.details) if test.outcome.is_failed else ""
    texts = {"message": test.message, "details": test.details, "file": test.file, "signature": signature}
    return TestResult(
        job=job,
        case_id=case.id,
        ordinal=ordinal,
        outcome=test.outcome,
        is_retried=is_retried,
        source=source,
        duration=test.duration,
        line=whole(test.line),
        **fitting(TestResult, **texts),
    )


def _masked(test: TestData, masker: Masker) -> TestData:
    if not masker.has_secrets:
        return test
    return replace(
        test,
        suite=masker.text(test.suite),
        name=masker.text(test.name),
        message=masker.text(test.message),
        details=masker.text(test.details),
        file=masker.text(test.file),
    )


def _cases(run: Run, tests: Iterable[TestData]) -> dict[str, _Case]:
    """The tests by fingerprint; those that are new get a row, those that failed for the first time a mark.

    Where very many fail there is no mark: that is a broken build or server, and says nothing about single tests.
    """
    wanted: dict[str, TestData] = {}
    failed: set[str] = set()
    for test in tests:
        key = fingerprint(test)
        wanted[key] = test
        if test.outcome.is_failed:
            failed.add(key)
    cases = _known(run, list(wanted))
    new = sorted(wanted.keys() - cases.keys())
    TestCase.objects.bulk_create(
        [
            TestCase(
                repository=run.repository,
                fingerprint=key,
                **fitting(TestCase, suite=wanted[key].suite, name=wanted[key].name),
            )
            for key in new
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
    cases |= _known(run, new)
    if len(failed) <= MOST_FAILED:
        _mark_failed([cases[key] for key in sorted(failed)])
    return cases


def _known(run: Run, keys: Sequence[str]) -> dict[str, _Case]:
    known: dict[str, _Case] = {}
    stale: list[int] = []
    week_ago = timezone.now() - SEEN_ANEW
    for some in _batches(keys):
        rows = TestCase.objects.filter(repository=run.repository, fingerprint__in=some)
        for pk, key, has_failed, seen_at in rows.values_list("pk", "fingerprint", "has_failed", "seen_at"):
            known[key] = _Case(pk, has_failed)
            if seen_at < week_ago:
                stale.append(pk)
    for ids in _batches(sorted(stale)):
        TestCase.objects.filter(pk__in=ids).update(seen_at=timezone.now())
    return known


def _mark_failed(cases: Iterable[_Case]) -> None:
    new = [case for case in cases if not case.has_failed]
    for ids in _batches(sorted(case.id for case in new)):
        TestCase.objects.filter(pk__in=ids).update(has_failed=True)
    for case in new:
        case.has_failed = True


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as one statement may name."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
