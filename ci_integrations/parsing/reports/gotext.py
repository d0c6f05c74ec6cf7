"""What `go test` prints: https://pkg.go.dev/cmd/go#hdr-Test_packages and https://pkg.go.dev/cmd/test2json"""

import re
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.gojson import go_message, go_place
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.values import result, seconds
from ci_integrations.parsing.reports.words import Text, Texts

_BEGIN: Final = re.compile(r"=== (RUN|CONT|NAME|PAUSE)\s{1,9}(\S.{0,1000})")
_END: Final = re.compile(r"\s{0,400}--- (PASS|FAIL|SKIP|BENCH): (\S.{0,1000}?) \(([\d.]{1,20}) ?s(?:econds)?\)")
_SILENT: Final = re.compile(r"\s{0,400}--- (FAIL|SKIP|BENCH): (\S{1,1000})\s*$")
_PACKAGE: Final = re.compile(
    r"(ok|FAIL|\?)\s{1,10}(\S{1,500})(?:\s{1,10}(?:([\d.]{1,20})s|\(cached\)|(\[[^\]]{1,100}\])).*)?$"
)
_BENCHMARK: Final = re.compile(r"(Benchmark[^\s]{0,500})\s{1,40}\d{1,20}\s{1,40}([\d.]{1,30}) ns/op")
_BUILD: Final = re.compile(r"# (\S{1,500})(?: \[(\S{1,500})\])?\s*$")
_OUTCOMES: Final = {"PASS": Outcome.PASSED, "BENCH": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED}
_SIGNS: Final = re.compile(
    r"=== RUN|\s{0,40}--- (?:PASS|FAIL|SKIP|BENCH): |(?:ok|FAIL|\?) {2,6}\t?\S|(?:ok|FAIL|\?)[ ]{0,6}\t\S"
    r"|Benchmark\S{1,200}\s{1,40}\d{1,20}\s{1,40}[\d.]{1,30} ns/op"
)
_END_SIGNS: Final = re.compile(
    r"(?:ok|FAIL|\?)\s{1,10}\S|FAIL$|PASS$|exit status \d|coverage: |\s{0,40}--- (?:PASS|FAIL|SKIP|BENCH): "
)


def looks_like_go(lines: list[str], last: str) -> bool:
    """By its first lines and the last one."""
    found = sum(1 for line in lines[:2_000] if _SIGNS.match(line))
    return found > 0 and _END_SIGNS.match(last) is not None


class GoText:
    """A line handler. The results of a package are given when its last line has told its name."""

    def __init__(self) -> None:
        self._tests: list[tuple[str, Outcome, float | None]] = []
        self._open: dict[str, None] = {}
        self._benchmarks: dict[str, float | None] = {}
        self._said: Texts[str] = Texts()
        self._loose = Text()
        self._current = ""
        self._builds: dict[str, tuple[str, Text]] = {}
        self._build: Text | None = None

    def line(self, line: str) -> list[TestData]:
        """See `LineHandler`."""
        if match := _BEGIN.match(line):
            self._build = None
            self._begin(match[1], match[2].strip())
        elif match := _END.match(line) or _SILENT.match(line) or self._late(line):
            self._end(match[1], match[2], seconds(match[3]) if match.re is _END else None)
        elif match := _BENCHMARK.match(line):
            self._benchmarks[match[1]] = (seconds(match[2]) or 0.0) * 1e-9
        elif match := _PACKAGE.match(line):
            return self._package(match[1], match[2], match[4] or "")
        elif match := _BUILD.match(line):
            name, owner = match[1], (match[2] or match[1]).removesuffix(".test")
            self._build = Text()
            self._builds[owner] = (name, self._build)
        elif line not in ("PASS", "FAIL"):
            self._say(line)
        return []

    def close(self, reading: Reading) -> list[TestData]:
        """Tests after the last package line belong to a package that the file does not name."""
        rest = self._package("ok", "", "") if self._tests or self._benchmarks else []
        if self._open:
            reading.truncated = True
            reading.error = "the file ends before the tests do"
            rest += [result("", name, Outcome.ERROR, message="No result: the test did not end") for name in self._open]
        return rest

    def _late(self, line: str) -> re.Match[str] | None:
        """A result behind something that the test wrote without a line end."""
        at = line.find("--- ", 1, 4_000) if self._open else -1
        match = _END.match(line, at) if at > 0 else None
        return match if match and match[2] in self._open else None

    def _begin(self, what: str, name: str) -> None:
        self._current = name
        if what == "RUN":
            self._open[name] = None
            self._said.begin(name)

    def _end(self, what: str, name: str, duration: float | None) -> None:
        if what != "BENCH" or name not in self._benchmarks:
            known = next((one for one in self._benchmarks if one.rpartition("-")[0] == name), None)
            if what != "BENCH" or known is None:
                self._tests.append((name, _OUTCOMES[what], duration))
        self._open.pop(name, None)
        self._current = name

    def _say(self, line: str) -> None:
        if self._build is not None:
            self._build.add(line + "\n")
        elif self._current:
            self._said.add(self._current, line + "\n")
        else:
            self._loose.add(line + "\n")

    def _package(self, word: str, package: str, why: str) -> list[TestData]:
        done = [self._result(package, *test) for test in self._tests]
        done += [result(package, name, Outcome.PASSED, duration=spent) for name, spent in self._benchmarks.items()]
        if word == "FAIL":
            done += [self._result(package, name, Outcome.ERROR, None) for name in self._open]
            if not any(test.outcome.is_failed for test in done):
                done.append(self._failure(package, why))
        self._tests, self._benchmarks, self._said = [], {}, Texts()
        self._open, self._current, self._build, self._loose = {}, "", None, Text()
        return done

    def _result(self, package: str, name: str, outcome: Outcome, duration: float | None) -> TestData:
        details = self._said.get(name).strip("\n") if outcome is not Outcome.PASSED else ""
        file, line = go_place(details)
        return result(
            package,
            name,
            outcome,
            duration=duration,
            message=go_message(details),
            details=details,
            file=file,
            line=line,
        )

    def _failure(self, package: str, why: str) -> TestData:
        """A package that failed without a test that did: it was not built, or ended outside of one."""
        name, words = self._builds.get(package, (package, self._loose))
        details = str(words).strip("\n") or "".join(self._said.get(name) for name in self._said.opened()[-1:])
        file, line = go_place(details)
        return result(
            name, why or "Failure", Outcome.ERROR, message=go_message(details), details=details, file=file, line=line
        )
