"""The messages of a step's output, of which no more is held than the one that is read."""

import io
import json
import tracemalloc
from typing import Any

import pytest

from ci_integrations.providers.answers import PIECE, Download
from ci_integrations.providers.circleci import messages as module
from ci_integrations.providers.circleci.messages import messages

MIB = 1024 * 1024


def told(body: bytes) -> list[bytes]:
    return list(messages(Download(io.BytesIO(body))))


class Endless(io.RawIOBase):
    """A list of messages that has no end."""

    def __init__(self) -> None:
        self.given = 0
        self._line = json.dumps({"message": "x" * 60 + "\\n"}).encode() + b",\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        beginning = b" [" if self.given == 0 else b""
        data = beginning + self._line
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"  \n", []),
        (b"[]", []),
        (
            b' [ {"message": "a\\n"} ,\n{"message": null, "type": "out"}, {"message": "\xc3\xbc"}] ',
            [b"a\n", b"", b"\xc3\xbc"],
        ),
        (b'[{"message": "\xff"}]', ["\ufffd".encode()]),
        (b'[{"message": "\\ud83d\\ude00"}]', ["\U0001f600".encode()]),
    ],
)
def test_what_messages_say(body: bytes, expected: list[bytes]) -> None:
    assert told(body) == expected


def test_messages_that_are_cut_anywhere_by_the_pieces_they_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [f"line {at} \u00fc\n" for at in range(100)]
    body = json.dumps([{"message": one} for one in said], ensure_ascii=False).encode()
    for size in (1, 2, 7, PIECE):
        monkeypatch.setattr(module, "PIECE", size)
        assert told(body) == [one.encode() for one in said]


def test_no_more_is_held_than_is_read() -> None:
    source = Endless()
    tracemalloc.start()
    size = 0
    for one in messages(Download(source)):
        size += len(one)
        if size > 8 * MIB:
            break
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MIB
    assert source.given < 20 * MIB


def test_a_message_that_is_too_long_ends_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps([{"message": "begin\n"}, {"message": "x" * 300_000}, {"message": "end"}]).encode()
    assert [len(one) for one in told(body)] == [6, 300_000, 3]
    monkeypatch.setattr(module, "LONGEST", 100_000)
    begin, rest = told(body)
    assert begin == b"begin\n"
    assert rest.startswith(b"[the output goes on; ")
