"""JUnit, TestNG and Kotest as Surefire, Gradle and Ant print them."""

from typing import Final

from ci_integrations.parsing.logs.tools.frameworks_gradle import GRADLE
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
            r" {2,}(?P<name>[\w$]+(?:\.[\w$]+)*\.\w+(?:\([\w.$, \[\]]*\))?(?:\[[^\]]*\])?|\w+\([\w.$]+\)):",
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
        Example(
            "[INFO]  T E S T S\n"
            "[ERROR] com.acme.AdderTest.adds(int)[2] -- Time elapsed: 0.1 s <<< FAILURE!\n"
            "[ERROR] com.acme.AdderTest.flaky -- Time elapsed: 0.1 s <<< FAILURE!\n"
            "[INFO] Results:\n"
            "[ERROR] Failures: \n"
            "[ERROR]   AdderTest.adds(int)[2]:12 expected: <1> but was: <2>\n"
            "[WARNING] Flakes: \n"
            "[WARNING] com.acme.AdderTest.flaky\n"
            "[ERROR]   Run 1: AdderTest.flaky:20 expected: <1> but was: <2>\n"
            "[INFO]   Run 2: PASS\n"
            "[ERROR] Tests run: 4, Failures: 1, Errors: 0, Skipped: 0, Flakes: 1",
            failed=("AdderTest.adds(int)[2]",),
            failures=1,
            total=4,
            skipped=0,
        ),
    ),
    covers=("ant",),
)

ANT: Final = Framework(
    "ant",
    "https://ant.apache.org/manual/Tasks/junit.html",
    (
        rule(r"Testsuite: (?P<scope>\S+)$", "Testsuite: ", begins=True),
        # printsummary="yes", with or without a formatter that prints
        rule(r"Running \w+(?:\.[\w$]+)+$", "Running ", begins=True),
        rule(
            r"Test (?P<name>\w+(?:\.[\w$]+)+) FAILED(?: \((?:crashed|timeout)\))?$",
            "Test ",
            holds=" failed",
            needs_begin=True,
            rank=2,
        ),
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
        Example(
            "    [junit] Running com.acme.AdderTest\n"
            "    [junit] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 1.442 sec\n"
            "    [junit] Test com.acme.AdderTest FAILED\n"
            "    [junit] Running com.acme.KeeperTest\n"
            "    [junit] Tests run: 1, Failures: 0, Errors: 0, Time elapsed: 0.1 sec",
            failed=("com.acme.AdderTest",),
            failures=1,
            total=3,
            skipped=0,
            duration=1.542,
        ),
    ),
    glue=".",
)

FRAMEWORKS_JVM: Final = (
    SUREFIRE,
    GRADLE,
    ANT,
)
