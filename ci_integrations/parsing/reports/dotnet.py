"""Reports of .NET: NUnit 2 and 3, xUnit 2 and 3; what TRX shares with them.

NUnit: https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html and, for 2,
https://nunit.org/nunitv2/docs/2.6.4/files/Results.xsd; xUnit: https://xunit.net/docs/format-xml-v2
"""

import re
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.elements import Dialect, Element
from ci_integrations.parsing.reports.interface import Counts
from ci_integrations.parsing.reports.values import clock, result, seconds, under, whole_number

_NUNIT: Final = {
    "passed": Outcome.PASSED,
    "success": Outcome.PASSED,
    "warning": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "cancelled": Outcome.SKIPPED,
}
_XUNIT: Final = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "error": Outcome.ERROR}
# `at Space.Type.Method() in C:\src\File.cs:line 12`, and `:12` of Mono
_FRAME: Final = re.compile(r"^\s{0,20}at [^\n]{1,1000}? in ([^\n]{1,500}):(?:line )?(\d{1,7})\s{0,20}$", re.MULTILINE)
_CLASS: Final = re.compile(r"[\w.+`]++")


def frame_of(trace: str) -> tuple[str, int | None]:
    """The first frame of a .NET stack trace that names a file."""
    match = _FRAME.search(trace)
    return (match[1], int(match[2])) if match else ("", None)


def split_name(full: str) -> tuple[str, str]:
    """`Space.Class.Method(1.5)` as class and method; the dots of the arguments separate nothing."""
    match = _CLASS.match(full)
    plain = match[0] if match else ""
    owner = plain.rpartition(".")[0]
    return (owner, full[len(owner) + 1 :]) if owner and full[len(plain) :][:1] in ("", "(", "<") else ("", full)


def _nunit3(unit: Element, around: list[Element]) -> list[TestData]:
    full, owner = unit.get("fullname", "name"), unit.get("classname")
    name = under(full, owner) if owner else split_name(full)[1]
    suite = owner if owner and full.startswith(owner) else split_name(full)[0] or owner
    said = unit.get("result") or ("Skipped" if unit.get("runstate") else "")
    return [_nunit(unit, suite, under(full, suite) if suite else name, said, "duration", "time")]


def _nunit2(unit: Element, around: list[Element]) -> list[TestData]:
    suite, name = split_name(unit.get("name"))
    said = unit.get("result")
    if not said:
        passed = unit.get("success").lower() != "false" and unit.find("failure") is None
        said = ("Success" if passed else "Failure") if unit.get("executed").lower() != "false" else "Skipped"
    return [_nunit(unit, suite, name, said, "time")]


def _nunit(unit: Element, suite: str, name: str, said: str, *durations: str) -> TestData:
    outcome = _NUNIT.get(said.lower(), Outcome.SKIPPED)
    if unit.get("label").lower() == "error" and outcome is Outcome.FAILED:
        outcome = Outcome.ERROR
    part = unit.find("failure") or unit.find("reason")
    message, trace = (part.words_of("message"), part.words_of("stack-trace")) if part else ("", "")
    file, line = frame_of(trace)
    return result(
        suite,
        name,
        outcome,
        duration=seconds(unit.get(*durations)),
        message=message,
        details="\n".join(filter(None, (message, trace))),
        file=file,
        line=line,
    )


def _nunit_stated(root: Element, depth: int) -> Counts | None:
    total = whole_number(root.get("total"))
    if total is None:
        return None
    number = {key: whole_number(root.get(key)) or 0 for key in ("failed", "failures", "errors", "skipped", "not-run")}
    return Counts(total, number["failed"] + number["failures"], number["errors"], number["skipped"] + number["not-run"])


NUNIT3: Final = Dialect(frozenset({"test-case"}), _nunit3, stated=_nunit_stated)
NUNIT2: Final = Dialect(frozenset({"test-case"}), _nunit2, stated=_nunit_stated)


def _xunit(unit: Element, around: list[Element]) -> list[TestData]:
    full, owner = unit.get("name"), unit.get("type")
    said = unit.get("result").lower()
    failure = unit.find("failure")
    outcome = _XUNIT.get(said, Outcome.SKIPPED if said else Outcome.FAILED if failure else Outcome.PASSED)
    message = failure.words_of("message") if failure else unit.words_of("reason")
    trace = failure.words_of("stack-trace") if failure else ""
    file, line = frame_of(trace)
    return [
        result(
            owner or split_name(full)[0],
            under(full, owner or split_name(full)[0]) or unit.get("method"),
            outcome,
            duration=clock(unit.get("time", "time-rtf")),
            message=message,
            details="\n".join(filter(None, (message, trace))),
            file=unit.get("source-file") or file,
            line=whole_number(unit.get("source-line")) or line,
        )
    ]


def _xunit_problem(unit: Element, around: list[Element]) -> str:
    return ": ".join(filter(None, (unit.get("type"), unit.get("name"), unit.words_of("failure", "message"))))


def _xunit_stated(root: Element, depth: int) -> Counts | None:
    number = {key: whole_number(root.get(key)) for key in ("total", "failed", "errors", "skipped")}
    if number["total"] is None:
        return None
    return Counts(number["total"], number["failed"] or 0, 0, number["skipped"] or 0)


XUNIT: Final = Dialect(
    frozenset({"test"}), _xunit, stated=_xunit_stated, problem=_xunit_problem, problem_units=frozenset({"error"})
)
