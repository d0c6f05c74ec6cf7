"""Secrets leave the text before anything else sees it."""

import base64
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest

from ci_integrations.parsing.masking import Masker

SECRET = 'p@ss/w+rd öé "quoted" end'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="")
        .replace("%2F", "%2f")
        .replace("%2B", "%2b")
        .replace("%C3", "%c3")
        .replace("%B6", "%b6")
        .replace("%A9", "%a9"),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
)
def test_each_form_of_a_secret_is_replaced_whole(form: str) -> None:
    assert Masker([SECRET]).text(f"token={form};") == "token=***;"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_both_alphabets_of_base64_are_known(encode: Callable[[bytes], bytes]) -> None:
    assert Masker(["????>>>>"]).text(encode(b"????>>>>").decode()) == "***"


@pytest.mark.parametrize("user", ["", "u", "us", "use", "user"])
@pytest.mark.parametrize("end", ["", "\n", "more"])
def test_a_secret_inside_a_longer_base64_text_is_replaced(user: str, end: str) -> None:
    secret = "hunter2-secret-value"
    encoded = base64.b64encode(f"{user}:{secret}{end}".encode()).decode()
    masked = Masker([secret]).text(f"Basic {encoded}")
    assert "***" in masked
    left = masked.removeprefix("Basic ").replace("***", "")
    assert len(left) <= len(encoded) - len(secret) * 8 // 6 + 2


def test_overlapping_secrets_leave_nothing_of_either() -> None:
    assert Masker(["abcdef", "defghi"]).text("<abcdefghi>") == "<***>"
    assert Masker(["abcdefghi", "cdef"]).text("<abcdefghi>") == "<***>"
    assert Masker(["aaaa"]).text("<aaaaaaa>") == "<***>"


def test_short_and_blank_secrets_are_left_alone() -> None:
    assert Masker(["", "abc", "    ", "\n"]).text("abc    d") == "abc    d"
    assert Masker([]).text("abc") == "abc"


def test_each_line_of_a_secret_of_several_lines_is_a_secret() -> None:
    masker = Masker(["-----BEGIN KEY-----\nMIIEabcdef\n-----END KEY-----\n"])
    assert list(masker.mask_stream([b"x MIIEab", b"cdef y\nz\n"])) == [b"x *** y\n", b"z\n"]


def test_a_secret_broken_up_by_colours_is_replaced() -> None:
    masker = Masker(["hunter2-secret"])
    assert masker.text("a \x1b[1mhunter\x1b[0m2-sec\x1b[31mret b") == "a *** b"
    assert masker.text("\x1b[1mhunter2-secret\x1b[0m") == "\x1b[1m***\x1b[0m"


def test_the_repr_tells_no_secret() -> None:
    assert "hunter2" not in repr(Masker(["hunter2-secret"]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_masked_across_the_borders_of_its_chunks(size: int) -> None:
    text = "first hunter2-secret line\r\n\nno secret \u00e9\nhunter2-secret".encode() + b"\xff end"
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(Masker(["hunter2-secret"]).mask_stream(chunks)) == [
        b"first *** line\r\n",
        b"\n",
        "no secret \u00e9\n".encode(),
        b"*** \xff end"[:3] + b"\xff end",
    ]


@pytest.mark.parametrize("before", range(0, 30, 3))
def test_a_line_without_end_is_cut_and_no_part_of_a_secret_remains_at_the_cut(before: int) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * before
        for _ in range(100_000):
            yield b"hunter2-secret-value"
        yield b"\nnext\n"

    first, second = Masker(["hunter2-secret-value"]).mask_stream(chunks())
    assert b"hunter" not in first
    assert first.endswith(b" [... line cut ...]\n")
    assert second == b"next\n"


def test_a_long_line_keeps_its_first_million_bytes() -> None:
    (line,) = Masker(["hunter2-secret"]).mask_stream([b"x" * 700_000, b"y" * 700_000])
    assert len(line) == 1_000_000 + len(b" [... line cut ...]")
    (whole,) = Masker(["hunter2-secret"]).mask_stream([b"x" * 900_000])
    assert whole == b"x" * 900_000
