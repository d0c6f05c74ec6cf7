"""JSON of JavaScript's test runners.

mocha: https://mochajs.org/#json; mochawesome: https://github.com/adamgruber/mochawesome-report-generator; jest and
vitest: https://jestjs.io/docs/cli#--json, https://vitest.dev/guide/reporters#json-reporter; QUnit and others write TAP
or JUnit.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, Path, Step, plan
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, Nest, has, record, records, text, texts, told, units
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number

# `at f (/src/a.js:1:2)` and `at /src/a.js:1:2`
_FRAME: Final = re.compile(
    r"^\s{0,20}at (?:[^\n(]{1,300}\()?(?:file://)?([^\s():][^\n():]{0,400}):(\d{1,7}):\d{1,7}\)?$", re.MULTILINE
)
COLOUR: Final = re.compile(r"\x1b\[[0-9;]{0,20}m")
_FOREIGN: Final = ("node_modules", "node:", "internal/")


def js_frame(trace: str) -> tuple[str, int | None]:
    """The first frame of the project's own."""
    for match in _FRAME.finditer(trace):
        if not match[1].startswith(_FOREIGN[1:]) and _FOREIGN[0] not in match[1]:
            return match[1], int(match[2])
    return "", None


def failed(suite: str, name: str, outcome: Outcome, file: str, duration: float | None, *words: str) -> TestData:
    """A result with its message and the parts of its trace (`words`)."""
    message, trace = words[0], "\n".join(filter(None, words[1:])) or words[0]
    message, trace = COLOUR.sub("", message), COLOUR.sub("", trace)
    place, line = js_frame(trace)
    return result(
        suite,
        name,
        outcome,
        duration=duration,
        message=message.strip().partition("\n")[0],
        details=trace,
        file=place or file,
        line=line,
    )


_MOCHA: Final = {"passes": Outcome.PASSED, "failures": Outcome.FAILED, "pending": Outcome.SKIPPED}


def _mocha(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    """`tests`, which is not read, holds each test once more, and says less of it."""
    for path, value in parts:
        if len(path) == 2 and path[0] in _MOCHA:
            one = record(value)
            full, name, error = _full(one), text(one.get("title")), record(one.get("err"))
            yield failed(
                full.removesuffix(name).strip() if name else "",
                name or full,
                _MOCHA[path[0]],
                text(one.get("file")),
                scaled(one.get("duration"), 1e-3),
                text(error.get("message")),
                text(error.get("stack")),
            )


def _full(one: dict[str, Any]) -> str:
    return text(one.get("fullTitle")) or text(one.get("title"))


_SUITES: Final = ("results", "suites", MEMBER)


def _mochawesome_step(path: Path) -> Step:
    """Suites in suites."""
    if path[-2:] == ("tests", MEMBER):
        return Step.TAKE
    is_way = all(part in _SUITES for part in path[:-1]) and path[-1:] != ("stats",)
    return Step.OPEN if is_way and (not path or path[-1] in (*_SUITES, "tests")) else Step.SKIP


def _mochawesome(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    suites = Nest("title", "file")
    for path, value in parts:
        if path[-2:] != ("tests", MEMBER):
            suites.see(path, value)
            continue
        one, error = record(value), record(record(value).get("err"))
        skipped = one.get("pending") is True or one.get("skipped") is True
        outcome = Outcome.SKIPPED if skipped else Outcome.FAILED if one.get("fail") is True else Outcome.PASSED
        yield failed(
            " ".join(suites.all("title", path)),
            text(one.get("title")),
            outcome,
            suites.last("file", path),
            scaled(one.get("duration"), 1e-3),
            text(error.get("message")),
            text(error.get("estack")) or text(error.get("stack")),
        )


_JEST: Final = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _jest(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    rest: dict[str, Any] = {}
    for file in units(parts, ("testResults", MEMBER), rest):
        path = text(file.get("name")) or text(file.get("testFilePath"))
        found = records(file.get("assertionResults")) or records(file.get("testResults"))
        if not found and (file.get("status") == "failed" or file.get("testExecError")):
            reading.note(f"{path}: {COLOUR.sub('', text(file.get('message')))}")
        yield from (_jest_test(path, one) for one in found)
    number = {key: whole_number(rest.get(f"num{key}Tests")) or 0 for key in ("Total", "Failed", "Pending", "Todo")}
    reading.stated = told(number["Total"], number["Failed"], number["Pending"] + number["Todo"])


def _jest_test(path: str, one: dict[str, Any]) -> TestData:
    words = texts(one.get("failureMessages"))
    test = failed(
        " ".join(texts(one.get("ancestorTitles"))),
        text(one.get("title")),
        _JEST.get(text(one.get("status")), Outcome.SKIPPED),
        path,
        scaled(one.get("duration"), 1e-3),
        words[0] if words else "",
        *words,
    )
    if test.line is None and (line := whole_number(record(one.get("location")).get("line"))):
        test = replace(test, file=path, line=line)
    earlier = texts(one.get("retryReasons"))
    again = [failed(test.suite, test.name, Outcome.FAILED, path, None, words, words) for words in earlier]
    return retried([*again, test])


FORMATS: Final = (
    Format(
        "jest-json",
        lambda one: has(one, "testResults") and ("numTotalTests" in one or "numTotalTestSuites" in one),
        plan({(), ("testResults",)}, {("testResults", MEMBER)}),
        _jest,
    ),
    Format(
        "mochawesome-json",
        lambda one: has(one, "stats", "results") and isinstance(one["results"], list),
        _mochawesome_step,
        _mochawesome,
    ),
    Format(
        "mocha-json",
        lambda one: has(one, "stats") and any(isinstance(one.get(key), list) for key in ("tests", *_MOCHA)),
        plan({(), *((key,) for key in _MOCHA)}, {(key, MEMBER) for key in _MOCHA}),
        _mocha,
    ),
)
