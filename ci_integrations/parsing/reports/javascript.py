"""JSON of JavaScript's test runners.

mocha: https://mochajs.org/#json; mochawesome: https://github.com/adamgruber/mochawesome-report-generator; jest and
vitest: https://jestjs.io/docs/cli#--json, https://vitest.dev/guide/reporters#json-reporter; playwright:
https://github.com/microsoft/playwright/blob/main/packages/playwright/types/testReporter.d.ts (JSONReport); karma:
https://github.com/karma-runner/karma-json-reporter; testcafe: https://testcafe.io/documentation/402824; cucumber:
https://github.com/cucumber/json-formatter; QUnit and others write TAP or JUnit.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, first_of, has, record, records, text, texts, told
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number

# `at f (/src/a.js:1:2)` and `at /src/a.js:1:2`
_FRAME: Final = re.compile(
    r"^\s{0,20}at (?:[^\n(]{1,300}\()?(?:file://)?([^\s():][^\n():]{0,400}):(\d{1,7}):\d{1,7}\)?$", re.MULTILINE
)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]{0,20}m")
_FOREIGN: Final = ("node_modules", "node:", "internal/")


def js_frame(trace: str) -> tuple[str, int | None]:
    """The first frame of the project's own."""
    for match in _FRAME.finditer(trace):
        if not match[1].startswith(_FOREIGN[1:]) and _FOREIGN[0] not in match[1]:
            return match[1], int(match[2])
    return "", None


def _failed(suite: str, name: str, outcome: Outcome, file: str, duration: float | None, *words: str) -> TestData:
    message, trace = words[0], "\n".join(filter(None, words[1:])) or words[0]
    message, trace = _COLOUR.sub("", message), _COLOUR.sub("", trace)
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


def _mocha(document: Any, reading: Reading) -> Iterator[TestData]:
    """`tests` holds each test once more, and says less of it."""
    lists = (("passes", Outcome.PASSED), ("failures", Outcome.FAILED), ("pending", Outcome.SKIPPED))
    for key, outcome in lists:
        for one in records(document.get(key)):
            full, name, error = _full(one), text(one.get("title")), record(one.get("err"))
            yield _failed(
                full.removesuffix(name).strip() if name else "",
                name or full,
                outcome,
                text(one.get("file")),
                scaled(one.get("duration"), 1e-3),
                text(error.get("message")),
                text(error.get("stack")),
            )


def _full(one: dict[str, Any]) -> str:
    return text(one.get("fullTitle")) or text(one.get("title"))


def _mochawesome(document: Any, reading: Reading) -> Iterator[TestData]:
    todo: list[tuple[str, dict[str, Any]]] = [("", one) for one in reversed(records(document.get("results")))]
    while todo:
        prefix, suite = todo.pop()
        title = " ".join(filter(None, (prefix, text(suite.get("title")))))
        for one in records(suite.get("tests")):
            error = record(one.get("err"))
            skipped = one.get("pending") is True or one.get("skipped") is True
            outcome = Outcome.SKIPPED if skipped else Outcome.FAILED if one.get("fail") is True else Outcome.PASSED
            yield _failed(
                title,
                text(one.get("title")),
                outcome,
                text(suite.get("file")),
                scaled(one.get("duration"), 1e-3),
                text(error.get("message")),
                text(error.get("estack")) or text(error.get("stack")),
            )
        todo += [(title, one) for one in reversed(records(suite.get("suites")))]


_JEST: Final = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _jest(document: Any, reading: Reading) -> Iterator[TestData]:
    number = {key: whole_number(document.get(f"num{key}Tests")) or 0 for key in ("Total", "Failed", "Pending", "Todo")}
    reading.stated = told(number["Total"], number["Failed"], number["Pending"] + number["Todo"])
    for file in records(document.get("testResults")):
        path = text(file.get("name")) or text(file.get("testFilePath"))
        found = records(file.get("assertionResults")) or records(file.get("testResults"))
        if not found and (file.get("status") == "failed" or file.get("testExecError")):
            reading.note(f"{path}: {_COLOUR.sub('', text(file.get('message')))}")
        for one in found:
            words = texts(one.get("failureMessages"))
            place = record(one.get("location"))
            test = _failed(
                " ".join(texts(one.get("ancestorTitles"))),
                text(one.get("title")),
                _JEST.get(text(one.get("status")), Outcome.SKIPPED),
                path,
                scaled(one.get("duration"), 1e-3),
                words[0] if words else "",
                *words,
            )
            if test.line is None and whole_number(place.get("line")):
                test = result(
                    test.suite,
                    test.name,
                    test.outcome,
                    duration=test.duration,
                    message=test.message,
                    details=test.details,
                    file=path,
                    line=whole_number(place.get("line")),
                )
            earlier = texts(one.get("retryReasons"))
            again = [_failed(test.suite, test.name, Outcome.FAILED, path, None, words, words) for words in earlier]
            yield retried([*again, test])


_PLAYWRIGHT: Final = {"passed": Outcome.PASSED, "skipped": Outcome.SKIPPED}


def _playwright(document: Any, reading: Reading) -> Iterator[TestData]:
    for error in records(document.get("errors")):
        reading.note(_COLOUR.sub("", text(error.get("message")) or text(error.get("stack"))))
    todo: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        ((), one) for one in reversed(records(document.get("suites")))
    ]
    while todo:
        titles, suite = todo.pop()
        path = (*titles, text(suite.get("title")))
        for spec in records(suite.get("specs")):
            for test in records(spec.get("tests")):
                yield _playwright_test(path, spec, test)
        todo += [(path, one) for one in reversed(records(suite.get("suites")))]


