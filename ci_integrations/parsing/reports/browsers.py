"""JSON of runners that drive browsers.

playwright: https://github.com/microsoft/playwright/blob/main/packages/playwright/types/testReporter.d.ts (JSONReport);
karma: https://github.com/karma-runner/karma-json-reporter; testcafe: https://testcafe.io/documentation/402824
"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, Path, Step, plan
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.javascript import COLOUR, failed
from ci_integrations.parsing.reports.jsonvalues import Format, Nest, has, record, records, text, texts, units
from ci_integrations.parsing.reports.values import result, retried, scaled, whole_number

_PLAYWRIGHT: Final = {"passed": Outcome.PASSED, "skipped": Outcome.SKIPPED}


def _playwright_step(path: Path) -> Step:
    """Suites in suites."""
    if path[-2:] == ("specs", MEMBER) or path == ("errors", MEMBER):
        return Step.TAKE
    is_way = all(part in ("suites", MEMBER) for part in path[:-1])
    is_open = not path or path == ("errors",) or (is_way and path[-1] in ("suites", "specs", MEMBER))
    return Step.OPEN if is_open else Step.SKIP


def _playwright(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    suites = Nest("title")
    for path, value in parts:
        if path == ("errors", MEMBER):
            error = record(value)
            reading.note(COLOUR.sub("", text(error.get("message")) or text(error.get("stack"))))
        elif path[-2:] == ("specs", MEMBER):
            spec = record(value)
            titles = suites.all("title", path)
            yield from (_playwright_test(titles, spec, test) for test in records(spec.get("tests")))
        else:
            suites.see(path, value)


def _playwright_test(titles: list[str], spec: dict[str, Any], test: dict[str, Any]) -> TestData:
    project = text(test.get("projectName"))
    suite = " > ".join(filter(None, ((f"[{project}]" if project else ""), *titles)))
    name, expected = text(spec.get("title")), text(test.get("expectedStatus")) or "passed"
    attempts = []
    for run in records(test.get("results")):
        status = text(run.get("status"))
        outcome = _PLAYWRIGHT.get(status, Outcome.FAILED)
        if status != "skipped":
            outcome = Outcome.PASSED if status == expected else Outcome.FAILED
        error = record(run.get("error"))
        place = record(error.get("location"))
        words = (COLOUR.sub("", text(error.get(key))) for key in ("message", "stack"))
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


def _karma_step(path: Path) -> Step:
    """`result` holds a list for each browser."""
    if path == ("browsers",) or (path[:1] == ("result",) and len(path) == 3):
        return Step.TAKE
    return Step.OPEN if not path or path[0] == "result" else Step.SKIP


def _karma(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    browsers: dict[str, Any] = {}
    for path, value in parts:
        if path == ("browsers",):
            browsers = record(value)
        elif len(path) == 3:
            one, label = record(value), text(record(browsers.get(path[1])).get("name"))
            skipped = any(one.get(key) is True for key in ("skipped", "pending", "disabled"))
            words = "\n".join(texts(one.get("log")))
            outcome = Outcome.SKIPPED if skipped else Outcome.PASSED if one.get("success") is True else Outcome.FAILED
            suite = " ".join(
                filter(None, (*texts(one.get("suite")), f"[{label}]" if label and len(browsers) > 1 else ""))
            )
            yield failed(suite, text(one.get("description")), outcome, "", scaled(one.get("time"), 1e-3), words, words)


def _testcafe(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for fixture in units(parts, ("fixtures", MEMBER), {}):
        for one in records(fixture.get("tests")):
            words = texts(one.get("errs"))
            outcome = Outcome.FAILED if words else Outcome.SKIPPED if one.get("skipped") is True else Outcome.PASSED
            yield failed(
                text(fixture.get("name")),
                text(one.get("name")),
                outcome,
                text(fixture.get("path")),
                scaled(one.get("durationMs"), 1e-3),
                words[0] if words else "",
                *words,
            )


FORMATS: Final = (
    Format("playwright-json", lambda one: has(one, "config", "suites"), _playwright_step, _playwright),
    Format("karma-json", lambda one: has(one, "browsers", "result"), _karma_step, _karma),
    Format(
        "testcafe-json",
        lambda one: has(one, "fixtures", "userAgents"),
        plan({(), ("fixtures",)}, {("fixtures", MEMBER)}),
        _testcafe,
    ),
)
