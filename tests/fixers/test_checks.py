"""The check and the comment on a commit, as they read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ci_integrations.domain import State
from fixers.checks import MARKER, check, comment, title
from fixers.standing import Item, RunStanding, Standing

ITEM = Item("tests.test_shop::test_add", "unit", "new", "this commit", "assert 1 == 2", "tests/test_shop.py", 7)
RUN = RunStanding(5, "ci.yml", State.FAILURE, 1, "https://github.example/5", (ITEM,), ("report: nobody knows",))
RED = Standing("acme/shop", "c0ffee" * 7, (RUN,), can_retry=True, can_fix=True)
URL = "https://ci.example.com"


def of(*runs: RunStanding, **fields: object) -> Standing:
    return replace(RED, runs=runs, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "words", "conclusion"),
    [
        (RED, "1 test failed in ci.yml", State.FAILURE),
        (of(replace(RUN, items=(replace(ITEM, is_flaky=True, verdict="flaky"),))), "1 known as flaky", State.FAILURE),
        (of(replace(RUN, items=(replace(ITEM, is_muted=True),))), "Only muted tests failed", State.NEUTRAL),
        (of(replace(RUN, items=())), "1 job failed", State.FAILURE),
        (of(replace(RUN, state=State.SUCCESS, items=())), "Passed", State.SUCCESS),
        (
            of(replace(RUN, state=State.SUCCESS, items=(), passed_on_retry=True, flaky=("a::b",))),
            "Passed on retry: 1 flaky test",
            State.SUCCESS,
        ),
        (replace(RED, is_busy=True), "Under way", None),
        (of(replace(RUN, state=State.RUNNING, items=()), is_busy=True), "Waiting for CI", None),
        (of(replace(RUN, state=State.CANCELED, items=())), "No result", State.NEUTRAL),
        (of(), "No result", State.NEUTRAL),
    ],
)
def test_how_a_commit_stands(standing: Standing, words: str, conclusion: State | None) -> None:
    assert words in title(standing)
    assert check(standing, URL).conclusion is conclusion


def test_a_muted_failure_excuses_no_other() -> None:
    muted = replace(ITEM, is_muted=True)
    assert of(replace(RUN, items=(muted, ITEM))).conclusion is State.FAILURE


def test_the_summary_tells_what_since_when_and_what_was_done() -> None:
    summary = check(RED, URL).summary
    assert "| What failed | Where | Since | Verdict |" in summary
    assert "tests.test\\_shop::test\\_add" in summary
    assert "this commit | new |" in summary
    assert "report: nobody knows" in summary
    assert f"({URL}/runs/5/)" in summary


def test_coverage_is_one_line_and_harmless() -> None:
    covered = replace(RUN, coverage="81.20 % of lines (+0.40 against @ada's 1234abc, 2 of 3 changed lines)")
    summary = check(of(covered), URL).summary
    assert (
        "Coverage of ci.yml: 81.20 % of lines \\(\\+0.40 against @\u200bada's 1234abc, 2 of 3 changed lines\\)"
        in summary
    )
    assert "overage" not in check(RED, URL).summary


def test_our_own_pull_request_is_linked() -> None:
    assert (
        "fix by formatter: fixed<br>pull request #12 |"
        in check(of(replace(RUN, done=("fix by formatter: fixed",), changes=(12,))), URL).summary
    )


def test_foreign_texts_call_nobody() -> None:
    evil = replace(ITEM, label="@acme/everybody", message="<script> | [x](https://evil.example)\n# Title")
    text = comment(of(replace(RUN, items=(evil,), done=("fix by @ada",))), URL, datetime.now(UTC), note="> @eve asked")
    assert "@acme" not in text
    assert "@ada" not in text
    assert "@eve" not in text
    assert "<script>" not in text
    assert "](https://evil" not in text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("tests/a.py", "tests/a.py"),
        ("./a.py", "a.py"),
        ("/home/runner/work/shop/shop/a.py", "a.py"),
        ("/github/workspace/src/a.py", "src/a.py"),
        ("src\\a.py", "src/a.py"),
        ("/usr/lib/python3/x.py", ""),
        ("../a.py", ""),
        ("C:\\x\\a.py", ""),
        ("~/a.py", ""),
    ],
)
def test_annotations_are_at_paths_of_the_repository(path: str, shown: str) -> None:
    remarks = check(of(replace(RUN, items=(replace(ITEM, file=path),))), URL).annotations
    assert [one.path for one in remarks] == ([shown] if shown else [])


def test_annotations_and_buttons_are_few() -> None:
    many = tuple(replace(ITEM, line=number, is_flaky=True) for number in range(1, 200))
    made = check(of(replace(RUN, items=many)), URL)
    assert len(made.annotations) == 50
    assert [button.identifier for button in made.buttons] == ["retry", "fix", "mute"]
    assert [button.identifier for button in check(of(RUN, can_fix=False, can_retry=False), URL).buttons] == []
    assert all(len(button.label) <= 20 and len(button.description) <= 40 for button in made.buttons)


def test_the_comment_is_found_by_its_marker_and_offers_the_patch() -> None:
    text = comment(replace(RED, patch="--- a\n+++ b\n```\n"), URL, datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert text.startswith(MARKER)
    assert "git apply fix.patch" in text
    assert "````diff" in text
    assert "/orchestrate retry" in text
    assert "2026-01-02 03:04 UTC" in text
