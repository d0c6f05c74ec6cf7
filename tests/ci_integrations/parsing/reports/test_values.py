"""Results that are made fast are results like any other."""

import copy
import dataclasses

import pytest

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.values import made


def test_a_result_that_is_made_fast_is_one_like_any_other() -> None:
    fast = made("suite", "name", Outcome.FAILED, 1.5, "message", "details", "file", 7)
    plain = TestData("suite", "name", Outcome.FAILED, 1.5, "message", "details", "file", 7)

    assert type(fast) is TestData
    assert (fast, hash(fast), repr(fast)) == (plain, hash(plain), repr(plain))
    assert copy.copy(fast) == plain
    assert dataclasses.replace(fast, name="other").name == "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        fast.name = "other"  # type: ignore[misc]
