"""JSON of JavaScript's runners."""

from typing import Any

from ci_integrations.domain import Outcome
from ci_integrations.parsing.reports import Retried
from tests.ci_integrations.parsing.reports.reading import F, P, S, read_json

STACK = "Error: no\n    at assert (node_modules/x/index.js:1:2)\n    at Context.<anonymous> (test/cart.js:7:12)"


def test_mocha_gives_the_three_lists_and_the_place_of_the_failure() -> None:
    one = {"title": "adds", "fullTitle": "cart adds", "duration": 1500, "err": {}}
    two = {"title": "divides", "fullTitle": "cart divides", "err": {"message": "no", "stack": STACK}}
    report = read_json(
        {
            "stats": {"tests": 2},
            "tests": [one, two],
            "passes": [one],
            "failures": [two],
            "pending": [{"title": "later"}],
        }
    )
    assert report.reading.format == "mocha-json"
    assert report.outcomes == [("cart", "adds", P), ("cart", "divides", F), ("", "later", S)]
    assert (report.tests[1].message, report.tests[1].file, report.tests[1].line) == ("no", "test/cart.js", 7)
    assert report.tests[0].duration == 1.5


def test_mochawesome_nests_suites() -> None:
    inner = {"title": "inner", "tests": [{"title": "a", "fail": True, "err": {"message": "no"}}], "suites": []}
    report = read_json({"stats": {}, "results": [{"title": "", "suites": [{"title": "outer", "suites": [inner]}]}]})
    assert report.outcomes == [("outer inner", "a", F)]


def jest(**more: Any) -> dict[str, Any]:
    return {
        "numTotalTests": 3,
        "numFailedTests": 1,
        "numPendingTests": 1,
        "testResults": [
            {
                "name": "/src/cart.test.js",
                "status": "failed",
                "assertionResults": [
                    {"ancestorTitles": ["cart"], "title": "adds", "status": "passed", "duration": 20},
                    {"ancestorTitles": ["cart"], "title": "divides", "status": "failed", "failureMessages": [STACK]},
                    {"ancestorTitles": [], "title": "later", "status": "todo"},
                ],
            },
            {"name": "/src/broken.test.js", "status": "failed", "message": "SyntaxError: no", "assertionResults": []},
        ],
    } | more


def test_jest_gives_tests_with_their_titles_and_files_that_did_not_run() -> None:
    report = read_json(jest())
    assert report.reading.format == "jest-json"
    assert report.outcomes == [("cart", "adds", P), ("cart", "divides", F), ("", "later", S)]
    assert report.reading.problems == ("/src/broken.test.js: SyntaxError: no",)
    assert report.reading.stated is not None
    assert report.reading.stated.tests == 3


def test_totals_that_cannot_be_true_are_not_believed() -> None:
    assert read_json(jest(numTotalTests=1, numFailedTests=5)).reading.stated is None


def test_jest_retries_are_attempts() -> None:
    document = jest()
    document["testResults"][0]["assertionResults"][0]["retryReasons"] = ["first"]
    test = read_json(document).tests[0]
    assert isinstance(test, Retried)
    assert test.is_flaky
    assert [one.outcome for one in test.earlier] == [F]


def run(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "duration": 250} | more


def playwright(expected: str, *results: dict[str, Any]) -> dict[str, Any]:
    test = {"projectName": "firefox", "expectedStatus": expected, "results": list(results), "status": "x"}
    spec = {"title": "adds", "file": "cart.spec.ts", "line": 3, "tests": [test]}
    return {"config": {}, "suites": [{"title": "cart.spec.ts", "suites": [{"title": "cart", "specs": [spec]}]}]}


def test_playwright_gives_each_project_and_keeps_retries_as_attempts() -> None:
    error = {"message": "no", "stack": "no\n at x", "location": {"file": "cart.spec.ts", "line": 9, "column": 1}}
    (test,) = read_json(playwright("passed", run("timedOut", error=error), run("passed"))).tests
    assert isinstance(test, Retried)
    assert (test.suite, test.name, test.outcome) == ("[firefox] > cart.spec.ts > cart", "adds", P)
    assert test.is_flaky
    assert (test.earlier[0].outcome, test.earlier[0].line, test.message) == (F, 9, "no")


def test_playwright_takes_a_failure_that_was_expected_for_a_pass() -> None:
    def outcome(expected: str, status: str) -> Outcome:
        return read_json(playwright(expected, run(status))).tests[0].outcome

    assert outcome("failed", "failed") is P
    assert outcome("failed", "passed") is F
    assert outcome("skipped", "skipped") is S


def test_karma_testcafe_and_cucumber_are_read() -> None:
    karma = {
        "browsers": {"1": {"name": "x"}},
        "result": {"1": [{"suite": ["cart"], "description": "adds", "success": False, "log": ["no"]}]},
    }
    assert read_json(karma).outcomes == [("cart", "adds", F)]
    tests = [
        {"name": "adds", "errs": []},
        {"name": "divides", "errs": ["no"]},
        {"name": "later", "errs": [], "skipped": True},
    ]
    cafe = {"userAgents": [], "fixtures": [{"name": "cart", "path": "c.js", "tests": tests}]}
    assert read_json(cafe).outcomes == [("cart", "adds", P), ("cart", "divides", F), ("cart", "later", S)]
    steps = [
        {"result": {"status": "passed", "duration": 500_000_000}},
        {"result": {"status": "failed", "error_message": "no\nat"}},
    ]
    scenario = {"type": "scenario", "name": "divides", "line": 4, "steps": steps}
    background = {"type": "background", "steps": [{"result": {"status": "undefined"}}]}
    after = {"type": "scenario", "name": "later", "steps": []}
    feature = {"uri": "cart.feature", "name": "Cart", "elements": [scenario, background, after]}
    report = read_json([feature])
    assert report.outcomes == [("Cart", "divides", F), ("Cart", "later", S)]
    assert (report.tests[0].message, report.tests[0].duration) == ("no", 0.5)
