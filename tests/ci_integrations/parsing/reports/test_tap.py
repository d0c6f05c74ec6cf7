"""TAP: points, plans, directives, subtests, diagnostics."""

import pytest

from ci_integrations.domain import Outcome
from tests.ci_integrations.parsing.reports.reading import F, P, S, is_report, read


@pytest.mark.parametrize(
    ("line", "name", "outcome", "message"),
    [
        ("ok 1 - adds", "adds", P, ""),
        ("ok", "test 1", P, ""),
        ("not ok 1 divides", "divides", F, ""),
        ("ok 1 - adds # SKIP no network", "adds", S, "no network"),
        ("not ok 1 - adds # TODO later", "adds", S, "later"),
        (r"ok 1 - a \# b", "a # b", P, ""),
        ("ok 1 # skipped", "test 1", S, ""),
    ],
)
def test_points_and_directives(line: str, name: str, outcome: Outcome, message: str) -> None:
    (test,) = read(f"TAP version 14\n1..1\n{line}\n").tests
    assert (test.name, test.outcome, test.message) == (name, outcome, message)


def test_yaml_and_comments_belong_to_the_point_before_them() -> None:
    report = read(
        "TAP version 13\nnot ok 1 - divides\n  ---\n  duration_ms: 1500\n  location: '/src/cart.js:9:3'\n"
        "  error: |-\n    got 1\n    want 2\n  ...\nnot ok 2 - breaks\n# at cart.t line 4\n"
        "ok 3 - adds # time=250ms\n1..3\n"
    )
    first, second, third = report.tests
    assert (first.duration, first.file, first.line, first.message) == (1.5, "/src/cart.js", 9, "got 1")
    assert "want 2" in first.details
    assert second.details == "at cart.t line 4"
    assert (third.name, third.duration) == ("adds", 0.25)


def test_the_leaves_of_subtests_count_and_the_sum_only_where_they_do_not_tell() -> None:
    report = read(
        "TAP version 14\n# Subtest: cart\n    # Subtest: big\n        ok 1 - holds\n        1..1\n    ok 1 - big\n"
        "    not ok 2 - divides\n    1..2\nnot ok 1 - cart\n"
        "# Subtest: shop\n    ok 1 - opens\n    1..1\nnot ok 2 - shop\nok 3 - alone\n1..3\n"
    )
    assert report.outcomes == [
        ("cart > big", "holds", P),
        ("cart", "divides", F),
        ("shop", "opens", P),
        ("", "shop", F),
        ("", "alone", P),
    ]
    assert report.reading.error == ""


def test_buffered_subtests() -> None:
    report = read("TAP version 14\n1..2\nok 1 - cart {\n    ok 1 - adds\n    1..1\n}\nnot ok 2 - shop {\n    1..0\n}\n")
    assert report.outcomes == [("cart", "adds", P), ("", "shop", F)]


def test_a_plan_that_is_not_kept_and_a_bail_out_are_told() -> None:
    short = read("1..3\nok 1\nok 2\n")
    assert short.reading.truncated
    assert short.reading.error == "3 tests were planned, 2 are here"
    assert read("1..1\nok 1\nok 2\n").reading.problems == ("1 tests were planned, 2 are here",)
    bailed = read("1..3\nok 1\nBail out! no database\nok 2\n")
    assert len(bailed.tests) == 1
    assert bailed.reading.error == "bailed out: no database"


@pytest.mark.parametrize(
    "text",
    [
        "okay then\nfine\n",
        "$ bats test\n1..1\nok 1 adds\n",
        "1..2\nok 1\nok 2\n\nExited with code exit status 1\n",
        "\x1b[0KRunning with gitlab-runner 17\nTAP version 13\n1..1\nok 1\n",
        "building\nlinking\nstripping\n1..1\ndone\n",
    ],
)
def test_logs_that_show_some_tap_are_not_taken_for_it(text: str) -> None:
    assert not is_report(text)
