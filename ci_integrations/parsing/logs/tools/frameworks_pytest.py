"""pytest, with pytest-xdist, pytest-subtests and pytest-sugar."""

# pytest-sugar prints these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

_COUNTED: Final = ("passed", "failed", "skipped", "error", "xfailed", "xpassed", "deselected", "warning", "rerun")

_NODE: Final = r"[^\s:]+\.\w+::[^\s\[]++(?:\[[^\]]*+\]?)?+"
_FAILED_AT: Final = r"(?P<suite>(?P<last>(?:[^\s:]*/)?(?:test_\w*|\w*_tests?|tests?)\.py)):\d+:(?: |$)"

PYTEST: Final = Framework(
    "pytest",
    "https://docs.pytest.org/en/stable/how-to/output.html",
    (
        rule(r"=+ test session starts =+", "====", begins=True),
        rule(r"=+ FAILURES =+", "====", opens="failures", begins=True),
        rule(r"=+ ERRORS =+", "====", opens="failures", begins=True),
        rule(r"=+ short test summary info =+", "====", opens="summary", begins=True),
        rule(r"=+ (?:warnings summary|slowest|PASSES|tests coverage)\b", "====", opens=""),
        rule(
            r"(?:FAILED|ERROR(?! [^\s:]++(?: |$))|FAIL) (?=\S*?(?:::|[./]\w))(?![^\s:]+\.(?!py:)\w+::)"
            r"(?P<name>[^\s\[]++(?:\[.*?\](?= - |$)|\[.*+)?)(?: - (?P<message>.+)| |$)",
            ("FAILED ", "ERROR ", "FAIL "),
            inside="summary",
        ),
        # Of files that are no Python, names are what a plugin makes of them.
        rule(
            r"(?:FAILED|ERROR) (?P<name>[^\s:]+\.(?!py:)\w+::\S.*?)(?: - (?P<message>.+)|$)",
            ("FAILED ", "ERROR "),
            inside="summary",
        ),
        # pytest 9 and pytest-subtests
        rule(
            rf"SUBFAIL(?:ED)?(?P<more>[\[(].*?[\])])? (?P<name>{_NODE})(?: - (?P<message>.+)|$)",
            "SUBFAIL",
            inside="summary",
        ),
        rule(
            rf"(?P<more>[\[(].*?[\])]) SUBFAIL (?P<name>{_NODE})(?: - (?P<message>.+)|$)",
            words="subfail ",
            inside="summary",
        ),
        # A file alone could not be collected: of imports that failed, nothing else is said here.
        rule(
            r"ERROR (?=\S*?[./]\w)(?P<name>[^\s:]+)(?: - (?P<message>.+)| |$)",
            "ERROR ",
            inside="summary",
            says="collection failure",
        ),
        rule(
            r"(?P<name>[^\s:]+\.py::.+?) (?:FAILED|ERROR)(?: +\[ *\d+%\])?$",
            words=("failed ", "error "),
            holds=".py::",
            rank=2,
        ),
        rule(
            r"(?P<name>[^\s:]+\.(?!py:)\w+::.+?) (?:FAILED|ERROR) +\[ *\d+%\]$",
            words=("failed ", "error "),
            holds="::",
            rank=2,
        ),
        rule(
            r"\[gw\d+\] \[ *\d+%\] (?:FAILED|ERROR) (?P<name>[^\s:]+\.\w+::.+)$",
            "[gw",
            holds=("] failed ", "] error "),
            rank=2,
        ),
        rule(
            r"_{2,} (?:ERROR (?:at setup of |at teardown of |collecting ))?(?P<name>\S.*?) _{2,}$",
            "__",
            inside="failures",
            then=_FAILED_AT,
            reach=500,
            rank=3,
        ),
        rule(
            r"(?:=+ )?(?P<counts>(?:\d+ (?:subtests )?[a-z-]+(?:, |(?= in )))+) in "
            r"(?P<duration>[\d.]+ ?s(?:econds)?)\b.*$",
            ("= ", "==", *(f"0 {word}" for word in _COUNTED)),
            holds=" in ",
            ends=True,
        ),
        rule(r"(?:=+ )?no tests ran in (?P<duration>[\d.]+ ?s)", ("====", "no t"), ends=True),
        # pytest-sugar
        rule(r"Test session starts \(platform: ", "Test session starts (", begins=True),
        rule(
            r"―{2,} (?:ERROR (?:at setup of |at teardown of |collecting ))?(?P<name>\S.*?) ―{2,}$",
            "――",
            needs_begin=True,
            then=_FAILED_AT,
            reach=500,
            rank=4,
        ),
        rule(r"Results \((?P<duration>[\d.]+s)\):$", "Results (", needs_begin=True, proves=True, opens="sugar"),
        rule(r" +(?P<counts>\d+ [a-z]+)$", inside="sugar"),
        rule(r" +- (?P<suite>\S+):\d+ (?P<name>\S.*)$", inside="sugar", rank=3),
        rule(r"(?! )", inside="sugar", opens=""),
    ),
    (
        Example(
            "===== test session starts =====\n"
            "tests/test_a.py::test_b FAILED      [ 50%]\n"
            "===== FAILURES =====\n"
            "____ test_b ____\n"
            "tests/test_a.py:3: AssertionError\n"
            "===== short test summary info =====\n"
            "FAILED tests/test_a.py::test_b - assert 1 == 2\n"
            "FAILED tests/test_a.py::test_c[x - y] - assert 1 == 2\n"
            "ERROR tests/test_z.py - ImportError: no module\n"
            "===== 2 failed, 3 passed, 1 skipped, 2 xfailed, 1 error in 0.12s =====",
            failed=("tests/test_a.py::test_b", "tests/test_a.py::test_c[x - y]", "tests/test_z.py"),
            failures=3,
            total=9,
            skipped=3,
            duration=0.12,
        ),
        Example(
            "===== FAILURES =====\n"
            "____ TestApp.test_b ____\n"
            "\n"
            "    def test_b(self):\n"
            "tests/test_a.py:3: AssertionError\n"
            "==== 1 failed, 1 passed in 3.74 seconds ====",
            failed=("tests/test_a.py::TestApp.test_b",),
            failures=1,
            total=2,
            skipped=0,
            duration=3.74,
        ),
        Example(
            "===== test session starts =====\n"
            "tests/cases.yaml::case one FAILED         [ 25%]\n"
            "===== short test summary info =====\n"
            "FAILED tests/cases.yaml::case one - AssertionError: bad\n"
            "FAILED README.md::README.md\n"
            "SUBFAILED[of two] (i=1) tests/test_a.py::test_b - assert (1 % 2) == 0\n"
            "SUBFAILED(i=2) tests/test_a.py::TestA::test_c[x y]\n"
            "[of two] (i=3) SUBFAIL tests/test_a.py::test_b - assert (3 % 2) == 0\n"
            "FAILED tests/test_a.py::test_b - contains 2 failed subtests\n"
            "===== 6 failed, 3 passed, 2 subtests passed in 0.12s =====",
            failed=(
                "tests/cases.yaml::case one",
                "README.md::README.md",
                "tests/test_a.py::test_b [of two] (i=1)",
                "tests/test_a.py::TestA::test_c[x y] (i=2)",
                "tests/test_a.py::test_b [of two] (i=3)",
                "tests/test_a.py::test_b",
            ),
            failures=6,
            total=9,
            skipped=0,
            duration=0.12,
        ),
        Example(
            "===== test session starts =====\n"
            "tests/cases.yaml::case one FAILED         [ 25%]\n"
            "[gw1] [ 50%] FAILED tests/cases.yaml::case two \n"
            "[gw0] [ 75%] FAILED tests/test_a.py::test_b[x y]\n"
            "[gw0] [100%] PASSED tests/test_a.py::test_c\n"
            "3 failed, 1 passed in 0.12s",
            failed=("tests/cases.yaml::case one", "tests/cases.yaml::case two", "tests/test_a.py::test_b[x y]"),
            failures=3,
            total=4,
            skipped=0,
            duration=0.12,
        ),
        Example(
            "Test session starts (platform: linux, Python 3.11.7, pytest 9.0.0, pytest-sugar 1.1.1)\n"
            "――――――――――― TestA.test_b ―――――――――――\n"
            "tests/test_a.py:3: AssertionError\n"
            "\n"
            " tests/test_a.py ⨯✓s              100% ██████████\n"
            "\n"
            "Results (0.25s):\n"
            "       1 passed\n"
            "       1 failed\n"
            "         - tests/test_a.py:2 TestA.test_b\n"
            "       1 skipped\n"
            "\n"
            "       7 failed",
            failed=("tests/test_a.py::TestA.test_b",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)
