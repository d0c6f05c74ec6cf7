"""Streams of JSON events."""

import io
import json
import time
import tracemalloc
from typing import Any

from ci_integrations.parsing.reports import Retried, open_report
from ci_integrations.parsing.reports.words import MAX_TEXTS
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
    assert report.outcomes == [("shop/cart", "TestB/sub", P), ("shop/cart", "TestC", S), ("shop/cart", "TestA", F)]
    failed = report.tests[2]
    assert (failed.file, failed.line, failed.message, failed.duration) == ("cart_test.go", 12, "got 1, want 2", 0.5)
    assert report.reading.problems == ()


def test_a_go_test_that_is_run_again_is_one_result_with_attempts() -> None:
    (test,) = read_lines(go("fail", "TestA"), go("fail"), go("pass", "TestA"), go("pass")).tests
    assert isinstance(test, Retried)
    assert (test.outcome, test.is_flaky) == (P, True)


def test_a_go_test_that_runs_several_times_in_its_package_is_one_result() -> None:
    (test,) = read_lines(go("pass", "TestA"), go("fail", "TestA"), go("pass", "TestA"), go("pass")).tests
    assert isinstance(test, Retried)
    assert [one.outcome for one in test.earlier] == [P, F]


def test_results_are_given_when_their_package_has_ended() -> None:
    lines = [json.dumps(event).encode() + b"\n" for event in (go("pass", "TestA"), go("pass"))]
    stream = io.BytesIO(b"".join(lines) + b'{"Action":"output","Package":"p","Output":"x"}\n' * 50_000)
    reader = open_report(stream)
    assert reader is not None
    assert next(iter(reader)).name == "TestA"
    assert stream.tell() < 1_000


def test_no_more_failures_are_held_for_a_rerun_than_some_text() -> None:
    words = "x" * 30_000
    events = [[go("output", f"Test{n}", Output=words), go("fail", f"Test{n}"), go("fail")] for n in range(1_000)]
    stream = io.BytesIO(b"".join(json.dumps(event).encode() + b"\n" for three in events for event in three))
    reader = open_report(stream)
    assert reader is not None
    results = iter(reader)
    assert next(results).name == "Test0"
    assert stream.tell() < 28_000_000
    assert sum(1 for _ in results) == 999


def test_tests_that_never_end_take_bounded_memory_and_time() -> None:
    words = "x" * 10_000
    events = [go("output", f"Test{n}", Output=words) for n in range(6_000)]
    ends = [{"Action": "fail", "Package": f"p{n}"} for n in range(20_000)]
    content = b"".join(json.dumps(event).encode() + b"\n" for event in (*events, *ends))
    begin = time.process_time()
    tracemalloc.start()
    report = read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (report.tests, len(report.reading.problems)) == ([], 20)
    assert peak < MAX_TEXTS * 1.5
    assert time.process_time() - begin < 10


def test_the_results_of_a_package_that_never_ends_are_given_in_time() -> None:
    words = "x" * 20_000
    events = [[go("output", f"Test{n}", Output=words), go("skip", f"Test{n}")] for n in range(1_500)]
    stream = io.BytesIO(b"".join(json.dumps(event).encode() + b"\n" for two in events for event in two))
    reader = open_report(stream)
    assert reader is not None
    assert next(iter(reader)).name == "Test0"
    assert stream.tell() < 20_000_000


def test_equal_names_in_two_binaries_of_rust_are_two_tests() -> None:
    end = {"type": "suite", "event": "failed"}
    report = read_lines(libtest("tests::works", "failed"), end, libtest("tests::works", "ok"), end)
    assert report.outcomes == [("tests", "works", F), ("tests", "works", P)]


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
        ("", "later", S),
        ("shop::it::cart", "flaky", P),
        ("cart", "divides", F),
    ]
    failed = report.tests[3]
    assert (failed.file, failed.line, failed.message) == ("src/cart.rs", 9, "assertion failed: x")
    assert isinstance(report.tests[2], Retried)


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
    assert report.outcomes == [("t.py", "test_c", S), ("t.py", "test_a", F), ("t.py", "test_b", E)]
    assert (report.tests[1].line, report.tests[1].message, report.tests[0].line) == (9, "no", 5)


def test_mocha_json_stream() -> None:
    report = read(
        '["start",{"total":2}]\n'
        + "".join(f'["{kind}",{{"title":"t","fullTitle":"cart {kind}"}}]\n' for kind in ("pass", "fail"))
    )
    assert [one.outcome for one in report.tests] == [P, F]
