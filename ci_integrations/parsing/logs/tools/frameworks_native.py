"""Go and Rust (libtest, nextest)."""

from typing import Final

from ci_integrations.parsing.logs.tools.frameworks_go_test import GO, GOTESTSUM
from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

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
