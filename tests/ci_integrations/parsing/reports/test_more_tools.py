"""GoogleTest and Newman; what only looks like a report."""

import json
import tracemalloc
from typing import Any

import pytest

from tests.ci_integrations.parsing.reports.reading import E, F, P, S, is_report, read, read_json


def test_googletest() -> None:
    def test(name: str, result: str = "COMPLETED", status: str = "RUN", **more: object) -> dict[str, object]:
        place = {"classname": "Cart", "file": "cart.cc", "line": 7, "time": "1.5s"}
        return {"name": name, "status": status, "result": result, **place, **more}

    failures = [{"failure": "cart.cc:9\nExpected 1", "type": ""}, {"failure": "cart.cc:10\nExpected 2", "type": ""}]
    old = {"name": "old", "status": "RUN", "classname": "Bill", "time": "0s"}
    suites = [
        {
            "name": "Cart",
            "testsuite": [
                test("adds"),
                test("divides", failures=failures),
                test("later", "SKIPPED", skipped=[{"message": "cart.cc:3\nwait"}]),
                test("off", "SUPPRESSED", "NOTRUN"),
            ],
        },
        {"name": "Bill", "testsuite": [old]},
    ]
    report = read_json({"tests": 5, "failures": 1, "disabled": 1, "name": "AllTests", "testsuites": suites})

    assert report.reading.format == "googletest-json"
    assert report.outcomes == [
        ("Cart", "adds", P),
        ("Cart", "divides", F),
        ("Cart", "later", S),
        ("Cart", "off", S),
        ("Bill", "old", P),
    ]
    adds, divides, later, *_ = report.tests
    assert (adds.duration, divides.message, later.message) == (1.5, "cart.cc:9", "cart.cc:3\nwait")
    assert (divides.file, divides.line, divides.details.count("Expected")) == ("cart.cc", 7, 2)


def test_tests_that_googletest_only_lists_are_no_results() -> None:
    listed = {"name": "adds", "file": "cart.cc", "line": 7}
    ran = {"name": "ran", "status": "RUN", "result": "COMPLETED", "classname": "Cart"}
    report = read_json({"tests": 2, "name": "AllTests", "testsuites": [{"name": "Cart", "testsuite": [listed, ran]}]})

    assert report.outcomes == [("Cart", "ran", P)]


def test_newman_counts_assertions_and_what_broke_off() -> None:
    error = {"name": "AssertionError", "message": "expected 200", "stack": "AssertionError: expected 200\n at x"}
    assertions = [
        {"assertion": "Status is 200", "skipped": False},
        {"assertion": "is teapot", "skipped": False, "error": error},
        {"assertion": "later", "skipped": True},
    ]
    executions = [
        {"cursor": {}, "item": {"name": "cart"}, "response": {"stream": [1, 2]}, "assertions": assertions},
        {"item": {"name": "gone"}, "requestError": {"code": "ECONNREFUSED", "address": "127.0.0.1", "stack": "at y"}},
        {"item": {"name": "fine"}, "requestError": {}, "assertions": []},
        {"item": {"name": "bad"}, "testScript": [{}, {"error": {"message": "boom"}}], "prerequestScript": 3},
    ]
    run = {"stats": {}, "executions": executions, "failures": []}
    report = read_json({"collection": {"info": {"name": "Shop"}}, "environment": {}, "globals": {}, "run": run})

    assert report.reading.format == "newman-json"
    assert report.outcomes == [
        ("cart", "Status is 200", P),
        ("cart", "is teapot", F),
        ("cart", "later", S),
        ("gone", "request", E),
        ("bad", "test-script", E),
    ]
    assert [test.message for test in report.tests[1:]] == ["expected 200", "", "ECONNREFUSED 127.0.0.1", "boom"]
    assert [test.details for test in report.tests[3:]] == ["at y", ""]


def test_newman_writes_an_execution_once_for_each_of_its_requests() -> None:
    def execution(ref: str) -> dict[str, object]:
        assertions = [{"assertion": "Status is 200", "error": {"message": "no"}}]
        script = [{"error": {"message": "boom"}}]
        said = {"requestError": {"code": "ECONNREFUSED"}, "testScript": script, "assertions": assertions}
        return {"cursor": {"ref": ref, "iteration": 0}, "item": {"name": ref}, **said}

    executions = [execution("a"), execution("b"), execution("a"), execution("b"), execution("c")]
    report = read_json({"collection": {}, "run": {"stats": {}, "executions": executions}})

    names = ["request", "test-script", "Status is 200"]
    assert [(test.suite, test.name) for test in report.tests] == [(suite, name) for suite in "abc" for name in names]


def test_newman_remembers_no_more_executions_than_it_needs_to() -> None:
    item = {"name": "cart"}
    executions = [
        {"cursor": {"ref": f"{number:06}" + "y" * 10_000}, "item": item, "assertions": []} for number in range(3_000)
    ]
    text = json.dumps({"collection": {}, "run": {"executions": executions}}).encode()
    tracemalloc.start()
    read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 6_000_000


@pytest.mark.parametrize(
    "document",
    [
        {"testsuites": [{"testsuite": [3, {"failures": 4, "time": 7, "line": "x"}]}, 3]},
        {
            "collection": {},
            "run": {"executions": [3, {"item": 4, "assertions": [5, {"error": "x"}]}, {"testScript": [1]}]},
        },
        {"devices": 1, "testNodes": [3, {"children": [4, {"children": [5, {"children": "x"}, [6]]}]}]},
        {"devices": 1, "testNodes": [{"children": [{"children": [{"nodeType": "Test Case", "duration": 5}]}]}]},
    ],
)
def test_values_of_other_types_break_nothing(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for part in (text, text[:-2]):
        assert len(read(part).tests) <= 2


@pytest.mark.parametrize(
    "document",
    [
        {"testsuites": []},
        {"testsuites": [{"name": "a"}]},
        {"testsuites": {"x": 1}, "failures": []},
        {"testsuites": [{"name": "s", "testcases": []}], "failures": 1},
        {"collection": {"info": {}}},
        {"collection": "users", "run": 17},
        {"collection": {"name": "x"}, "run": {"id": 3}},
        {"testNodes": [{"name": "a"}]},
    ],
)
def test_documents_that_only_look_alike_are_no_reports(document: dict[str, Any]) -> None:
    assert not is_report(json.dumps(document))
