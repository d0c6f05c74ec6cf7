"""ScalaTest, sbt (with MUnit, specs2, Weaver and JUnit), Tasty (Haskell), clojure.test."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

SCALATEST: Final = Framework(
    "scalatest",
    "https://www.scalatest.org/user_guide/using_the_runner",
    (
        rule(r"\s*- (?P<name>.+) \*\*\* FAILED \*\*\*", words="***", holds="*** failed ***"),
        rule(r"Run completed in (?P<duration>.+)\.$", "Run completed in "),
        rule(
            r"Tests: succeeded (?P<passed>\d+), failed (?P<failed>\d+), canceled \d+, ignored (?P<skipped>\d+), "
            r"pending \d+$",
            "Tests: succeeded",
            ends=True,
        ),
    ),
    (
        Example(
            "[info] - adds *** FAILED ***\n"
            "[info] Run completed in 1 second, 200 milliseconds.\n"
            "[info] Tests: succeeded 1, failed 1, canceled 0, ignored 1, pending 0",
            failed=("adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.2,
        ),
    ),
    covers=("sbt",),
)

SBT: Final = Framework(
    "sbt",
    "https://www.scala-sbt.org/1.x/docs/Testing.html",
    (
        rule(r"==> X (?P<name>\S.*?)(?<!\s) ++[\d.]++s\b", "==> X "),
        rule(r"Test (?P<name>[\w.$]+(?:\[\d+\])?) failed: .*, took [\d.]+ sec", "Test ", holds=" failed: "),
        # Weaver
        rule(r"\*+FAILURES\*+$", "*****", opens="failures"),
        rule(r"- (?P<name>\S.*) \d+m?s$", inside="failures"),
        # specs2
        rule(r" {2,}[x!] (?P<name>\S.*)$", ("x ", "! "), rank=2),
        rule(
            r"(?:Passed|Failed|Error): Total (?P<total>\d+), Failed (?P<failed>\d+), Errors (?P<errors>\d+), "
            r"Passed (?P<passed>\d+)(?:, (?:Skipped|Ignored) (?P<skipped>\d+))?",
            ("Passed: Total ", "Failed: Total ", "Error: Total "),
            ends=True,
        ),
    ),
    (
        Example(
            "==> X com.acme.AdderSuite.adds  0.005s munit.ComparisonFailException: /app/AdderSuite.scala:5\n"
            "[error] Test com.acme.AdderTest.adds failed: java.lang.AssertionError: bad, took 0.012 sec\n"
            "[error] Failed: Total 4, Failed 2, Errors 0, Passed 1, Skipped 1",
            failed=("com.acme.AdderSuite.adds", "com.acme.AdderTest.adds"),
            failures=2,
            total=4,
            skipped=1,
        ),
        Example(
            "[info] - adds 5ms\n"
            "[info] *************FAILURES**************\n"
            "[info] AdderSuite\n"
            "[info] - adds 5ms\n"
            "[info]   assertion failed (AdderSuite.scala:5)\n"
            "[error] Failed: Total 2, Failed 1, Errors 0, Passed 1",
            failed=("adds",),
            failures=1,
            total=2,
            skipped=0,
        ),
        Example(
            "[info] AdderSpec\n"
            "[info]   + keep\n"
            "[error]   x add\n"
            "[error]    1 != 2 (AdderSpec.scala:5)\n"
            "[info] Finished in 12 ms\n"
            "[info] 2 examples, 1 failure, 0 error\n"
            "[error] Failed: Total 2, Failed 1, Errors 0, Passed 1",
            failed=("add",),
            failures=1,
            total=2,
            skipped=0,
        ),
    ),
    covers=("rspec",),
)

TASTY: Final = Framework(
    "tasty",
    "https://hackage.haskell.org/package/tasty",
    (
        rule(r"\s*(?P<name>\S.*?): +FAIL(?: \([\d.]+s\))?$", words="fail", holds=": "),
        rule(r"(?P<failed>\d+) out of (?P<total>\d+) tests? failed \((?P<duration>[\d.]+s)\)$", "0 out of ", ends=True),
        rule(r"All (?P<total>\d+) tests? passed \((?P<duration>[\d.]+s)\)$", "All ", holds=" passed (", ends=True),
    ),
    (
        Example(
            "Tests\n"
            "  adder\n"
            "    keeps: OK\n"
            "    adds:  FAIL (0.01s)\n"
            "      expected: 2\n"
            "\n"
            "1 out of 2 tests failed (0.02s)",
            failed=("adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.02,
        ),
        Example("All 2 tests passed (0.02s)", failures=0, total=2, skipped=0, duration=0.02),
    ),
)

CLOJURE: Final = Framework(
    "clojure.test",
    "https://clojure.github.io/clojure/clojure.test-api.html",
    (
        rule(r"(?:FAIL|ERROR) in \((?P<name>[^()]+)\) \(", ("FAIL in (", "ERROR in (")),
        rule(r"Ran (?P<total>\d+) tests containing \d+ assertions\.$", "Ran ", holds=" containing ", begins=True),
        # https://github.com/lambdaisland/kaocha
        rule(r"(?:FAIL|ERROR) in (?P<name>[\w.-]+/\S+) \(", ("FAIL in ", "ERROR in "), holds="/"),
        rule(
            r"(?P<total>\d+) tests, \d+ assertions, (?:(?P<errors>\d+) errors, )?(?:(?P<skipped>\d+) pending, )?"
            r"(?P<failed>\d+) failures\.$",
            "0 tests, ",
            ends=True,
        ),
        rule(r"(?P<counts>\d+ failures, \d+ errors)\.$", "0 failures", needs_begin=True, ends=True),
    ),
    (
        Example(
            "FAIL in (adds-test) (adder_test.clj:5)\n"
            "expected: (= 2 (add 1 0))\n"
            "ERROR in (breaks-test) (adder.clj:9)\n"
            "\n"
            "Ran 3 tests containing 5 assertions.\n"
            "1 failures, 1 errors.",
            failed=("adds-test", "breaks-test"),
            failures=2,
            total=3,
            skipped=0,
        ),
        Example(
            "FAIL in acme.adder-test/adds-test (adder_test.clj:5)\n3 tests, 5 assertions, 1 failures.",
            failed=("acme.adder-test/adds-test",),
            failures=1,
            total=3,
            skipped=0,
        ),
    ),
)

FRAMEWORKS_FUNCTIONAL: Final = (
    SCALATEST,
    SBT,
    TASTY,
    CLOJURE,
)
