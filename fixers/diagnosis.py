"""What broke: evidence in, a diagnosis out. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ci_integrations.domain import State
from ci_integrations.parsing.logs.model import LESS_THAN_ERRORS

EVIDENCE_LINES: Final = 8
# The classes of findings (see `ci_integrations.parsing.logs.model.Issue`) that have the same cause.
_KINDS: Final = {
    "lint": frozenset({"lint", "type", "security"}),
    "infra": frozenset({"infra", "vcs"}),
    "error": frozenset({"error", "command", "crash", "package", "docker"}),
}
# What a test "fails" with when it never ran: running it again imports the same broken code.
_NEVER_RAN: Final = re.compile(
    r"\b(?:SyntaxError|IndentationError|ImportError|ModuleNotFoundError|collection (?:error|failure)"
    r"|error(?:s)? during collection|error collecting|import file mismatch)\b",
    re.IGNORECASE,
)


class Cause(StrEnum):
    """What kind of thing broke. `none` is for a run that did not fail."""

    NONE = "none"
    FORMAT = "format"
    LINT = "lint"
    TEST = "test"
    INFRA = "infra"
    TIMEOUT = "timeout"
    CONFIG = "config"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of a job's log that says what went wrong. `line` is the line of the log, from 1."""

    kind: str
    message: str
    tool: str = ""
    file: str = ""
    source_line: int | None = None
    severity: str = ""
    job_id: int = 0
    job: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """The finding in one line: place, message, tool."""
        place = f"{self.file}:{self.source_line}" if self.source_line else self.file
        said = f"{place}: {self.message}" if place and place not in self.message else self.message
        return f"{said} [{self.tool}]" if self.tool else said


@dataclass(frozen=True, slots=True)
class FailedTest:
    """One failed test. `file` and `line` point at the failure where that is known. `is_from_log`: no report and no
    server tells of it, it was read in the console.
    """

    suite: str
    name: str
    message: str = ""
    details: str = ""
    file: str = ""
    line: int | None = None
    is_from_log: bool = False

    @property
    def label(self) -> str:
        """The test's name as people know it."""
        return f"{self.suite}::{self.name}" if self.suite else self.name

    @property
    def text(self) -> str:
        """The failure in one line: name, place, first line of the message."""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        where = f" ({place})" if place not in self.label else ""
        said = self.message.strip().splitlines()[:1]
        return f"{self.label}{where}" + (f": {said[0]}" if said else "")

    @property
    def never_ran(self) -> bool:
        """It could not be imported or collected: no repetition changes that."""
        return bool(_NEVER_RAN.search(self.message or self.details[-2000:]) or _NEVER_RAN.search(self.name))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run that ended: findings and tests of the jobs that made it fail.

    `remarks` are what the jobs remarked at lines of files and no finding tells of, `problem` what the server says is
    wrong with the run itself, `excerpt` the lines of the logs that best say why.
    """

    state: State
    findings: tuple[Finding, ...] = ()
    failed_tests: tuple[FailedTest, ...] = ()
    problem: str = ""
    remarks: tuple[Finding, ...] = ()
    excerpt: tuple[str, ...] = ()

    @property
    def complaints(self) -> tuple[Finding, ...]:
        """The findings that made it fail: warnings and notes only where nothing else is known to have."""
        worse = tuple(finding for finding in self.findings if finding.severity not in LESS_THAN_ERRORS)
        return worse if worse or self.failed_tests or self.remarks else self.findings


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What broke, how sure that is (0 to 1) and the lines it rests on.

    `tools` are the programs that complained, as findings name them. `will_repeat`: the same commit fails again.
    """

    cause: Cause
    tools: tuple[str, ...] = ()
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()
    will_repeat: bool = False

    @property
    def tool(self) -> str:
        """The first program that complained; "" where none is known."""
        return self.tools[0] if self.tools else ""


def diagnose(facts: Facts) -> Diagnosis:
    """Say what broke. The surest evidence decides: the run's own state, then tools' own words, then test results."""
    if not facts.state.is_failed:
        return Diagnosis(Cause.NONE, confidence=1.0)
    if facts.state is State.TIMED_OUT:
        return Diagnosis(Cause.TIMEOUT, confidence=1.0, evidence=_lines(facts))
    if facts.state is State.ERROR and facts.problem:
        # A configuration that cannot be read is not read better the next time.
        return Diagnosis(Cause.CONFIG, confidence=1.0, evidence=(facts.problem,), will_repeat=True)
    if facts.state is State.ERROR:
        return Diagnosis(Cause.INFRA, confidence=0.9, evidence=_lines(facts))
    for cause, confidence in ((Cause.FORMAT, 0.95), (Cause.LINT, 0.9)):
        found = _of_kind(facts, cause)
        if found:
            return _of_tools(cause, found, confidence, facts)
    broken = _of_kind(facts, "compile")
    # A report of tests comes from code that was built; a log may name tests that ran although other code was not.
    if broken and all(test.is_from_log for test in facts.failed_tests):
        return Diagnosis(Cause.UNKNOWN, _tools(broken), 0.6, _texts(broken), will_repeat=True)
    if facts.failed_tests:
        return _of_tests(facts)
    return _of_log(facts)


def _of_tools(cause: Cause, found: list[Finding], confidence: float, facts: Facts) -> Diagnosis:
    # A run may hold both: what the formatter says comes first, what linters say is mended along with it.
    others = [finding for finding in _of_kind(facts, Cause.LINT) if finding not in found]
    evidence = [finding.text for finding in (*found, *others)] + [test.text for test in facts.failed_tests]
    return Diagnosis(
        cause,
        tools=tuple(dict.fromkeys(finding.tool for finding in (*found, *others) if finding.tool)),
        confidence=confidence,
        evidence=tuple(evidence[:EVIDENCE_LINES]),
        will_repeat=True,
    )


def _of_tests(facts: Facts) -> Diagnosis:
    tools = dict.fromkeys(finding.tool for finding in facts.complaints if finding.kind == "test" and finding.tool)
    return Diagnosis(
        Cause.TEST,
        tools=tuple(tools),
        confidence=0.9,
        evidence=tuple(test.text for test in facts.failed_tests[:EVIDENCE_LINES]),
        will_repeat=any(test.never_ran for test in facts.failed_tests),
    )


def _of_log(facts: Facts) -> Diagnosis:
    by_kind = {kind: _of_kind(facts, kind) for kind in ("test", "infra", "error")}
    if by_kind["test"]:
        return Diagnosis(Cause.TEST, _tools(by_kind["test"]), 0.6, _texts(by_kind["test"]))
    if by_kind["infra"]:
        return Diagnosis(Cause.INFRA, _tools(by_kind["infra"]), 0.6, _texts(by_kind["infra"]))
    return Diagnosis(Cause.UNKNOWN, _tools(by_kind["error"]), 0.2, _texts(by_kind["error"]) or _lines(facts))


def _of_kind(facts: Facts, kind: str) -> list[Finding]:
    kinds = _KINDS.get(kind, frozenset({kind}))
    return [finding for finding in facts.complaints if finding.kind in kinds]


def _tools(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.tool for finding in findings if finding.tool))


def _texts(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(finding.text for finding in findings[:EVIDENCE_LINES])


def _lines(facts: Facts) -> tuple[str, ...]:
    lines = [finding.text for finding in facts.complaints] + [test.text for test in facts.failed_tests]
    lines += [finding.text for finding in facts.remarks]
    return tuple((lines or [line for line in facts.excerpt if line.strip()])[:EVIDENCE_LINES])
