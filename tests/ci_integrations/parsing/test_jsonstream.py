"""JSON read piece by piece."""

import io
import json
import tracemalloc
from typing import Any

import pytest

from ci_integrations.parsing.jsonstream import MEMBER, JsonStream, Step, plan
from ci_integrations.parsing.jsontext import MAX_VALUE, BrokenJson

ITEMS = plan({(), ("items",)}, {("items", MEMBER)})


def stream_of(content: Any, step: Any = ITEMS, max_bytes: int = 10**9) -> JsonStream:
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    return JsonStream(io.BytesIO(text.encode() if isinstance(text, str) else text), step, max_bytes=max_bytes)


def kept(stream: JsonStream) -> tuple[list[Any], str]:
    """What was given before the end, and why that came early."""
    found: list[Any] = []
    try:
        for _, value in stream:
            found.append(value)
    except BrokenJson as error:
        return found, str(error)
    return found, ""


def test_what_the_plan_opens_is_walked_through_and_the_rest_is_passed_over() -> None:
    document = {"name": "n", "other": {"deep": [1, "]}", {"a": '\\"'}]}, "items": [{"a": [1]}, 2, []], "last": None}
    assert list(stream_of(document)) == [
        (("name",), "n"),
        (("items", MEMBER), {"a": [1]}),
        (("items", MEMBER), 2),
        (("items", MEMBER), []),
        (("last",), None),
    ]


@pytest.mark.parametrize("document", [[], {}, {"items": []}, {"items": {}}, [[]], {"a": []}])
def test_what_is_empty_has_no_parts(document: Any) -> None:
    assert list(stream_of(document)) == []


@pytest.mark.parametrize("space", ["", " ", "\n" * 40])
def test_a_value_may_stand_across_the_pieces_that_are_read(space: str) -> None:
    """Strings, numbers, words and escapes, each at every place of a piece's end."""
    one = {"text": '\u00e9\U0001f600\\"', "number": -1.5e-7, "words": [True, False, None]}
    for shift in range(0, 120, 7):
        text = json.dumps({"pad": "x" * shift, "items": [one] * 6_000}).replace(",", "," + space)
        assert [value for path, value in stream_of(text) if len(path) == 2] == [one] * 6_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    assert kept(stream_of('{"items": ["\u00e9"]}'.encode(encoding))) == (["\u00e9"], "")


def test_numbers_that_json_does_not_know_are_null() -> None:
    assert kept(stream_of('{"items": [NaN, -Infinity, 1]}')) == ([None, None, 1], "")


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        ('{"items": [{"a": 1}, {"b": [2], "c": ', [{"a": 1}, {"b": [2]}], "it ends early"),
        ('{"items": [{"a": 1}, {"b', [{"a": 1}], "it ends early"),
        ('{"items": [1', [1], "it ends early"),
        ('{"items": [1], "other": [[{', [1], "it ends early"),
        ('{"items": [1] "b": 2}', [1], "no ',' where one belongs"),
        ('{"items": [1, {a: 2}, 3]}', [1], "Expecting property name"),
        ('{"items": [1]} {"items": [2]}', [1], "more after its end"),
        ("", [], "it ends early"),
    ],
)
def test_what_comes_before_the_fault_is_kept(text: str, found: list[Any], why: str) -> None:
    values, error = kept(stream_of(text))
    assert values == found
    assert why in error


@pytest.mark.parametrize(
    ("value", "why"),
    [("9" * 5_000, "a number too long"), ("[" * 100_000 + "]" * 100_000, "nested too deeply")],
)
def test_a_value_that_cannot_be_made_is_left_out_and_told(value: str, why: str) -> None:
    stream = stream_of(f'{{"items": [1, {value}, 2]}}')
    assert kept(stream) == ([1, 2], "")
    assert why in stream.skipped


def test_containers_in_containers_are_opened_to_a_bound() -> None:
    assert kept(stream_of("[" * 100_000, lambda path: Step.OPEN)) == ([], "nested too deeply")


def test_no_more_is_read_than_may_be() -> None:
    found, error = kept(stream_of({"items": [0] * 1_000_000}, max_bytes=1_000_000))
    assert len(found) > 200_000
    assert "longer than 1000000 bytes" in error


def test_a_value_that_is_too_long_is_left_out_in_bounded_memory() -> None:
    size = MAX_VALUE // 1_000_000 + 10
    long = "[" + ",".join([json.dumps("y" * 1_000)] * (size * 1_000)) + "]"
    content = f'{{"items": [1, {long}, 2], "passed": {long}}}'.encode()
    tracemalloc.start()
    stream = stream_of(content)
    found = kept(stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == ([1, 2], "")
    assert stream.skipped == f"items.[] was left out: longer than {MAX_VALUE} characters"
    assert peak < 8 * MAX_VALUE
