"""Tests of what is no program: dbt's models, policies of Open Policy Agent; and colcon, which sums up those of ROS."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import EVERY_OTHER, Example, Framework, rule

DBT: Final = Framework(
    "dbt",
    "https://docs.getdbt.com/docs/build/data-tests",
    (
        # Its totals count models too.
        rule(
            r"(?:\d\d:\d\d:\d\d +)?Failure in test (?P<name>\S+) \([^()]+\.(?:ya?ml|sql)\)$",
            ("0:", "Failure in test "),
            holds="failure in test ",
            proves=True,
        ),
    ),
    (
        Example(
            "12:00:01  Finished running 2 data tests in 0 hours 0 minutes and 1.25 seconds (1.25s).\n"
            "12:00:01  \n"
            "12:00:01  Failure in test not_null_orders_id (models/schema.yml)\n"
            "12:00:01    Got 3 results, configured to fail if != 0\n"
            "12:00:01  Done. PASS=1 WARN=0 ERROR=1 SKIP=0 TOTAL=2",
            failed=("not_null_orders_id",),
            failures=1,
        ),
    ),
    counts_lines=True,
)

OPA: Final = Framework(
    "opa test",
    "https://www.openpolicyagent.org/docs/policy-testing",
    (
        rule(r"(?P<name>data\.\S+): (?:FAIL|ERROR) \(", "data.", begins=True),
        rule(r"PASS: (?P<passed>\d+)/(?P<total>\d+)$", "PASS: ", begins=True, proves=True),
        rule(r"FAIL: (?P<failed>\d+)/(?P<total>\d+)$", "FAIL: ", proves=True),
        rule(r"ERROR: (?P<errors>\d+)/(?P<total>\d+)$", "ERROR: ", needs_begin=True),
        rule(r"SKIPPED: (?P<skipped>\d+)/(?P<total>\d+)$", "SKIPPED: ", needs_begin=True),
    ),
    (
        Example(
            "policy/adder_test.rego:\n"
            "data.adder.test_adds: FAIL (250µs)\n"
            "--------------------------------------------------------------------------------\n"
            "PASS: 1/3\n"
            "FAIL: 1/3\n"
            "SKIPPED: 1/3",
            failed=("data.adder.test_adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

COLCON: Final = Framework(
    "colcon",
    "https://colcon.readthedocs.io/en/released/reference/verb/test-result.html",
    (
        rule(r"Starting >>> \S+$", "Starting >>> ", begins=True),
        rule(r"build/\S+\.xml: \d+ tests?, ", "build/", holds=".xml: ", opens="result"),
        rule(r"- (?P<name>\S.*)$", inside="result", then=r"  (?P<last><<< (?:failure|error) message)", needs_then=True),
        rule(
            r"Summary: (?P<total>\d+) tests?, (?P<errors>\d+) errors?, (?P<failed>\d+) failures?, "
            r"(?P<skipped>\d+) skipped$",
            "Summary: ",
            ends=True,
        ),
    ),
    (
        Example(
            "build/adder/test_results/adder/adder.gtest.xml: 3 tests, 0 errors, 1 failure, 1 skipped\n"
            "- adder.Adder adds\n"
            "  <<< failure message\n"
            "    1 != 2\n"
            "  >>>\n"
            "\n"
            "Summary: 3 tests, 0 errors, 1 failure, 1 skipped",
            failed=("adder.Adder adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
    encloses=EVERY_OTHER,
)

FRAMEWORKS_DATA: Final = (
    DBT,
    OPA,
    COLCON,
)
