"""JSON of other runners and of servers."""

from typing import Any

from ci_integrations.parsing.reports import Retried
from tests.ci_integrations.parsing.reports.reading import E, F, P, S, is_report, read, read_json


def test_rspec() -> None:
    error = {"class": "E", "message": "no", "backtrace": ["./spec/cart_spec.rb:4:in `x'"]}
    examples = [
        {"description": "adds", "full_description": "Cart adds", "status": "passed", "run_time": 0.5, "line_number": 3},
        {"description": "divides", "full_description": "Cart divides", "status": "failed", "exception": error},
        {"description": "later", "full_description": "Cart later", "status": "pending", "pending_message": "wait"},
    ]
    summary = {"example_count": 3, "failure_count": 1, "pending_count": 1, "errors_outside_of_examples_count": 1}
    report = read_json({"examples": examples, "summary": summary, "messages": ["LoadError: x"]})
    assert report.outcomes == [("Cart", "adds", P), ("Cart", "divides", F), ("Cart", "later", S)]
    assert (report.tests[1].message, report.tests[2].message) == ("no", "wait")
    assert report.reading.problems == ("LoadError: x",)


def test_ctrf_with_retries() -> None:
    again = [{"attempt": 1, "status": "failed", "message": "first"}]
    tests = [
        {"name": "adds", "suite": ["Cart"], "status": "passed", "duration": 1500, "retryAttempts": again},
        {"name": "divides", "status": "failed", "message": "no", "trace": "at x", "filePath": "c.js", "line": 3},
        {"name": "later", "status": "pending"},
    ]
    report = read_json({"reportFormat": "CTRF", "results": {"summary": {}, "tests": tests}})
    assert report.outcomes == [("Cart", "adds", P), ("", "divides", F), ("", "later", S)]
    assert isinstance(report.tests[0], Retried)
    assert report.tests[0].is_flaky
    assert (report.tests[1].file, report.tests[1].line) == ("c.js", 3)


def test_pytest_json_report() -> None:
    crash = {"path": "/t/test_a.py", "lineno": 7, "message": "assert 1 == 2"}
    tests = [
        {"nodeid": "t/test_a.py::Cart::test_adds[a::b]", "outcome": "passed", "call": {"duration": 0.5}},
        {"nodeid": "t/test_a.py::test_x", "outcome": "failed", "call": {"outcome": "failed", "crash": crash}},
        {"nodeid": "t/test_a.py::test_y", "outcome": "error", "setup": {"outcome": "failed", "longrepr": "no db"}},
        {"nodeid": "t/test_a.py::test_z", "outcome": "xfailed"},
    ]
    report = read_json({"exitcode": 1, "summary": {}, "collectors": [], "tests": tests})
    assert report.outcomes == [
        ("t/test_a.py::Cart", "test_adds[a::b]", P),
        ("t/test_a.py", "test_x", F),
        ("t/test_a.py", "test_y", E),
        ("t/test_a.py", "test_z", S),
    ]
    assert (report.tests[1].line, report.tests[1].message) == (7, "assert 1 == 2")


def test_ginkgo() -> None:
    place = {"FileName": "cart_test.go", "LineNumber": 9}
    specs = [
        {
            "LeafNodeType": "It",
            "LeafNodeText": "adds",
            "ContainerHierarchyTexts": ["Cart"],
            "State": "passed",
            "NumAttempts": 2,
        },
        {
            "LeafNodeType": "It",
            "LeafNodeText": "divides",
            "State": "panicked",
            "Failure": {"Message": "no", "Location": place},
        },
        {"LeafNodeType": "BeforeSuite", "State": "failed", "Failure": {"Message": "no db"}},
    ]
    report = read_json([{"SuitePath": "/p", "SuiteDescription": "Shop", "SpecReports": specs}])
    assert report.outcomes == [("Shop Cart", "adds", P), ("Shop", "divides", E)]
    assert isinstance(report.tests[0], Retried)
    assert report.reading.problems == ("BeforeSuite: no db",)


def test_rwx_results_with_past_attempts() -> None:
    failed = {"status": {"kind": "failed", "message": "no"}}
    quarantined = {"status": {"kind": "quarantined", "originalStatus": {"kind": "failed"}}}
    tests = [
        {"name": "a b", "lineage": ["a", "b"], "attempt": {"status": {"kind": "successful"}}, "pastAttempts": [failed]},
        {"name": "c", "attempt": quarantined},
    ]
    report = read_json({"framework": {}, "summary": {}, "tests": tests, "otherErrors": [{"message": "x"}]})
    assert report.outcomes == [("a", "b", P), ("", "c", F)]
    assert isinstance(report.tests[0], Retried)


def test_what_servers_answer() -> None:
    case = {
        "classname": "C",
        "name": "t",
        "status": "failed",
        "system_output": {"message": "no"},
        "stack_trace": "at x",
    }
    suites = [
        {"name": "unit", "test_cases": [case, {"name": "u", "status": "success"}]},
        {"name": "x", "suite_error": "bad XML"},
    ]
    report = read_json({"total_count": 2, "test_suites": suites})
    assert report.reading.format == "gitlab_test_report"
    assert report.outcomes == [("C", "t", F), ("unit", "u", P)]
    assert report.reading.problems == ("x: bad XML",)
    circleci = read_json({"items": [{"classname": "C", "name": "t", "result": "failure", "message": "no\nat x"}]})
    assert circleci.outcomes == [("C", "t", F)]
    assert circleci.tests[0].message == "no"
    notes = [
        {"path": "a.py", "annotation_level": "failure", "title": "C.t failed", "message": "no", "start_line": 3},
        {"path": "a.py", "annotation_level": "warning", "message": "old"},
        {"path": ".github", "annotation_level": "failure", "message": "Process completed with exit code 1."},
    ]
    github = read_json(notes)
    assert github.outcomes == [("", "C.t failed", F)]
    assert (github.tests[0].file, github.tests[0].line) == ("a.py", 3)


def test_a_document_that_breaks_off_gives_what_is_complete() -> None:
    whole = '{"examples": [{"description": "a", "status": "passed"}, {"description": "b", "status": "fai'
    report = read('{"summary": {}, ' + whole[1:])
    assert [test.name for test in report.tests] == ["a"]
    assert report.reading.truncated
    assert "not well-formed JSON" in report.reading.error


def test_no_value_of_a_wrong_type_is_an_error() -> None:
    values: tuple[Any, ...] = (None, 1, "x", [], {}, [None], [1], [[]], True, 10**400)
    for value in values:
        read_json({"examples": value, "summary": value})
        read_json({"examples": [{"description": value, "run_time": value, "line_number": value}], "summary": {}})
        read_json(
            {
                "numTotalTests": value,
                "testResults": [{"assertionResults": [{"title": value, "failureMessages": value}]}],
            }
        )
        read_json(
            {"config": value, "suites": [{"specs": [{"tests": [{"results": [{"error": value, "duration": value}]}]}]}]}
        )
        read_json({"stats": value, "passes": value, "failures": [{"err": value}]})


def test_other_json_is_no_report() -> None:
    for text in ("{}", "[]", "[1]", "[INFO] ok", '{"a": 1}', "[" * 5000, '{"a": ' + "9" * 5000 + "}", '{"items": []}'):
        assert not is_report(text)
