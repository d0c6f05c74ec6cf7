"""Test results as GitLab knows them.

https://docs.gitlab.com/api/pipelines/#get-a-test-report-for-a-pipeline
"""

import logging
from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import JobRef, Outcome, RunRef, TestData
from ci_integrations.parsing.failures import message_of, place_of
from ci_integrations.providers.documents import Document, count, document, items, number, part, text
from ci_integrations.providers.gitlab.client import Client

log = logging.getLogger(__name__)

OUTCOMES: Final = {
    "success": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
}
LONGEST_MESSAGE: Final = 2000


def read(client: Client, ref: RunRef) -> Iterator[TestData]:
    """The results of a pipeline. The summary comes first: it is cheap, and the whole report is asked for by need.

    A suite that GitLab could not read is told to the log and left out.
    """
    pipeline = client.project(ref.repo).pipelines.get(ref.external_id, lazy=True)
    summary = client.optional(pipeline.test_report_summary.get) or {}
    jobs = _jobs(ref, summary)
    broken = _broken(summary)
    for name, why in broken.items():
        log.warning("pipeline %s: GitLab could not read the test suite %s: %s", ref.external_id, name, why)
    if summary and not count(part(summary, "total"), "count", default=1):
        return
    report = client.optional(pipeline.test_report.get) or {}
    for suite in (document(one, "test suite") for one in items(report, "test_suites")):
        name = text(suite, "name")
        if name not in broken and not suite.get("suite_error"):
            yield from _results(suite, jobs.get(name))


def _jobs(ref: RunRef, summary: Document) -> dict[str, JobRef]:
    """The job of each suite that is one job's; the suites of parallel jobs are one."""
    suites = [document(one, "test suite") for one in items(summary, "test_suites")]
    builds = {text(suite, "name"): items(suite, "build_ids") for suite in suites}
    return {name: JobRef(ref, str(ids[0])) for name, ids in builds.items() if len(ids) == 1}


def _broken(summary: Document) -> dict[str, str]:
    suites = [document(one, "test suite") for one in items(summary, "test_suites")]
    return {text(suite, "name"): _words(suite.get("suite_error"))[:200] for suite in suites if suite.get("suite_error")}


def _results(suite: Document, job: JobRef | None) -> Iterator[TestData]:
    for case in (document(one, "test case") for one in items(suite, "test_cases")):
        outcome = OUTCOMES.get(text(case, "status"))
        if outcome is None:
            log.warning("a test's status %r is not known: it is left out", text(case, "status")[:40])
            continue
        said, trace = _words(case.get("system_output")), _words(case.get("stack_trace"))
        place = place_of(f"{said}\n{trace}") if outcome.is_failed else None
        file, line = place or (text(case, "file"), None)
        yield TestData(
            suite=text(case, "classname") or text(suite, "name"),
            name=text(case, "name"),
            outcome=outcome,
            duration=number(case, "execution_time"),
            message=message_of(said)[:LONGEST_MESSAGE],
            details="\n".join(words for words in (said, trace) if words),
            file=file,
            line=line,
            job=job,
        )


def _words(value: Any) -> str:
    """What a test said: a text, several, or an object with a `message`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_words(one) for one in value)
    if isinstance(value, dict):
        return _words(value.get("message"))
    return ""
