"""Pester (PowerShell), shUnit2, DejaGnu and Newman (Postman)."""

from string import ascii_uppercase
from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

PESTER: Final = Framework(
    "pester",
    "https://pester.dev/docs/usage/output",
    (
        rule(r"\s*\[-\] (?P<name>\S.*?) \d+(?:\.\d+)?m?s(?: \([^()]*\))?$", "[-] "),
        rule(r"Tests completed in (?P<duration>[\d.]+m?s)$", "Tests completed in "),
        rule(
            r"Tests (?P<counts>Passed: \d+, Failed: \d+, Skipped: \d+,?.*)$",
            "Tests Passed: ",
            ends=True,
        ),
    ),
    (
        Example(
            "Running tests from 'Adder.Tests.ps1'\n"
            "[-] Adder.when cold.adds 12ms (10ms|2ms)\n"
            " Expected 3, but got 2.\n"
            "  [+] keeps 5ms (4ms|1ms)\n"
            "Tests completed in 325ms\n"
            "Tests Passed: 1, Failed: 1, Skipped: 1, Inconclusive: 0, NotRun: 0",
            failed=("Adder.when cold.adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.325,
        ),
        Example(
            "  [-] adds 12ms\nTests completed in 1.2s\nTests Passed: 1, Failed: 1, Skipped: 0, Pending: 1, "
            "Inconclusive: 0 ",
            failed=("adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.2,
        ),
    ),
)

_SHUNIT2_NAME: Final = ("test_", *(f"test{letter}" for letter in ascii_uppercase))

SHUNIT2: Final = Framework(
    "shunit2",
    "https://github.com/kward/shunit2#readme",
    (
        rule(r"(?P<name>test\w+)$", _SHUNIT2_NAME, then=r"(?P<last>ASSERT:)", needs_then=True),
        rule(r"Ran (?P<total>\d+) tests?\.$", "Ran ", holds=" test", begins=True),
        rule(r"FAILED \(failures=\d+(?:,skipped=(?P<skipped>\d+))?\)$", "FAILED (", needs_begin=True, ends=True),
        rule(r"OK(?: \(skipped=(?P<skipped>\d+)\))?$", "OK", needs_begin=True, ends=True),
    ),
    (
        Example(
            "testKeeps\n"
            "testAdds\n"
            "ASSERT:expected:<1> but was:<2>\n"
            "ASSERT:expected:<1> but was:<3>\n"
            "\n"
            "Ran 2 tests.\n"
            "\n"
            "FAILED (failures=2,skipped=1)",
            failed=("testAdds",),
            failures=1,
            total=2,
            skipped=1,
        ),
        Example("Ran 2 tests.\n\nOK", failures=0, total=2, skipped=0),
    ),
    counts_lines=True,
)

DEJAGNU: Final = Framework(
    "dejagnu",
    "https://www.gnu.org/software/dejagnu/manual/A-DejaGnu-test-run.html",
    (
        # Others have such headings, but not that far to the right.
        rule(r"\t\t=== \S.* tests ===$", "=== ", holds=" tests ===", begins=True),
        rule(
            r"(?:FAIL|XPASS|UNRESOLVED): (?P<name>\S.*)$",
            ("FAIL: ", "XPASS: ", "UNRESOLVED: "),
            needs_begin=True,
            outside=("summary",),
        ),
        rule(
            r"\t\t=== \S.* Summary ===$", "=== ", holds=" summary ===", needs_begin=True, opens="summary", proves=True
        ),
        rule(r"# of expected passes\s+(?P<passed>\d+)$", "# of expected passes", inside="summary"),
        rule(
            r"# of (?:unexpected failures|unexpected successes|unresolved testcases)\s+(?P<failed>\d+)$",
            "# of un",
            inside="summary",
            adds=True,
        ),
        rule(
            r"# of (?:expected failures|untested testcases|unsupported tests)\s+(?P<skipped>\d+)$",
            ("# of expected failures", "# of un"),
            inside="summary",
            adds=True,
        ),
    ),
    (
        Example(
            "\t\t=== adder tests ===\n"
            "Running adder.exp ...\n"
            "FAIL: adder.exp: adds one\n"
            "\n"
            "\t\t=== adder Summary ===\n"
            "\n"
            "# of expected passes\t\t12\n"
            "# of unexpected failures\t1\n"
            "# of unsupported tests\t\t2",
            failed=("adder.exp: adds one",),
            failures=1,
            total=15,
            skipped=2,
        ),
    ),
)

NEWMAN: Final = Framework(
    "newman",
    "https://learning.postman.com/docs/collections/using-newman-cli/newman-built-in-reporters/",
    (
        rule(r"newman$", "newman", begins=True),
        rule(
            r"[│|] +assertions [│|] +(?P<total>\d+) [│|] +(?P<failed>\d+) [│|]$",
            ("│    ", "|    "),
            holds=" assertions ",
            needs_begin=True,
            proves=True,
        ),
        rule(
            r"[│|] total run duration: (?P<duration>[\d.]+\S+(?: [\d.]+\S+)*)",
            ("│ total run duration: ", "| total run duration: "),
            needs_begin=True,
        ),
        rule(
            r"\s*\d+\. +AssertionError +(?P<name>\S.*)$",
            "0. ",
            holds=" assertionerror ",
            needs_begin=True,
            then=r' +inside "(?P<suite>(?P<last>[^"]+))"',
            reach=12,
        ),
    ),
    (
        Example(
            "newman\n"
            "\n"
            "acme\n"
            "\n"
            "┌─────────────────────────┬──────────────────┬──────────────────┐\n"
            "│                         │         executed │           failed │\n"
            "├─────────────────────────┼──────────────────┼──────────────────┤\n"
            "│              assertions │                3 │                1 │\n"
            "├─────────────────────────┴──────────────────┴──────────────────┤\n"
            "│ total run duration: 185ms                                     │\n"
            "└───────────────────────────────────────────────────────────────┘\n"
            "\n"
            "  #  failure         detail\n"
            "\n"
            " 1.  AssertionError  status is 201\n"
            "                     expected response to have status code 201 but got 200\n"
            "                     at assertion:0 in test-script\n"
            '                     inside "folder / add one"\n',
            failed=("folder / add one::status is 201",),
            failures=1,
            total=3,
            skipped=0,
            duration=0.185,
        ),
    ),
)

FRAMEWORKS_SHELL: Final = (
    PESTER,
    SHUNIT2,
    DEJAGNU,
    NEWMAN,
)
