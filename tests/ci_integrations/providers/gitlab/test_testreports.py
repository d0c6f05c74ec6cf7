"""Test reports of servers that have none, or only a part of them."""

import json

import pytest

from ci_integrations.domain import RunRef
from tests.fakes.gitlab import FakeGitLab, FakeProject
from tests.gitlab import REPO, provider_for

REPORT = {"test_suites": [{"name": "unit", "test_cases": [{"name": "test_total", "status": "success"}]}]}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501, 200])
def test_a_server_without_test_reports(gitlab: FakeGitLab, shop: FakeProject, status: int) -> None:
    ref = RunRef(REPO, f"{gitlab.add_pipeline(shop).id}")
    gitlab.fail_next("GET", "/test_report_summary$", status=status, raw=b"<html>", times=3)
    gitlab.fail_next("GET", "/test_report$", status=200, raw=json.dumps(REPORT).encode())
    assert [test.name for test in provider_for(gitlab).list_tests(ref)] == ["test_total"]
    gitlab.fail_next("GET", "/test_report(_summary)?$", status=status, raw=b"<html>", times=6)
    assert list(provider_for(gitlab).list_tests(ref)) == []
