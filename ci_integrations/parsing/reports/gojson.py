"""go test -json: https://pkg.go.dev/cmd/test2json, and gotestsum, which appends the reruns of what failed."""

from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.events import MAX_HELD, Attempts, Events, held_size
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import record, text
from ci_integrations.parsing.reports.values import result, scaled
from ci_integrations.parsing.reports.words import Texts

_GO: Final = {"pass": Outcome.PASSED, "bench": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}


class GoEvents(Events):
    """A package's results are given when it has ended: with `-count` its tests run several times before that."""

    def __init__(self) -> None:
        super().__init__()
        self._said: Texts[tuple[str, str]] = Texts()
        self._size = 0
        self._ended: dict[str, dict[str, list[TestData]]] = {}
        self._attempts = Attempts()
        self._failing: set[str] = set()

    def take(self, one: Any) -> None:
        one = record(one)
        package, test, action = text(one.get("Package")), text(one.get("Test")), text(one.get("Action"))
        key = (package, test)
        if action in ("output", "build-output"):
            self._said.add(key, text(one.get("Output")))
        elif action == "run" and test:
            self._said.begin(key)
        elif action in _GO and test:
            self._test(key, _GO[action], scaled(one.get("Elapsed")))
        elif action in ("fail", "build-fail"):
            self._failed(package or text(one.get("ImportPath")))
            self._close(package)
        elif action in _GO:
            self._close(package)

    def close(self, reading: Reading) -> list[TestData]:
        """Packages that did not end hold what they hold."""
        for package in list(self._ended):
            self._close(package)
        self.done += self._attempts.release()
        return super().close(reading)

    def _test(self, key: tuple[str, str], outcome: Outcome, duration: float | None) -> None:
        words = self._said.pop(key)
        if outcome is Outcome.FAILED:
            self._failing.add(key[0])
        details = "" if outcome is Outcome.PASSED else go_words(words)
        file, line = go_place(details)
        found = result(
            *key, outcome, duration=duration, details=details, message=go_message(details), file=file, line=line
        )
        self._ended.setdefault(key[0], {}).setdefault(key[1], []).append(found)
        self._size += held_size(found)
        if self._size > MAX_HELD:
            self._close(key[0])

    def _failed(self, package: str) -> None:
        if package not in self._failing and not self.has_enough_notes:
            said = self._said.get((package, "")) or self._said.get(("", ""))
            unended = [test for owner, test in self._said.opened() if owner == package and test][:5]
            about = f" ({', '.join(unended)} did not end)" if unended else ""
            self.note(f"{package} failed outside of a test{about}\n{said}".strip())

    def _close(self, package: str) -> None:
        """Its last word may come before that of a test of it, which is closed with the file."""
        for attempts in self._ended.pop(package, {}).values():
            self._size -= sum(map(held_size, attempts))
            self.done += self._attempts.ended(*attempts)
        self._said.pop((package, ""))


_GO_NOISE: Final = ("=== ", "--- ")


def go_words(output: str) -> str:
    """What a test wrote, without the lines that go adds."""
    return "\n".join(line for line in output.splitlines() if not line.lstrip().startswith(_GO_NOISE)).strip("\n")


def go_place(details: str) -> tuple[str, int | None]:
    """The first `file.go:12:` that begins a line."""
    for line in details.splitlines():
        head, _, rest = line.strip().partition(".go:")
        number = rest.partition(":")[0]
        if rest and " " not in head and number.isdecimal() and len(number) < 8:
            return head + ".go", int(number)
    return "", None


def go_message(details: str) -> str:
    """The first line, without its place."""
    first = details.strip().partition("\n")[0].strip()
    place, separator, words = first.partition(": ")
    return words.strip() if separator and ".go:" in place and words.strip() else first
