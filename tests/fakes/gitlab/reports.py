"""Test reports, out of what jobs left: https://docs.gitlab.com/ci/testing/unit_test_reports/

The rules are those of https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/parsers/test/junit.rb
"""

from typing import Any, Final
from xml.etree import ElementTree

from tests.fakes.gitlab.state import FakeJob, FakePipeline

_STATUSES: Final = ("success", "failed", "skipped", "error")
_TAGS: Final = {"failure": "failed", "error": "error", "skipped": "skipped"}


def full(pipeline: FakePipeline) -> dict[str, Any]:
    """Every test of a pipeline, in a suite for each job."""
    suites = [_suite(job) for job in pipeline.latest if job.reports]
    return (
        {f"total_{key}": value for key, value in _numbers(suites).items() if key in {"time", "count"}}
        | {f"{status}_count": _numbers(suites)[status] for status in _STATUSES}
        | {"test_suites": suites}
    )


def summary(pipeline: FakePipeline) -> dict[str, Any]:
    """The numbers alone, with the jobs that they come from."""
    jobs = [job for job in pipeline.latest if job.reports]
    suites = [_suite(job) for job in jobs]
    told = [
        {key: value for key, value in suite.items() if key != "test_cases"} | {"build_ids": [job.id]}
        for suite, job in zip(suites, jobs, strict=True)
    ]
    return {"total": _numbers(suites) | {"suite_error": None}, "test_suites": told}


def _numbers(suites: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "time": sum(suite["total_time"] for suite in suites),
        "count": sum(suite["total_count"] for suite in suites),
    } | {status: sum(suite[f"{status}_count"] for suite in suites) for status in _STATUSES}


def _suite(job: FakeJob) -> dict[str, Any]:
    cases: list[dict[str, Any]] = []
    problem = None
    for report in job.reports:
        try:
            read = ElementTree.fromstring(report)  # noqa: S314  # the tests' own reports
            cases += [_case(case) for case in read.iter("testcase")]
        except ElementTree.ParseError as error:
            problem = f"JUnit XML parsing failed: {error}"
    counted = [] if problem else cases
    return (
        {
            "name": job.name,
            "total_time": sum(case["execution_time"] for case in counted),
            "total_count": len(counted),
        }
        | {f"{status}_count": sum(case["status"] == status for case in counted) for status in _STATUSES}
        | {
            "suite_error": problem,
            "test_cases": counted,
        }
    )


def _case(case: ElementTree.Element) -> dict[str, Any]:
    found = next((child for child in case if child.tag in _TAGS), None)
    return {
        "status": _TAGS[found.tag] if found is not None else "success",
        "name": case.get("name", ""),
        "classname": case.get("classname", ""),
        "file": case.get("file"),
        "execution_time": float(case.get("time") or 0),
        "system_output": _output(found) if found is not None else None,
        "stack_trace": None,
        "recent_failures": None,
        "attachment_url": None,
    }


def _output(found: ElementTree.Element) -> Any:
    """The text; where there is none, the attributes."""
    text = found.text or ""
    return text if text.strip() else dict(found.attrib) or None
