"""Xcode's `xcresulttool get test-results tests`."""

import json
import time
from typing import Any

import pytest

from ci_integrations.parsing.reports import Retried
from tests.ci_integrations.parsing.reports.reading import F, P, S, read, read_json


def node(kind: str, name: str, result: str = "Passed", *children: object, **more: object) -> dict[str, Any]:
    return {"nodeType": kind, "name": name, "result": result, "children": list(children), **more}


def xcresult(*suites: object) -> dict[str, object]:
    plan = node("Test Plan", "Shop", "Failed", node("Unit test bundle", "ShopTests", "Failed", *suites))
    return {"testPlanConfigurations": [], "devices": [], "testNodes": [plan]}


def case(name: str, result: str, *children: object, **more: object) -> dict[str, Any]:
    return node("Test Case", name, result, *children, nodeIdentifier=f"CartTests/{name}", **more)


def test_xcode_lists_cases_in_suites() -> None:
    message = node("Failure Message", "CartTests.swift:12: XCTAssertEqual failed", "Failed")
    arguments = node("Arguments", "0", "Failed", message)
    named = node("Test Case", "named()", "Passed", nodeIdentifier="Outer/Inner/named()")
    inner = node("Test Suite", "Inner", "Passed", node("Test Case", "nested()", "Passed"), named)
    suite = node(
        "Test Suite",
        "CartTests",
        "Failed",
        case("adds()", "Passed", durationInSeconds=0.5),
        case("divides()", "Failed", arguments, duration="1m 2,5s"),
        case("later()", "Skipped"),
        case("known()", "Expected Failure"),
        inner,
    )
    report = read_json(xcresult(suite, case("alone()", "Passed")))

    assert report.reading.format == "xcresult-json"
    assert report.outcomes == [
        ("ShopTests/CartTests", "adds()", P),
        ("ShopTests/CartTests", "divides()", F),
        ("ShopTests/CartTests", "later()", S),
        ("ShopTests/CartTests", "known()", S),
        ("ShopTests/CartTests > Inner", "nested()", P),
        ("ShopTests/Outer/Inner", "named()", P),
        ("ShopTests/CartTests", "alone()", P),
    ]
    adds, divides, *_ = report.tests
    assert (adds.duration, divides.duration) == (0.5, 62.5)
    assert divides.message == "CartTests.swift:12: XCTAssertEqual failed"


def test_the_repetitions_of_xcode_are_attempts() -> None:
    def run(name: str, result: str, *messages: str) -> dict[str, Any]:
        told = (node("Failure Message", message, "Failed") for message in messages)
        return node("Repetition", name, result, node("Device", "Mac", result, *told))

    runs = [
        run("First Run", "Failed", "a.swift:3: no", "a.swift:4: no"),
        run("Retry 1", "Failed", "b"),
        run("2", "Passed"),
    ]
    report = read_json(xcresult(case("flaky()", "Passed", *runs)))

    (flaky,) = report.tests
    assert isinstance(flaky, Retried)
    assert (flaky.is_flaky, [one.message for one in flaky.earlier]) == (True, ["a.swift:3: no", "b"])
    assert flaky.earlier[0].details == "a.swift:3: no\na.swift:4: no"


def repetitions(*results: str) -> list[dict[str, Any]]:
    return [
        node("Repetition", f"Run {at}", result, node("Failure Message", f"no {at}"))
        for at, result in enumerate(results)
    ]


def test_repetitions_on_other_devices_or_with_other_arguments_are_no_attempts_of_each_other() -> None:
    phone = node("Device", "iPhone", "Passed", *repetitions("Failed", "Passed"))
    plans = (node("Test Plan Configuration", name, "Passed", *repetitions("Passed")) for name in ("en", "de"))
    one, two = (node("Arguments", name, "Failed", *repetitions("Failed", "Failed")) for name in "12")
    cases = [
        case("flaky()", "Passed", phone, node("Device", "iPad", "Passed", *repetitions("Passed"))),
        case("same()", "Passed", node("Device", "Mac", "Passed", *plans)),
        case("broken(x:)", "Failed", one, two),
    ]
    flaky, same, broken = read_json(xcresult(*cases)).tests

    assert isinstance(flaky, Retried)
    assert (flaky.is_flaky, [test.outcome for test in flaky.earlier]) == (True, [F])
    assert not isinstance(same, Retried)
    assert isinstance(broken, Retried)
    assert (broken.outcome, len(broken.earlier)) == (F, 2)


def test_xcode_keeps_some_repetitions_of_a_test() -> None:
    (test,) = read_json(xcresult(case("a()", "Passed", *repetitions(*["Failed"] * 500, "Passed")))).tests

    assert isinstance(test, Retried)
    assert (test.outcome, len(test.earlier)) == (P, 19)


def test_repetitions_in_repetitions_take_linear_time() -> None:
    begin = time.process_time()
    inner = [{"nodeType": "x"}] * 30_000
    for _ in range(300):
        inner = [node("Repetition", "again", "Failed", *inner)]
    read_json(xcresult(node("Test Case", "a", "Failed", *inner)))

    assert time.process_time() - begin < 2


@pytest.mark.parametrize("is_sorted", [True, False])
def test_xcode_tells_tests_of_one_name_in_two_bundles_apart(is_sorted: bool) -> None:
    empty = node("Unit test bundle", "Empty")
    bundles = [node("Unit test bundle", name, "Passed", case("a()", "Passed")) for name in ("One", "Two")]
    plan = node("Test Plan", "Shop", "Passed", empty, *bundles)
    report = read(json.dumps({"devices": [], "testNodes": [plan]}, sort_keys=is_sorted))

    assert [test.suite for test in report.tests] == ["One/CartTests", "Two/CartTests"]
