"""Go (also gotestsum) and Rust (libtest, nextest)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

GO: Final = Framework(
    "go test",
    "https://pkg.go.dev/cmd/go#hdr-Test_packages",
    (
        rule(r"=== RUN   ", "=== RUN", begins=True),
        rule(r"\s*--- FAIL: (?P<name>\S+) \([\d.]+s\)$", "--- FAIL: ", verdict="failed"),
        rule(r"\s*--- PASS: \S+ \([\d.]+s\)$", "--- PASS: ", verdict="passed"),
        rule(r"\s*--- SKIP: \S+ \([\d.]+s\)$", "--- SKIP: ", verdict="skipped"),
        rule(r"(?:FAIL|ok  )\t(?P<scope>\S+)\t(?P<duration>[\d.]+s)\b", ("FAIL\t", "ok  \t"), ends=True),
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

CARGO: Final = Framework(
    "cargo test",
    "https://doc.rust-lang.org/rustc/tests/index.html",
    (
        rule(r"running \d+ tests?$", "running ", begins=True),
        rule(r"test (?P<name>.+?) \.\.\. FAILED(?: <?[\d.]+s>?)?$", words="...", holds=" ... failed", rank=2),
        rule(r"failures:$", "failures:", opens="failures", needs_begin=True),
        rule(r" {4}(?P<name>\S.*)$", inside="failures"),
        rule(r"---- .* stdout ----$", "---- ", opens=""),
        rule(
            r"test result: \w+\. (?P<counts>\d+ passed; \d+ failed; \d+ ignored); .*?(?:finished in "
            r"(?P<duration>[\d.]+s))?$",
            words="passed;",
            ends=True,
            needs_begin=True,
        ),
    ),
    (
        Example(
            "running 3 tests\n"
            "test adder::adds ... FAILED\n"
            "test adder::keeps ... ok\n"
            "test adder::waits ... ignored\n"
            "\n"
            "failures:\n"
            "\n"
            "---- adder::adds stdout ----\n"
            "thread 'adder::adds' panicked at src/lib.rs:4:88:\n"
            "    left: 1\n"
            "\n"
            "failures:\n"
            "    adder::adds\n"
            "\n"
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            failed=("adder::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.1,
        ),
    ),
)

_NEXTEST_FAILED: Final = ("FAIL [", "TIMEOUT [", "TMT [", "SIG", "ABORT [", "TRY ", "LEAK-FAIL")

NEXTEST: Final = Framework(
    "nextest",
    "https://nexte.st/docs/reporting/",
    (
        rule(r"\s*Starting \d+ tests? across \d+ ", "Starting ", holds=" across ", begins=True),
        rule(
            r"\s+(?:TRY \d+ )?(?:FAIL|TIMEOUT|TMT|SIG\w+|ABORT|LEAK-FAIL) \[ *[\d.]+s\](?: \( *\d+/\d+\))? "
            r"+(?P<suite>\S+) (?P<name>\S+)$",
            _NEXTEST_FAILED,
            rank=2,
        ),
        rule(
            r"\s+(?:TRY \d+ )?(?:FAIL|TIMEOUT|TMT|SIG\w+|ABORT|LEAK-FAIL) \[ *[\d.]+s\](?: \( *\d+/\d+\))? "
            r"+(?P<suite>\S+) (?P<name>\S+)$",
            _NEXTEST_FAILED,
            inside="summary",
        ),
        rule(
            r"\s*Summary \[ *(?P<duration>[\d.]+s)\] +(?:\d+/)?(?P<ran>\d+) tests? run: (?P<counts>.+)$",
            "Summary [",
            begins=True,
            proves=True,
            opens="summary",
        ),
        # what cargo runs next
        rule(r"\s+(?:Doc-tests|Running) \S", ("Doc-tests ", "Running "), inside="summary", ends=True),
    ),
    (
        Example(
            "        FAIL [   0.005s] adder tests::adds\n"
            "------------\n"
            "     Summary [   0.250s] 2 tests run: 1 passed, 1 failed, 1 skipped\n"
            "        FAIL [   0.005s] adder tests::adds",
            failed=("adder::tests::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
        Example(
            "  TRY 1 FAIL [   0.005s] adder tests::flaky\n"
            "  TRY 2 PASS [   0.005s] adder tests::flaky\n"
            "  TRY 1 FAIL [   0.005s] adder tests::adds\n"
            "  TRY 2 FAIL [   0.005s] adder tests::adds\n"
            "------------\n"
            "     Summary [   0.250s] 2 tests run: 1 passed (1 flaky), 1 failed, 0 skipped\n"
            "   FLAKY 2/2 [   0.005s] adder tests::flaky\n"
            "  TRY 2 FAIL [   0.005s] adder tests::adds",
            failed=("adder::tests::adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.25,
        ),
    ),
    encloses=("cargo test",),
)

FRAMEWORKS_NATIVE: Final = (
    GO,
    GOTESTSUM,
    CARGO,
    NEXTEST,
)
