"""Lines as a reader sees them, whatever the CI server puts around them."""

import pytest

from ci_integrations.parsing.logs.cleaning import MAX_LINE, clean


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
        pytest.param("travis_fold:start:install\r\x1b[0K$ npm ci", "$ npm ci", id="Travis's fold"),
        pytest.param("travis_time:end:0a1b:start=1,finish=2,duration=1\r\x1b[0K", "", id="Travis's time"),
        pytest.param("travis_fold:end:install", "", id="Travis's mark alone"),
        pytest.param("2024-01-01 is a date", "2024-01-01 is a date", id="a date is no time"),
        pytest.param("##[error]Bad", "##[error]Bad", id="what a server says of an error stays"),
    ],
)
def test_a_line_is_what_a_reader_sees(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_the_last_text_of_a_long_overwritten_line_is_taken() -> None:
    assert clean("downloading\r" * MAX_LINE + "broken pipe") == "broken pipe"


def test_a_long_line_is_cut() -> None:
    assert clean("x" * (MAX_LINE + 1)) == "x" * MAX_LINE
