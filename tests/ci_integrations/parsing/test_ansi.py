"""Escape sequences in log lines."""

import pytest

from ci_integrations.parsing.ansi import clean_line, strip_escapes, to_segments


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("plain text", "plain text"),
        ("a\tb", "a\tb"),
        ("\x1b[31mred\x1b[0m and \x1b[1;38;5;196mbold\x1b[m", "red and bold"),
        (
            "\x1b]8;;https://x/0\x07link\x1b]8;;\x07 \x1b[38;5;196mFAIL\x1b[0m test_one\x1b(B\x1b[m",
            "link FAIL test_one",
        ),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x1b]52;c;never ended", ""),
        ('\x1bP$q"p\x1b\\after', "after"),
        ("\x9b31mred\x9d0;t\x9cafter", "redafter"),
        ("\x1b[2K\x1b[1Gerror: boom\r", "error: boom"),
        ("Downloading  1%\rDownloading 50%\rDownloading 100%\r", "Downloading 100%"),
        ("section_start:1700000000:build\r\x1b[0KBuilding", "Building"),
        ("section_end:1700000000:build\r\x1b[0K", ""),
        ("section_end:1:a\r\x1b[0Ksection_start:2:b[collapsed=true]\r\x1b[0K\x1b[36mNext\x1b[0m", "Next"),
        ("section_start of a film", "section_start of a film"),
        ("kept\r   \r\x1b[K", "kept"),
        ("\r\r", ""),
        ("a\x00b\x08c\x7fd\x85e", "abcde"),
        ("\x1b", ""),
        ("\x1b[31", "31"),
    ],
)
def test_a_line_is_what_a_reader_sees(raw: str, clean: str) -> None:
    assert clean_line(raw) == clean


@pytest.mark.parametrize("unit", ["\x1b[", "\x1b]", "\x1b[1;", "\x1bP", "\x1b[31m", "\x1b", "\r", " \r", "\x1b[0 "])
def test_a_flood_of_sequences_leaves_no_control_character(unit: str) -> None:
    for text in (clean_line(unit * 50_000), "".join(text for text, _ in to_segments(unit * 50_000))):
        assert not [char for char in text if char != "\t" and not char.isprintable()]


def test_strip_escapes_keeps_line_ends() -> None:
    assert strip_escapes("a\x1b[1m\r\nb\n") == "a\r\nb\n"


@pytest.mark.parametrize(
    ("line", "segments"),
    [
        ("plain", [("plain", "")]),
        ("", []),
        ("a\x1b[31mb\x1b[0mc", [("a", ""), ("b", "ansi-red"), ("c", "")]),
        (
            "\x1b[1;92;41mx\x1b[22;39my\x1b[49mz",
            [("x", "ansi-bright-green ansi-bg-red ansi-bold"), ("y", "ansi-bg-red"), ("z", "")],
        ),
        ("\x1b[104mx\x1b[mz", [("x", "ansi-bg-bright-blue"), ("z", "")]),
        ("\x1b[38;5;1mx\x1b[48;2;1;31;4my\x1b[38mz", [("xyz", "")]),
        ("\x1b[38;5;196;1mx", [("x", "ansi-bold")]),
        ("\x1b[31ma\x1b[2Kb\x1b]8;;http://x\x07c", [("abc", "ansi-red")]),
        ("old\r\x1b[33mnew\x07", [("new", "ansi-yellow")]),
        ("\x1b[?1;32mw\x1b[31mx\x1b[99999999999999999999mz", [("w", ""), ("xz", "ansi-red")]),
    ],
)
def test_segments_carry_the_sixteen_colours_and_bold(line: str, segments: list[tuple[str, str]]) -> None:
    assert to_segments(line) == segments


@pytest.mark.parametrize("line", ["a\x1b[31mb\rc\x1b[0md", "\x1b[1mx\x1b]0;t\x07y", "plain", "\x1b[2K\x1b[1Gz\r"])
def test_segments_and_the_clean_line_hold_the_same_text(line: str) -> None:
    assert "".join(text for text, _ in to_segments(line)) == clean_line(line)
