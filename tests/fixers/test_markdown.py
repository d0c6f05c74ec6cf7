"""Foreign text in Markdown says nothing but itself."""

import pytest

from fixers.markdown import fenced, plain, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("a|b", "a\\|b"),
        ("`x` *y* _z_ [a](b) <i>", "\\`x\\` \\*y\\* \\_z\\_ \\[a\\]\\(b\\) \\<i\\>"),
        ("line one\nline two\r\n\tthree", "line one line two three"),
        ("@acme/team", "@\u200bacme/team"),
        ("fixes #12 and GH-3", "fixes \\#\u200b12 and GH\u200b\\-3"),
        ("https://evil.example", "https://\u200bevil.example"),
        ("www.evil.example", "www.\u200bevil.example"),
        ("a\u202eb\u200bc\x1b[31m", "a b c \\[31m"),
    ],
)
def test_what_would_mean_something_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_texts_are_cut() -> None:
    assert plain("x" * 1000, longest=10) == "x" * 9 + "…"
    assert len(plain("\u200b" * 100_000)) < 10


def test_a_fence_is_longer_than_any_inside() -> None:
    block = fenced("```\nrm -rf\n````\n", "diff", longest=100)
    assert block.splitlines()[0] == "`````diff"
    assert block.endswith("\n`````")
    assert "(cut here)" in fenced("line\n" * 100, "", longest=50)


def test_a_table() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
