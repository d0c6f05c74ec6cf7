"""JUnit, TestNG and Kotest as Surefire, Gradle and Ant print them; ScalaTest."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

SUREFIRE: Final = Framework(
    "surefire",
    "https://maven.apache.org/surefire/maven-surefire-plugin/examples/junit.html",
    (
        rule(r"\s*T E S T S$", "T E S T S", begins=True),
        rule(
            r"(?!Tests run:)(?P<name>\S.*?)(?: --)?(?<!\s)\s++Time elapsed: [\d.,]+ s(?:ec)? +<<< (?:FAILURE|ERROR)!",
            words="<<<",
        ),
        rule(
            r"Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+, Time elapsed: (?P<duration>[\d.,]+ s(?:ec)?)\b",
            "Tests run:",
            adds=True,
        ),
        rule(r"Results ?:$", "Results", opens="results"),
        rule(r"(?:Failed tests|Failures|Errors|Tests in error): *$", ("Fail", "Errors:", "Tests in"), opens="results"),
        rule(
            r"(?:Tests in error|Failed tests): +(?P<name>\w\S*\([\w.$]+\))",
            ("Tests in", "Failed t"),
            rank=2,
            inside="results",
        ),
        rule(
            r" {2,}(?P<name>[\w$]+(?:\.[\w$]+)*\.\w+(?:\[[^\]]*\])?|\w+\([\w.$]+\)):",
            inside="results",
            rank=2,
        ),
        rule(
            r"Tests run: +(?P<total>\d+), Failures: +(?P<failed>\d+), Errors: +(?P<errors>\d+), Skipped: "
            r"+(?P<skipped>\d+)"
            r"(?:, Flakes: \d+)?$",
            "Tests run:",
            ends=True,
            needs_begin=True,
        ),
    ),
    (
        Example(
            "[INFO]  T E S T S\n"
            "[INFO] Running com.acme.AdderTest\n"
            "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1, Time elapsed: 0.5 s <<< FAILURE! - in "
            "com.acme.AdderTest\n"
            "[ERROR] com.acme.AdderTest.adds  Time elapsed: 0.1 s  <<< FAILURE!\n"
            "[INFO] Results:\n"
            "[ERROR] Failures: \n"
            "[ERROR]   AdderTest.adds:12 expected:<1> but was:<2>\n"
            "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1",
            failed=("com.acme.AdderTest.adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.5,
        ),
    ),
)

GRADLE: Final = Framework(
    "gradle",
    "https://docs.gradle.org/current/userguide/java_testing.html#sec:test_detection",
    (
        rule(r"(?P<suite>[^\s>:][^>]*?) > (?P<name>\S.*) FAILED$", words="failed ", holds=" > "),
        rule(
            r"(?P<total>\d+) tests? completed(?:, (?P<failed>\d+) failed)?(?:, (?P<skipped>\d+) skipped)?$",
            ("0 tests completed", "0 test completed"),
            ends=True,
        ),
    ),
    (
        Example(
            "> Task :test FAILED\n"
            "com.acme.AdderTest > adds() FAILED\n"
            "    java.lang.AssertionError at AdderTest.java:12\n"
            "AdderTest > Nested > waits for it FAILED\n"
            "4 tests completed, 2 failed, 1 skipped",
            failed=("com.acme.AdderTest.adds()", "AdderTest.Nested > waits for it"),
            failures=2,
            total=4,
            skipped=1,
        ),
    ),
    covers=("ant",),
    glue=".",
)

ANT: Final = Framework(
    "ant",
    "https://ant.apache.org/manual/Tasks/junit.html",
    (
        rule(r"Testsuite: (?P<scope>\S+)$", "Testsuite: ", begins=True),
        rule(
            r"Tests run: (?P<total>\d+), Failures: (?P<failed>\d+), Errors: (?P<errors>\d+)(?:, Skipped: "
            r"(?P<skipped>\d+))?,"
            r" Time elapsed: (?P<duration>[\d.,]+ sec)$",
            "Tests run:",
            proves=True,
            needs_begin=True,
        ),
        rule(
            r"Testcase: (?P<name>.+?) took [\d.,]+ sec$",
            "Testcase: ",
            then=r"\s+(?P<last>FAILED|Caused an ERROR)",
            needs_then=True,
        ),
        rule(r"Testcase: (?P<name>[^(\s]+)\([\w.$]+\):\s+(?:FAILED|Caused an ERROR)", "Testcase: "),
    ),
    (
        Example(
            "    [junit] Testsuite: com.acme.AdderTest\n"
            "    [junit] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 1.442 sec\n"
            "    [junit] Testcase: adds took 1.429 sec\n"
            "    [junit] \tFAILED\n"
            "    [junit] expected:<1> but was:<2>\n"
            "    [junit] Testcase: keeps took 0.001 sec\n",
            failed=("com.acme.AdderTest.adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=1.442,
        ),
    ),
    glue=".",
)

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
)

FRAMEWORKS_JVM: Final = (
    SUREFIRE,
    GRADLE,
    ANT,
    SCALATEST,
)
