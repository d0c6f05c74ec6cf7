"""Streams of JSON events, one a line.

go test -json: https://pkg.go.dev/cmd/test2json; libtest (cargo test, cargo nextest):
https://doc.rust-lang.org/rustc/tests/index.html#--format-format, https://nexte.st/docs/machine-readable/libtest-json/;
dart and flutter: https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md; pytest-reportlog:
https://github.com/pytest-dev/pytest-reportlog; mocha json-stream: https://mochajs.org/#json-stream
"""

import json
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonformats import split_node
from ci_integrations.parsing.reports.jsonvalues import record, records, text
from ci_integrations.parsing.reports.values import Text, result, retried, scaled, under, whole_number

_GO: Final = {"pass": Outcome.PASSED, "bench": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
_MAX_OPEN: Final = 100_000


def event(line: str) -> Any:
    """The JSON value of a line; None where it is none."""
    try:
        return json.loads(line, parse_constant=lambda name: None)
    except (ValueError, RecursionError):
        return None


class Events:
    """What the handlers share: a line that is no event is counted, and told where it should not be."""

    def __init__(self) -> None:
        self.attempts: dict[tuple[str, str], list[TestData]] = {}
        self.foreign = 0
        self.notes: list[str] = []

    def line(self, line: str) -> list[TestData]:
        """See `LineHandler`. Results are held: a test may be run again later in the file."""
        one = event(line) if line[:1] in ("{", "[") else None
        if one is not None:
            self.take(one)
        elif line.strip():
            self.foreign += 1
        if line[:1] == "{" and one is None:
            self.notes.append("a line that is no JSON was left out")
        return []

    def take(self, one: Any) -> None:
        """An event."""
        raise NotImplementedError

    def ended(self, test: TestData) -> None:
        """A test has ended, perhaps not for the first time."""
        attempts = self.attempts.setdefault((test.suite, test.name), [])
        if len(attempts) < 20:
            attempts.append(test)
        else:
            attempts[-1] = test

    def close(self, reading: Reading) -> list[TestData]:
        """See `LineHandler`."""
        for note in self.notes[:20]:
            reading.note(note)
        if any("no JSON" in note for note in self.notes):
            reading.recovered = True
            reading.error = reading.error or "lines that are no JSON were left out"
        return [retried(attempts) for attempts in self.attempts.values()]


class GoEvents(Events):
    """go test -json."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], Text] = {}
        self._failing: set[str] = set()

    def take(self, one: Any) -> None:
        one = record(one)
        package, test, action = text(one.get("Package")), text(one.get("Test")), text(one.get("Action"))
        key = (package, test)
        if action in ("output", "build-output"):
            if len(self._said) < _MAX_OPEN or key in self._said:
                self._said.setdefault(key, Text()).add(text(one.get("Output")))
        elif action == "run" and test:
            self._said[key] = Text()
        elif action in _GO and test:
            self._test(key, _GO[action], scaled(one.get("Elapsed")))
        elif action in ("fail", "build-fail"):
            self._package(package or text(one.get("ImportPath")))

    def _test(self, key: tuple[str, str], outcome: Outcome, duration: float | None) -> None:
        words = str(self._said.pop(key, ""))
        if outcome is Outcome.FAILED:
            self._failing.add(key[0])
        details = "" if outcome is Outcome.PASSED else go_words(words)
        file, line = go_place(details)
        self.ended(
            result(*key, outcome, duration=duration, details=details, message=go_message(details), file=file, line=line)
        )

    def _package(self, package: str) -> None:
        if package not in self._failing:
            said = str(self._said.get((package, ""), "")) or str(self._said.get(("", ""), ""))
            unended = [test for owner, test in self._said if owner == package and test][:5]
            about = f" ({', '.join(unended)} did not end)" if unended else ""
            self.notes.append(f"{package} failed outside of a test{about}\n{said}".strip())


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


_LIBTEST: Final = {
    "ok": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "timeout": Outcome.FAILED,
    "ignored": Outcome.SKIPPED,
}


class LibtestEvents(Events):
    """cargo test and cargo nextest; nextest writes `binary$test#attempt` as the name."""

    def take(self, one: Any) -> None:
        one = record(one)
        outcome = _LIBTEST.get(text(one.get("event")))
        if one.get("type") == "bench":
            outcome = Outcome.PASSED
        if (
            one.get("type") not in ("test", "bench")
            or outcome is None
            or (outcome is Outcome.FAILED and one.get("event") == "timeout")
        ):
            return
        full = text(one.get("name"))
        binary, dollar, rest = full.partition("$")
        name, hash_, attempt = (rest if dollar else full).rpartition("#")
        if not (hash_ and attempt.isdecimal()):
            name = rest if dollar else full
        module, _, leaf = name.rpartition("::")
        details = text(one.get("stdout")) or text(one.get("message"))
        suite = "::".join(filter(None, ((binary if dollar else ""), module)))
        file, line = rust_place(details)
        self.ended(
            result(
                suite,
                leaf,
                outcome,
                duration=scaled(one.get("exec_time")),
                details=details,
                message=rust_message(details),
                file=file,
                line=line,
            )
        )


def rust_place(details: str) -> tuple[str, int | None]:
    """`thread 'x' panicked at src/lib.rs:4:5:` and the older form with the message before the place."""
    for line in details.splitlines():
        if " panicked at " not in line:
            continue
        place = line.rpartition(" panicked at ")[2].rpartition(", ")[2].rstrip(":").split(":")
        if len(place) >= 3 and place[-1].isdecimal() and place[-2].isdecimal():
            return ":".join(place[:-2]), whole_number(place[-2])
    return "", None


def rust_message(details: str) -> str:
    """What panicked, in the older form on the same line, in the newer on the next."""
    lines = details.splitlines()
    for number, line in enumerate(lines):
        if " panicked at " in line:
            said = line.rpartition(" panicked at ")[2]
            if said.startswith("'"):
                return said.rpartition(", ")[0].strip("'")
            return next((one for one in lines[number + 1 :] if one.strip()), said)
    return ""


class DartEvents(Events):
    """dart test and flutter test."""

    def __init__(self) -> None:
        super().__init__()
        self._suites: dict[int, str] = {}
        self._groups: dict[int, str] = {}
        self._tests: dict[int, tuple[dict[str, Any], float]] = {}
        self._errors: dict[int, list[dict[str, Any]]] = {}

    def take(self, one: Any) -> None:
        if isinstance(one, list):
            return
        kind, number = text(one.get("type")), whole_number(one.get("testID"))
        if kind == "suite":
            self._suites[_id(one.get("suite"))] = text(record(one.get("suite")).get("path"))
        elif kind == "group":
            self._groups[_id(one.get("group"))] = text(record(one.get("group")).get("name"))
        elif kind == "testStart":
            self._tests[_id(one.get("test"))] = record(one.get("test")), scaled(one.get("time"), 1e-3) or 0.0
        elif kind == "error" and number is not None:
            self._errors.setdefault(number, []).append(one)
        elif kind == "testDone" and number is not None and one.get("hidden") is not True:
            self._done(number, one)

    def _done(self, number: int, one: dict[str, Any]) -> None:
        test, begun = self._tests.pop(number, ({}, 0.0))
        errors = self._errors.pop(number, [])
        outcome = {"success": Outcome.PASSED, "failure": Outcome.FAILED}.get(text(one.get("result")), Outcome.ERROR)
        if one.get("skipped") is True:
            outcome = Outcome.SKIPPED
        parents = [self._groups.get(group, "") for group in test.get("groupIDs", []) if isinstance(group, int)]
        suite, full = parents[-1] if parents else "", text(test.get("name"))
        first = errors[0] if errors else {}
        details = "\n".join(text(error.get(key)) for error in errors for key in ("error", "stackTrace"))
        self.ended(
            result(
                suite,
                under(full, suite, " "),
                outcome,
                duration=max(0.0, (scaled(one.get("time"), 1e-3) or begun) - begun),
                message=text(first.get("error")) or text(record(test.get("metadata")).get("skipReason")),
                details=details,
                file=text(test.get("root_url")) or text(test.get("url")) or self._suites.get(_id(test, "suiteID"), ""),
                line=whole_number(test.get("root_line")) or whole_number(test.get("line")),
            )
        )

    def ended(self, test: TestData) -> None:
        """Two tests of one name in two files are two."""
        self.attempts[(test.suite + "\0" + str(len(self.attempts)), test.name)] = [test]


def _id(value: Any, key: str = "id") -> int:
    number = record(value).get(key)
    return number if isinstance(number, int) else -1


class ReportLog(Events):
    """pytest-reportlog: one event a stage (setup, call, teardown)."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: dict[str, list[dict[str, Any]]] = {}

    def take(self, one: Any) -> None:
        one = record(one)
        node = text(one.get("nodeid"))
        if one.get("$report_type") == "CollectReport" and one.get("outcome") == "failed":
            self.notes.append(f"{node} could not be collected: {_long(one.get('longrepr'))}")
        if one.get("$report_type") != "TestReport":
            return
        stages = self._stages.setdefault(node, [])
        stages.append(one)
        if one.get("when") == "teardown":
            self._node(node, self._stages.pop(node))

    def close(self, reading: Reading) -> list[TestData]:
        for node, stages in self._stages.items():
            self._node(node, stages)
        return super().close(reading)

    def _node(self, node: str, stages: list[dict[str, Any]]) -> None:
        bad = next((stage for stage in stages if stage.get("outcome") in ("failed", "rerun")), {})
        outcome = Outcome.PASSED
        if bad:
            outcome = Outcome.FAILED if bad.get("when") == "call" else Outcome.ERROR
        elif any(stage.get("outcome") == "skipped" for stage in stages):
            outcome = Outcome.SKIPPED
        suite, name = split_node(node)
        place = stages[0].get("location") if stages else None
        line = whole_number(place[1]) if isinstance(place, list) and len(place) == 3 else None
        crash = record(record(bad.get("longrepr")).get("reprcrash"))
        self.ended(
            result(
                suite,
                name,
                outcome,
                duration=sum(scaled(stage.get("duration")) or 0.0 for stage in stages),
                message=text(crash.get("message")),
                details=_long(bad.get("longrepr")),
                file=text(crash.get("path")) or suite.partition("::")[0],
                line=whole_number(crash.get("lineno")) or (line + 1 if line is not None else None),
            )
        )


def _long(value: Any) -> str:
    if isinstance(value, str):
        return value
    entries = records(record(record(value).get("reprtraceback")).get("reprentries"))
    lines = [record(one.get("data")).get("lines") for one in entries]
    return "\n".join(text(line) for part in lines if isinstance(part, list) for line in part)


class MochaStream(Events):
    """mocha's json-stream: `["pass", {...}]`."""

    def take(self, one: Any) -> None:
        if not isinstance(one, list) or len(one) != 2 or one[0] not in ("pass", "fail", "pending"):
            return
        test = record(one[1])
        full, name = text(test.get("fullTitle")), text(test.get("title"))
        outcome = {"pass": Outcome.PASSED, "fail": Outcome.FAILED}.get(one[0], Outcome.SKIPPED)
        self.ended(
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
