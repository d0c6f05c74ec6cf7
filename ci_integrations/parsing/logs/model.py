"""What is read out of a console log."""

from dataclasses import dataclass, field
from typing import Final

# Severities that make no job fail by themselves.
LESS_THAN_ERRORS: Final = frozenset({"warning", "note"})


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of the log, counted from 1, both included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Issue:
    """What a tool complained of, at a line of the log; `path` is "" and `source_line` None where it names no place.

    `kind` is its class (compile, type, lint, format, security, package, docker, vcs, command, test, crash, infra,
    error), `signature` the same for the same complaint in another run; `severity` is error, warning, note or "" where
    the tool does not say. `column` counts as the tool does.
    """

    line: int
    tool: str
    message: str
    kind: str
    path: str = ""
    source_line: int | None = None
    signature: str = ""
    column: int | None = None
    severity: str = ""


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed: its name as the framework prints it, the line of the log that names it, counted from 1, and
    what is said there of the failure ("": nothing).
    """

    name: str
    line: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class TestTally:
    """How many tests a log tells of, at least so many ran; None where it does not. `failed` is 0 where it tells of no
    failed test.
    """

    __test__ = False

    total: int | None = None
    failed: int | None = None
    skipped: int | None = None


@dataclass(frozen=True, slots=True)
class LogScan:
    """What a log says. `excerpts` are ranked: the first is shown to people."""

    excerpts: tuple[Span, ...] = ()
    issues: tuple[Issue, ...] = ()
    failed_tests: tuple[FailedTest, ...] = ()
    tally: TestTally = field(default_factory=TestTally)
    duration_s: float | None = None
