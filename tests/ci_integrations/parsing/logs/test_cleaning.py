"""Lines as a reader sees them, whatever the CI server puts around them."""

import pytest

from ci_integrations.parsing.logs.cleaning import MAX_LINE, clean, clean_lines, overwritten


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("\tindented\t", "\tindented\t", id="tabs stay"),
        pytest.param("\x1b[31;1mred\x1b[0m text\x1b[K", "red text", id="colours"),
        pytest.param("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link", id="a link"),
        pytest.param("10 %\r50 %\rdone", "done", id="overwritten"),
        pytest.param("done\r", "done", id="the CR of a CRLF"),
        pytest.param("2026-04-22T16:11:48.3191515Z   test failed", "  test failed", id="GitHub's time"),
        pytest.param("\ufeff2026-04-22T16:11:48.3191515Z start", "start", id="GitHub's time behind a byte order mark"),
        pytest.param("build\tRun tests\t2026-04-22T16:11:48.3191515Z FAIL", "FAIL", id="gh run view --log"),
        pytest.param("2024-05-22T12:43:46.962646Z 00O running", "running", id="GitLab's time and stream"),
        pytest.param("2024-05-22T12:43:46.962646Z 01E+ more", " more", id="GitLab's line that goes on"),
        pytest.param("section_start:1560896352:build\r\x1b[0KBuilding", "Building", id="GitLab's section"),
        pytest.param("section_end:1560896352:build\r\x1b[0K", "", id="GitLab's end of a section"),
        pytest.param("\x1b_bk;t=1700000000000\x07+++ Tests", "+++ Tests", id="Buildkite's time"),
        pytest.param("[2024-05-22T12:43:46.962Z] + make", "+ make", id="Jenkins's time"),
        pytest.param("one | two", "one | two", id="a pipe alone"),
        pytest.param("travis_fold:start:install\r\x1b[0K$ npm ci", "$ npm ci", id="Travis's fold"),
        pytest.param("travis_time:end:0a1b:start=1,finish=2,duration=1\r\x1b[0K", "", id="Travis's time"),
        pytest.param("travis_fold:end:install", "", id="Travis's mark alone"),
        pytest.param("2024-01-01 is a date", "2024-01-01 is a date", id="a date is no time"),
        pytest.param("##[error]Bad", "##[error]Bad", id="what a server says of an error stays"),
    ],
)
def test_a_line_is_what_a_reader_sees(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_many_lines_are_cleaned_as_each_is_alone() -> None:
    raws = [
        *(
            "plain",
            "",
            "\ttab\t",
            "\x1b[31;1mred\x1b[0m\x1b[K",
            "\x1b]8;;https://x\x07link\x1b]8;;\x07",
            "10 %\r50 %\rdone",
        ),
        *(
            "done\r",
            "\r",
            "\rdone",
            "a\r\r",
            "\x1b_bk;t=1700000000000\x07+++ Tests",
            "bell\x07",
            "\x85next",
            "a\xa0b",
            "\r ",
        ),
        *(
            "2026-04-22T16:11:48.3191515Z a",
            "\ufeff2026-04-22T16:11:48Z b",
            "\x1b[0m2026-04-22T16:11:48Z c",
            " \x1b[1G",
        ),
        *(
            "2026-04-22T16:11:48Z 2026-04-22T16:11:48Z d",
            "section_start:1:build\r\x1b[0KBuild",
            "nltravis_time:end:1:s=2\r",
        ),
        *("travis_fold:start:install\r\x1b[0K$ npm ci", "x" * (MAX_LINE + 1), "\x1b]no end", "\x1b[no end", "\x1b"),
    ]
    with_names = ["job\tstep\t2026-04-22T16:11:48Z e", "job\tstep\t", *raws]

    for lines in (raws, with_names, raws[::-1], ["a", "", ""]):
        assert clean_lines("\n".join(lines)) == [clean(line) for line in lines]


def test_texts_that_overwrite_each_other_are_told_apart_in_long_lines_alone() -> None:
    long = "progress " * 600
    block = "\n".join(["a\rb", f"{long}\rnot ok 1\rdone", f"{long}\r", long])

    assert overwritten(block) == {1: [long[:MAX_LINE], "not ok 1", "done"]}
    assert overwritten("a\rb") == {}


def test_the_last_text_of_a_long_overwritten_line_is_taken() -> None:
    assert clean("downloading\r" * MAX_LINE + "broken pipe") == "broken pipe"


def test_a_long_line_is_cut() -> None:
    assert clean("x" * (MAX_LINE + 1)) == "x" * MAX_LINE
