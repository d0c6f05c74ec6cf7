"""Numbers of reports, and results, made fit and bounded."""

import math
import re
from dataclasses import fields, replace
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.failures import message_of, place_of
from ci_integrations.parsing.reports.interface import Retried
from ci_integrations.parsing.reports.words import MAX_DETAILS, bounded, shortened

MAX_MESSAGE: Final = 2_000
MAX_NAME: Final = 1_000
MAX_SUITE: Final = 500
MAX_FILE: Final = 500

_INFINITE: Final = math.inf
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})++(?:\.\d*+)?")
_MAYBE_PLACE: Final = re.compile(r":\d{1,7}: ")
_CLOCK: Final = re.compile(r"(?:(\d{1,6})\.)?(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)")


def seconds(text: str) -> float | None:
    """`1,234.5` as some write it, `0,016` as others do; what is not a finite number of seconds from 0 up is None."""
    try:
        value = float(text)
    except ValueError:
        return _seconds_otherwise(text.strip()[:40])
    return value if 0 <= value < _INFINITE else None


def _seconds_otherwise(text: str) -> float | None:
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if 0 <= value < _INFINITE else None


def clock(text: str) -> float | None:
    """`[d.]hh:mm:ss.fffffff` of .NET as seconds, else what `seconds` makes of it."""
    match = _CLOCK.fullmatch(text.strip()[:40])
    if match is None:
        return seconds(text)
    days, hours, minutes, rest = match.groups()
    return int(days or 0) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + float(rest)


def scaled(value: Any, factor: float = 1.0) -> float | None:
    """A JSON number of some unit as seconds from 0 up; None for anything else."""
    if isinstance(value, str):
        value = seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and value.bit_length() > 63:
        return None
    number = value * factor
    return float(number) if 0 <= number < _INFINITE else None


def whole_number(value: Any) -> int | None:
    """A line number, from text or JSON."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() and value.isascii() and len(value) < 9 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


class _Plain:
    """Laid out as TestData is, so that it can become one, but its fields can be set."""

    __slots__ = tuple(field.name for field in fields(TestData))


def made(
    suite: str,
    name: str,
    outcome: Outcome,
    duration: float | None,
    message: str,
    details: str,
    file: str,
    line: int | None,
) -> TestData:
    """A result as it is, in a fifth of the time that a frozen class needs: of these there are many."""
    test: Any = _Plain()
    test.suite = suite
    test.name = name
    test.outcome = outcome
    test.duration = duration
    test.message = message
    test.details = details
    test.file = file
    test.line = line
    test.job = None
    test.__class__ = TestData
    finished: TestData = test
    return finished


def result(
    suite: str,
    name: str,
    outcome: Outcome,
    *,
    duration: float | None = None,
    message: str = "",
    details: str = "",
    file: str = "",
    line: int | None = None,
) -> TestData:
    """A result with bounded texts; a failed one without a message takes it, and its place, from the details."""
    if len(details) > MAX_DETAILS:
        details = bounded(details)
    if outcome.is_failed and ('", line ' in details or _MAYBE_PLACE.search(details)):
        file, line = place_of(details) or (file, line)
    message = message.strip() or (message_of(details) if details else "")
    return made(
        suite if len(suite) <= MAX_SUITE else shortened(suite, MAX_SUITE),
        name if len(name) <= MAX_NAME else shortened(name, MAX_NAME),
        outcome,
        duration,
        message[:MAX_MESSAGE],
        details,
        file[:MAX_FILE],
        line,
    )


def retried(attempts: list[TestData]) -> TestData:
    """The attempts of one test, in their order, as one result.

    Its message, details and place are those of the first failure, which tells most.
    """
    last, earlier = attempts[-1], tuple(attempts[:-1])
    if not earlier:
        return last
    told = last
    if last.outcome is not Outcome.SKIPPED and (first := next((one for one in earlier if one.outcome.is_failed), None)):
        told = replace(last, message=first.message, details=first.details, file=first.file, line=first.line)
    return Retried(
        told.suite,
        told.name,
        told.outcome,
        told.duration,
        told.message,
        told.details,
        told.file,
        told.line,
        told.job,
        earlier,
    )


def under(full: str, prefix: str, separators: str = ". ") -> str:
    """The name without the prefix that its suite is."""
    if prefix and full.startswith(prefix) and len(full) > len(prefix) + 1 and full[len(prefix)] in separators:
        return full[len(prefix) + 1 :].lstrip(separators)
    return full
