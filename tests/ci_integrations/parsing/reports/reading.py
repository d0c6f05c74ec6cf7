"""Reads small reports for the tests."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports import Counts, Limits, Reading, open_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


@dataclass
class Read:
    """A report, read to its end."""

    reading: Reading
    tests: list[TestData] = field(default_factory=list)

    @property
    def outcomes(self) -> list[tuple[str, str, Outcome]]:
        return [(test.suite, test.name, test.outcome) for test in self.tests]

    @property
    def counts(self) -> Counts:
        counts = Counts()
        for test in self.tests:
            counts.add(test.outcome)
        return counts


def read(content: str | bytes, limits: Limits | None = None) -> Read:
    """The report must be one."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    reader = open_report(stream, limits)
    assert reader is not None
    return Read(reader.reading, list(reader))


def read_json(document: Any) -> Read:
    """Of a document that is written so."""
    return read(json.dumps(document))


def read_lines(*events: Any) -> Read:
    """Of a stream of events."""
    return read("".join(json.dumps(event) + "\n" for event in events))


def is_report(content: str | bytes) -> bool:
    """Whether it is taken for one."""
    return open_report(io.BytesIO(content.encode() if isinstance(content, str) else content)) is not None
