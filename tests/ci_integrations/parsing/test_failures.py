"""What the text of a failed test says."""

import pytest

from ci_integrations.parsing.failures import message_of, place_of

PYTEST = """def test_add():
>       assert add(1, 1) == 3
E       assert 2 == 3
E        +  where 2 = add(1, 1)

tests/test_shop.py:5: AssertionError"""
TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/unittest/case.py", line 57, in testPartExecutor
  File "tests/test_a.py", line 9, in test_it
AssertionError: 1 != 2"""


@pytest.mark.parametrize(
    ("details", "message", "place"),
    [
        (PYTEST, "assert 2 == 3", ("tests/test_shop.py", 5)),
        (TRACEBACK, "Traceback (most recent call last):", ("tests/test_a.py", 9)),
        ("\n  expected true\n  at shop.js:3", "expected true", None),
        ("", "", None),
        ("E\nEnd of it", "E", None),
    ],
)
def test_message_and_place(details: str, message: str, place: tuple[str, int] | None) -> None:
    assert (message_of(details), place_of(details)) == (message, place)