def _playwright_test(path: tuple[str, ...], spec: dict[str, Any], test: dict[str, Any]) -> TestData:
    project = text(test.get("projectName"))
    suite = " > ".join(filter(None, ((f"[{project}]" if project else ""), *path)))
    name, expected = text(spec.get("title")), text(test.get("expectedStatus")) or "passed"
    attempts = []
    for run in records(test.get("results")):
        status = text(run.get("status"))
        outcome = _PLAYWRIGHT.get(status, Outcome.FAILED)
        if status != "skipped":
            outcome = Outcome.PASSED if status == expected else Outcome.FAILED
        error = record(run.get("error"))
        place = record(error.get("location"))
        words = (_COLOUR.sub("", text(error.get(key))) for key in ("message", "stack"))
        message, trace = words
        attempts.append(
            result(
                suite,
                name,
                outcome,
                duration=scaled(run.get("duration"), 1e-3),
                message=message.strip().partition("\n")[0],
                details=trace or message,
                file=text(place.get("file")) or text(spec.get("file")),
                line=whole_number(place.get("line")) or whole_number(spec.get("line")),
            )
        )
    if not attempts:
        outcome = Outcome.FAILED if test.get("status") == "unexpected" else Outcome.SKIPPED
        attempts = [result(suite, name, outcome, file=text(spec.get("file")), line=whole_number(spec.get("line")))]
    return retried(attempts)


def _karma(document: Any, reading: Reading) -> Iterator[TestData]:
    browsers = record(document.get("browsers"))
    for browser, tests in record(document.get("result")).items():
        label = text(record(browsers.get(browser)).get("name"))
        for one in records(tests):
            skipped = any(one.get(key) is True for key in ("skipped", "pending", "disabled"))
            words = "\n".join(texts(one.get("log")))
            outcome = Outcome.SKIPPED if skipped else Outcome.PASSED if one.get("success") is True else Outcome.FAILED
            suite = " ".join(
                filter(None, (*texts(one.get("suite")), f"[{label}]" if label and len(browsers) > 1 else ""))
            )
            yield _failed(suite, text(one.get("description")), outcome, "", scaled(one.get("time"), 1e-3), words, words)


def _testcafe(document: Any, reading: Reading) -> Iterator[TestData]:
    for fixture in records(document.get("fixtures")):
        for one in records(fixture.get("tests")):
            words = texts(one.get("errs"))
            outcome = Outcome.FAILED if words else Outcome.SKIPPED if one.get("skipped") is True else Outcome.PASSED
            yield _failed(
                text(fixture.get("name")),
                text(one.get("name")),
                outcome,
                text(fixture.get("path")),
                scaled(one.get("durationMs"), 1e-3),
                words[0] if words else "",
                *words,
            )


def _cucumber(document: Any, reading: Reading) -> Iterator[TestData]:
    for feature in records(document):
        background: list[dict[str, Any]] = []
        for one in records(feature.get("elements")):
            if one.get("type") == "background":
                background = _steps(one)
                continue
            yield _scenario(feature, one, background + _steps(one))
            background = []


def _steps(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [step for key in ("before", "steps", "after") for step in records(scenario.get(key))]
    hooks = [hook for step in steps for key in ("before", "after") for hook in records(step.get(key))]
    return steps + hooks


def _scenario(feature: dict[str, Any], scenario: dict[str, Any], steps: list[dict[str, Any]]) -> TestData:
    results = [(step, record(step.get("result"))) for step in steps]
    said = [text(one.get("status")).lower() for _, one in results]
    bad = next((pair for pair, status in zip(results, said, strict=True) if status in ("failed", "ambiguous")), None)
    outcome = Outcome.PASSED
    if bad is not None:
        outcome = Outcome.FAILED
    elif any(status in ("skipped", "pending", "undefined") for status in said):
        outcome = Outcome.SKIPPED
    details = text(bad[1].get("error_message")) if bad else ""
    spent = [scaled(one.get("duration"), 1e-9) or 0.0 for _, one in results]
    return result(
        text(feature.get("name")),
        text(scenario.get("name")),
        outcome,
        duration=sum(spent),
        message=details.strip().partition("\n")[0],
        details=details,
        file=text(feature.get("uri")),
        line=whole_number(scenario.get("line")),
    )


FORMATS: Final = (
    Format(
        "jest-json",
        lambda one: has(one, "testResults") and ("numTotalTests" in one or "numTotalTestSuites" in one),
        _jest,
    ),
    Format(
        "mochawesome-json", lambda one: has(one, "stats", "results") and isinstance(one["results"], list), _mochawesome
    ),
    Format("mocha-json", lambda one: has(one, "stats") and ("passes" in one or "failures" in one), _mocha),
    Format("playwright-json", lambda one: has(one, "config", "suites"), _playwright),
    Format("karma-json", lambda one: has(one, "browsers", "result"), _karma),
    Format("testcafe-json", lambda one: has(one, "fixtures", "userAgents"), _testcafe),
    Format(
        "cucumber-json",
        lambda one: has(first_of(one), "elements") and ("uri" in one[0] or "keyword" in one[0]),
        _cucumber,
    ),
)
