"""What `orchestrate ci parse` answers for a file, as JSON."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, Final

from ci_integrations.parsing.coverage import Coverage, Ratio, merged
from ci_integrations.parsing.files import Kind, Unreadable, read_file
from ci_integrations.parsing.logs import LogScan, Span
from ci_integrations.parsing.logtext import log_lines
from ci_integrations.parsing.reports import Counts, ReportReader
from ci_integrations.parsing.reports.summary import counted, labels

SHOWN_LINES: Final = 50
_CONSOLE: Final = (".log", ".log.gz")


@dataclass(slots=True)
class Answer:
    """What a file holds: any of a log, tests and coverage; `errors` say what is wrong with it, or why it is nothing.

    `excerpt` is the text of the log's first excerpt, where it was asked for.
    """

    file: str
    log: LogScan | None = None
    excerpt: list[str] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    failed: list[str] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    errors: dict[str, None] = field(default_factory=dict)
    recovered: bool = False
    truncated: bool = False

    def document(self) -> dict[str, Any]:
        """The JSON object. A file that is unknown holds no tests."""
        kind = "tests" if self.formats else "coverage" if self.coverages else "log" if self.log else "unknown"
        document: dict[str, Any] = {"file": self.file, "kind": kind}
        if kind in ("tests", "unknown"):
            document |= self._tests()
        if self.coverages:
            document |= self._coverage(with_format=not self.formats)
        if self.formats or self.coverages:
            document |= {"recovered": self.recovered, "truncated": self.truncated}
        elif self.log:
            document |= _log(self.log)
        if self.errors:
            document["error"] = "; ".join(self.errors)
        return document

    def _tests(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "format": "+".join(self.formats) or None,
            "tests": counts.tests,
            "failures": counts.failures,
            "errors": counts.errors,
            "skipped": counts.skipped,
            "failed": self.failed,
        }

    def _coverage(self, *, with_format: bool) -> dict[str, Any]:
        coverage = merged(self.coverages)
        ratios = {"lines": coverage.lines, "branches": coverage.branches, "statements": coverage.statements}
        figures = {kind: _pair(ratio) for kind, ratio in ratios.items() if ratio is not None}
        if coverage.line_rate is not None:
            return {"format": coverage.format, "line_rate": coverage.line_rate}
        return ({"format": coverage.format} if with_format else {}) | figures


def answer_of(name: str, stream: BinaryIO, kind: Kind = Kind.AUTO, *, with_excerpt: bool = False) -> Answer:
    """Read a seekable stream. The name says only whether text that may be either is a log, by `.log` at its end."""
    answer = Answer(name)
    for piece in read_file(stream, kind, is_console=name.lower().endswith(_CONSOLE)):
        content = piece.content
        if piece.error:
            answer.truncated = True
            answer.errors[piece.error] = None
        if isinstance(content, Unreadable):
            answer.errors[content.error] = None
        elif isinstance(content, Coverage):
            answer.coverages.append(content)
            _flag(answer, content)
        elif isinstance(content, LogScan):
            answer.log = content
            if with_excerpt and content.excerpts:
                answer.excerpt = _excerpt(piece.stream, content.excerpts[0])
        else:
            _add_tests(answer, content)
    return answer


def _add_tests(answer: Answer, reader: ReportReader) -> None:
    counts, failed = counted(reader)
    answer.formats[reader.reading.format] = None
    answer.counts.plus(counts)
    answer.failed += labels(failed, reader.reading)
    _flag(answer, reader.reading)


def _flag(answer: Answer, part: Any) -> None:
    answer.recovered = answer.recovered or part.recovered
    answer.truncated = answer.truncated or part.truncated
    if part.error:
        answer.errors[part.error] = None


def _excerpt(stream: BinaryIO, span: Span) -> list[str]:
    stream.seek(0)
    return list(islice(log_lines(stream), span.start - 1, min(span.end, span.start + SHOWN_LINES - 1)))


def _log(scan: LogScan) -> dict[str, Any]:
    tally = scan.tally
    return {
        "excerpts": [{"start": span.start, "end": span.end} for span in scan.excerpts],
        "findings": [
            {
                "line": issue.line,
                "path": issue.path or None,
                "source_line": issue.source_line,
                "message": issue.message,
                "tool": issue.tool,
                "class": issue.kind,
                "signature": issue.signature,
            }
            for issue in scan.issues
        ],
        "failed_tests": [test.name for test in scan.failed_tests],
        "tests": {"total": tally.total, "failed": tally.failed, "skipped": tally.skipped},
        "duration_s": scan.duration_s,
    }


def _pair(ratio: Ratio) -> dict[str, int]:
    return {"covered": ratio.covered, "total": ratio.total}
