"""Streams of JSON events, one a line: what their readers share, and mocha's, https://mochajs.org/#json-stream"""

from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsontext import decoded
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import record, text
from ci_integrations.parsing.reports.values import result, retried, scaled

MAX_ATTEMPTS: Final = 20
_MAX_NOTES: Final = 20
MAX_HELD: Final = 16_000_000


class Events:
    """A handler of lines. A line that is no event is passed over; one that should be is told."""

    def __init__(self) -> None:
        self.done: list[TestData] = []
        self.notes: list[str] = []
        self._is_broken = False

    def line(self, line: str) -> list[TestData]:
        """See `LineHandler`."""
        if line[:1] in ("{", "["):
            try:
                one = decoded(line)
            except (ValueError, RecursionError):
                self._is_broken = self._is_broken or line[0] == "{"
            else:
                self.take(one)
        done, self.done = self.done, []
        return done

    def take(self, one: Any) -> None:
        """An event: what it finishes goes to `done`, failures outside of tests to `notes`."""
        raise NotImplementedError

    def close(self, reading: Reading) -> list[TestData]:
        """See `LineHandler`."""
        for note in self.notes:
            reading.note(note)
        if self._is_broken:
            reading.note("a line that is no JSON was left out")
            reading.recovered = True
            reading.error = reading.error or "lines that are no JSON were left out"
        return self.done

    @property
    def has_enough_notes(self) -> bool:
        """Whether no more are kept."""
        return len(self.notes) >= _MAX_NOTES

    def note(self, text: str) -> None:
        """A failure outside of any test."""
        if not self.has_enough_notes:
            self.notes.append(text)


class Attempts:
    """Tests that failed and may be run again: held, so that a test and its reruns are one result. No more is held than
    some texts: the test that has waited longest is given up.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], list[TestData]] = {}
        self._size = 0

    def ended(self, *attempts: TestData) -> list[TestData]:
        """Attempts of one test, in their order: the results that are final now."""
        key = (attempts[0].suite, attempts[0].name)
        every = [*self._pop(key), *attempts]
        every = [*every[: MAX_ATTEMPTS - 1], every[-1]] if len(every) > MAX_ATTEMPTS else every
        if not every[-1].outcome.is_failed:
            return [retried(every)]
        self._held[key] = every
        self._size += _sizes(every)
        return [retried(self._pop(next(iter(self._held)))) for _ in range(self._size > MAX_HELD)]

    def release(self) -> list[TestData]:
        """All that are held: none will be run again."""
        held = [retried(attempts) for attempts in self._held.values()]
        self._held, self._size = {}, 0
        return held

    def _pop(self, key: tuple[str, str]) -> list[TestData]:
        attempts = self._held.pop(key, [])
        self._size -= _sizes(attempts)
        return attempts


def _sizes(attempts: list[TestData]) -> int:
    return sum(map(held_size, attempts))


def held_size(test: TestData) -> int:
    """About how many bytes a result takes."""
    return 1_000 + len(test.details) + len(test.message)


class MochaStream(Events):
    """mocha's json-stream: `["pass", {...}]`."""

    def take(self, one: Any) -> None:
        if not isinstance(one, list) or len(one) != 2 or one[0] not in ("pass", "fail", "pending"):
            return
        test = record(one[1])
        full, name = text(test.get("fullTitle")), text(test.get("title"))
        outcome = {"pass": Outcome.PASSED, "fail": Outcome.FAILED}.get(one[0], Outcome.SKIPPED)
        self.done.append(
            result(
                full.removesuffix(name).strip(),
                name or full,
                outcome,
                duration=scaled(test.get("duration"), 1e-3),
                message=text(test.get("err")),
                details=text(test.get("stack")),
                file=text(test.get("file")),
            )
        )
