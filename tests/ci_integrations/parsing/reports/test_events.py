"""Streams of JSON events."""

from typing import Any

from ci_integrations.parsing.reports import Retried
from tests.ci_integrations.parsing.reports.reading import E, F, P, S, read, read_lines


def go(action: str, test: str = "", **more: Any) -> dict[str, Any]:
    return {"Action": action, "Package": "shop/cart"} | ({"Test": test} if test else {}) | more


def test_go_gives_tests_with_what_they_wrote() -> None:
    report = read_lines(
        go("run", "TestA"),
        go("output", "TestA", Output="=== RUN   TestA\n"),
        go("output", "TestA", Output="    cart_test.go:12: got 1, want 2\n"),
        go("fail", "TestA", Elapsed=0.5),
        go("pass", "TestB/sub"),
        go("skip", "TestC"),
        go("fail"),
    )
    assert report.reading.format == "gotest-json"
    assert report.outcomes == [("shop/cart", "TestA", F), ("shop/cart", "TestB/sub", P), ("shop/cart", "TestC", S)]
    failed = report.tests[0]
    assert (failed.file, failed.line, failed.message, failed.duration) == ("cart_test.go", 12, "got 1, want 2", 0.5)
    assert report.reading.problems == ()


def test_a_go_test_that_is_run_again_is_one_result_with_attempts() -> None:
    (test,) = read_lines(go("fail", "TestA"), go("fail"), go("pass", "TestA"), go("pass")).tests
    assert isinstance(test, Retried)
    assert (test.outcome, test.is_flaky) == (P, True)


def test_a_package_that_fails_outside_of_its_tests_is_a_problem() -> None:
    report = read_lines(go("run", "TestA"), go("output", Output="panic: no\n"), go("fail"))
    assert report.tests == []
    assert report.reading.problems == ("shop/cart failed outside of a test (TestA did not end)\npanic: no",)


def test_lines_that_are_no_events_are_passed_over() -> None:
    event = '{"Action":"pass","Package":"p","Test":"T"}\n'
    report = read(f'go: downloading x v1\n{event}{event}{{"Action":"pa')
    assert report.outcomes == [("p", "T", P)]
    assert report.reading.recovered


def libtest(name: str, outcome: str, **more: Any) -> dict[str, Any]:
    return {"type": "test", "event": outcome, "name": name} | more


def test_libtest_and_nextest() -> None:
    panic = "thread 'cart::divides' panicked at src/cart.rs:9:5:\nassertion failed: x\nnote: run"
    report = read_lines(
        {"type": "suite", "event": "started", "test_count": 3},
        libtest("cart::adds", "started"),
        libtest("cart::adds", "ok", exec_time=0.5),
        libtest("cart::divides", "failed", stdout=panic),
        libtest("later", "ignored"),
        libtest("shop::it$cart::flaky#1", "failed"),
        libtest("shop::it$cart::flaky#2", "ok"),
    )
    assert report.outcomes == [
        ("cart", "adds", P),
        ("cart", "divides", F),
        ("", "later", S),
        ("shop::it::cart", "flaky", P),
    ]
    failed = report.tests[1]
    assert (failed.file, failed.line, failed.message) == ("src/cart.rs", 9, "assertion failed: x")
    assert isinstance(report.tests[3], Retried)


def test_the_older_panic_of_rust() -> None:
    said = "thread 'a' panicked at 'no, not so', src/lib.rs:4:5"
    (test,) = read_lines({"type": "suite", "event": "started"}, libtest("a", "failed", stdout=said)).tests
    assert (test.message, test.file, test.line) == ("no, not so", "src/lib.rs", 4)


def test_dart() -> None:
    def done(number: int, result: str, **more: Any) -> dict[str, Any]:
        return {"type": "testDone", "testID": number, "result": result, "time": 2500} | more

    def begun(number: int, name: str) -> dict[str, Any]:
        test = {"id": number, "name": name, "suiteID": 0, "groupIDs": [4], "line": 3, "url": "cart_test.dart"}
        return {"type": "testStart", "test": test, "time": 1000}

    report = read_lines(
        {"protocolVersion": "0.1.1", "type": "start"},
        {"type": "group", "group": {"id": 4, "name": "Cart"}},
        begun(1, "loading x"),
        done(1, "success", hidden=True),
        begun(2, "Cart adds"),
        done(2, "success"),
        begun(3, "Cart divides"),
        {"type": "error", "testID": 3, "error": "no", "stackTrace": "at x"},
        done(3, "failure"),
        begun(5, "Cart breaks"),
        done(5, "error"),
        begun(6, "Cart later"),
        done(6, "success", skipped=True),
    )
    assert report.outcomes == [("Cart", "adds", P), ("Cart", "divides", F), ("Cart", "breaks", E), ("Cart", "later", S)]
    assert (report.tests[0].duration, report.tests[1].message) == (1.5, "no")


def test_pytest_reportlog() -> None:
    def stage(when: str, outcome: str, node: str = "t.py::test_a", **more: Any) -> dict[str, Any]:
        return {
            "$report_type": "TestReport",
            "nodeid": node,
            "when": when,
            "outcome": outcome,
            "location": ["t.py", 4, "x"],
        } | more

    report = read_lines(
        {"pytest_version": "8", "$report_type": "SessionStart"},
        stage("setup", "passed"),
        stage("call", "failed", longrepr={"reprcrash": {"path": "t.py", "lineno": 9, "message": "no"}}),
        stage("teardown", "passed"),
        stage("setup", "failed", "t.py::test_b", longrepr="no db"),
        stage("teardown", "passed", "t.py::test_b"),
        stage("setup", "skipped", "t.py::test_c"),
        stage("teardown", "passed", "t.py::test_c"),
    )
    assert report.outcomes == [("t.py", "test_a", F), ("t.py", "test_b", E), ("t.py", "test_c", S)]
    assert (report.tests[0].line, report.tests[0].message, report.tests[2].line) == (9, "no", 5)


def test_mocha_json_stream() -> None:
    report = read(
        '["start",{"total":2}]\n'
        + "".join(f'["{kind}",{{"title":"t","fullTitle":"cart {kind}"}}]\n' for kind in ("pass", "fail"))
    )
    assert [one.outcome for one in report.tests] == [P, F]
