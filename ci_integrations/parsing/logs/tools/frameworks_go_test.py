"""Go's own tests, also as gotestsum prints them."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

# A test that runs those of Ginkgo or gocheck, which tell of them, is none of its own.
_RUNNING_OTHERS: Final = ("ginkgo", "gocheck")
_VERDICTS: Final = ("--- FAIL: ", "--- PASS: ", "--- SKIP: ")

GO: Final = Framework(
    "go test",
    "https://pkg.go.dev/cmd/go#hdr-Test_packages",
    (
        rule(r"=== RUN   ", "=== RUN", begins=True),
        rule(r"\s*--- FAIL: (?P<name>\S+) \([\d.]+s\)$", "--- FAIL: ", outside=_RUNNING_OTHERS, verdict="failed"),
        rule(r"\s*--- PASS: \S+ \([\d.]+s\)$", "--- PASS: ", outside=_RUNNING_OTHERS, verdict="passed"),
        rule(r"\s*--- SKIP: \S+ \([\d.]+s\)$", "--- SKIP: ", outside=_RUNNING_OTHERS, verdict="skipped"),
        rule(r"--- ", _VERDICTS, inside="ginkgo", opens="timed by ginkgo"),
        rule(r"--- ", _VERDICTS, inside="gocheck", opens=""),
        rule(r"(?:SUCCESS|FAIL)! .*\d Skipped$", ("SUCCESS! ", "FAIL! "), opens="ginkgo"),
        rule(
            r"(?:SUCCESS|FAIL)! .*\d Skipped --- |\[\d+\] .*SUCCESS! .*PASS$",
            ("SUCCESS! ", "FAIL! "),
            "specs",
            holds=(" skipped --- ", " success! "),
            opens="timed by ginkgo",
        ),
        rule(r"Ginkgo ran \d+ suites? in ", "Ginkgo ran ", opens=""),
        rule(r"(?:OK|OOPS): \d+ passed\b", ("OK: ", "OOPS: "), holds=" passed", opens="gocheck"),
        rule(
            r"(?:FAIL|ok  )\t(?P<scope>\S+)\t(?P<duration>[\d.]+s)\b",
            ("FAIL\t", "ok  \t"),
            outside=("timed by ginkgo",),
            ends=True,
        ),
        rule(r"(?:FAIL|ok  )\t(?P<scope>\S+)\t[\d.]+s\b", ("FAIL\t", "ok  \t"), inside="timed by ginkgo", ends=True),
        rule(r"ok  \t(?P<scope>\S+)\t\(cached\)", "ok  \t", ends=True),
    ),
    (
        Example(
            "=== RUN   TestAdds\n"
            "    adder_test.go:5: got 1, want 2\n"
            "--- FAIL: TestAdds (0.00s)\n"
            "=== RUN   TestTable\n"
            "=== RUN   TestTable/one\n"
            "--- FAIL: TestTable (0.00s)\n"
            "    --- FAIL: TestTable/one (0.00s)\n"
            "=== RUN   TestKeeps\n"
            "--- SKIP: TestKeeps (0.00s)\n"
            "FAIL\n"
            "FAIL\texample.com/adder\t0.250s\n"
            "FAIL",
            failed=(
                "example.com/adder::TestAdds",
                "example.com/adder::TestTable",
                "example.com/adder::TestTable/one",
            ),
            failures=3,
            total=4,
            skipped=1,
            duration=0.25,
        ),
        Example(
            "--- FAIL: TestAdds (0.00s)\nFAIL\nFAIL\texample.com/adder\t0.250s\nok  \texample.com/other\t0.250s",
            failed=("example.com/adder::TestAdds",),
            failures=1,
            duration=0.5,
        ),
        # a test binary, or what runs tests as Go does, such as kuttl and Chainsaw: no package
        Example(
            "=== RUN   kuttl\n"
            "=== RUN   kuttl/harness/adds\n"
            "--- FAIL: kuttl (12.50s)\n"
            "    --- FAIL: kuttl/harness/adds (12.00s)\n"
            "FAIL",
            failed=("kuttl", "kuttl/harness/adds"),
            failures=2,
        ),
    ),
    counts_lines=True,
)

GOTESTSUM: Final = Framework(
    "gotestsum",
    "https://github.com/gotestyourself/gotestsum#readme",
    (
        rule(r"=== FAIL: (?P<suite>\S+) (?P<name>\S+)(?: \(re-run \d+\))? \([\d.]+s\)$", "=== FAIL: "),
        rule(
            r"DONE (?:\d+ runs, )?(?P<counts>\d+ tests?(?:, \d+ (?:skipped|failures?|errors?))*) in "
            r"(?P<duration>(?:\d+h)?(?:\d+m)?[\d.]+s)$",
            "DONE ",
            ends=True,
        ),
    ),
    (
        Example(
            "=== Failed\n"
            "=== FAIL: example.com/adder TestAdds (0.00s)\n"
            "    adder_test.go:5: got 1, want 2\n"
            "DONE 3 tests, 1 skipped, 1 failure in 0.250s",
            failed=("example.com/adder::TestAdds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
    encloses=("go test",),
)
