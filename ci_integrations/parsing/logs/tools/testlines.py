"""Lines by which test frameworks say where a check failed, in forms that compilers and linters have as well.

The frameworks are read by their own declarations (`frameworks`): here such lines are only taken from the others. But
for what Jest could not run at all, which no failed test tells.
"""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import LINE, PATH, Complaint, complaint


def _of_tests(tool: str, pattern: str, example: str, words: tuple[str, ...] = (), holds: str = "") -> Complaint:
    """A line of a test framework that begins with a place, or holds one of the words."""
    at_place = "" if words else ":"
    return complaint(tool, "", pattern, example, words=words, holds=holds or (), at_place=at_place, in_source=not words)


TESTLINES: Final = (
    # https://docs.pytest.org/en/stable/how-to/output.html
    _of_tests(
        "pytest",
        rf"{PATH}:{LINE}: (?:in .+|[\w.]+(?:Error|Exception|Failed|Skipped|Exit|Warning)(?:: .*)?)$",
        "tests/test_app.py:12: AssertionError",
    ),
    # https://github.com/ThrowTheSwitch/Unity
    _of_tests("unity", rf"{PATH}:{LINE}:\w+:(?:PASS|FAIL|IGNORE)\b", "test_app.c:12:test_adds:FAIL: Expected 1 Was 2"),
    # https://libcheck.github.io/check/doc/check_html/check_3.html#Test-Output
    _of_tests("check", rf"{PATH}:{LINE}:[PFE]:[^:]+:[^:]+:\d+: ", "app.c:12:F:core:adds:0: Assertion '1 == 2' failed"),
    # https://github.com/google/googletest
    _of_tests("gtest", rf"{PATH}:{LINE}: Failure$", "app_test.cc:12: Failure"),
    # https://github.com/catchorg/Catch2
    _of_tests("catch2", rf"{PATH}:{LINE}: (?:FAILED|PASSED|warning|info):$", "/app/test.cpp:12: FAILED:"),
    # https://github.com/doctest/doctest
    _of_tests(
        "doctest",
        rf"{PATH}:{LINE}: (?:FATAL ERROR|ERROR|WARNING): (?:CHECK|REQUIRE|WARN|test case|\w*_?MESSAGE|FAIL)",
        "/app/test.cpp:12: ERROR: CHECK( add(1, 2) == 4 ) is NOT correct!",
    ),
    # https://cppunit.sourceforge.net/doc/cvs/class_compiler_outputter.html
    _of_tests("cppunit", rf"{PATH}:{LINE}:(?:Assertion|Error)$", "app.cpp:12:Assertion"),
    # https://lunarmodules.github.io/busted/
    _of_tests(
        "busted",
        rf"(?P<path>[^\s:]+_spec\.(?:lua|moon)):{LINE}: ",
        "spec/app_spec.lua:12: Expected objects to be equal.",
    ),
    # https://www.boost.org/doc/libs/release/libs/test/doc/html/boost_test/test_output.html
    _of_tests(
        "boost",
        r"\S+(?:\(\d+\)|:\d+): (?:fatal )?error: in \"",
        'app.cpp(5): error: in "app/adds": check 1 == 2 has failed',
        ("error:",),
        'error: in "',
    ),
    # https://cpputest.github.io/
    _of_tests(
        "cpputest",
        r"\S+:\d+: error: Failure in TEST\(",
        "app.cpp:12: error: Failure in TEST(Math, adds)",
        ("error:",),
        "error: failure in test(",
    ),
    # https://api.cmocka.org/
    _of_tests(
        "cmocka",
        r"\[ {2,3}LINE {2,3}\] --- ",
        "[   LINE   ] --- test.c:12: error: Failure!",
        ("error:",),
        "error: failure!",
    ),
    # https://jestjs.io/docs/cli
    complaint(
        "jest",
        "test",
        r"\s*● Test suite failed to run$",
        " FAIL  src/a.test.js\n  ● Test suite failed to run\n\n    Cannot find module './nope' from 'src/a.test.js'",
        ("src/a.test.js", None, "Cannot find module './nope' from 'src/a.test.js'"),
        starts="● Test",
        heading=r" ?FAIL +(?P<path>\S+\.\w+)",
        then=r"\s+(?P<message>(?P<last>\S.*))$",
        reach=3,
    ),
)
