"""What go test prints."""

from tests.ci_integrations.parsing.reports.reading import E, F, P, S, is_report, read


def test_results_belong_to_the_package_whose_line_follows() -> None:
    report = read(
        "=== RUN   TestA\n    cart_test.go:12: got 1, want 2\n--- FAIL: TestA (0.50s)\n"
        "    --- PASS: TestA/sub (0.00s)\n"
        "=== RUN   TestB\n--- SKIP: TestB (0.00s)\nFAIL\nFAIL\tshop/cart\t0.5s\n"
        "=== RUN TestC\nsome text--- PASS: TestC (0.1 seconds)\nPASS\nok  \tshop/till\t0.1s\n"
        "?   \tshop/none\t[no test files]\n"
    )
    assert report.reading.format == "gotest-text"
    assert report.outcomes == [
        ("shop/cart", "TestA", F),
        ("shop/cart", "TestA/sub", P),
        ("shop/cart", "TestB", S),
        ("shop/till", "TestC", P),
    ]
    failed = report.tests[0]
    assert (failed.file, failed.line, failed.message, failed.duration) == ("cart_test.go", 12, "got 1, want 2", 0.5)


def test_a_package_that_fails_without_a_test_is_one_error() -> None:
    report = read(
        "# shop/cart [shop/cart.test]\ncart/cart.go:4:2: undefined: x\nFAIL\tshop/cart [build failed]\n"
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\npanic: no\nFAIL\tshop/till\t0.1s\n"
    )
    assert report.outcomes == [
        ("shop/cart", "[build failed]", E),
        ("shop/till", "TestA", P),
        ("shop/till", "Failure", E),
    ]
    assert (report.tests[0].file, report.tests[0].line, report.tests[0].message) == ("cart/cart.go", 4, "undefined: x")


def test_a_test_that_does_not_end_is_an_error() -> None:
    report = read("=== RUN   TestA\npanic: no\nFAIL\tshop/cart\t0.1s\n")
    assert report.outcomes == [("shop/cart", "TestA", E)]


def test_benchmarks_are_passes() -> None:
    report = read("BenchmarkA-8   \t 1000000\t      1500 ns/op\t  8 B/op\nPASS\nok  \tshop/cart\t2.0s\n")
    assert report.outcomes == [("shop/cart", "BenchmarkA-8", P)]


def test_nothing_run_is_a_report_of_no_tests() -> None:
    assert read("testing: warning: no tests to run\nPASS\nok  \tshop/cart\t0.1s\n").tests == []


def test_other_text_is_no_report() -> None:
    assert not is_report("ok so far\nall fine\n")
    assert not is_report("+ go test\n--- FAIL: TestA (0.00s)\nFAIL\tp\t0.1s\n")
