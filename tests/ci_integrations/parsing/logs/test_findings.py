"""Results and complaints read in one go are what each reader finds alone."""

import pytest

from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.issues import COMPLAINTS, Issues
from ci_integrations.parsing.logs.results import Results
from ci_integrations.parsing.logs.tools.frameworks import FRAMEWORKS


@pytest.mark.parametrize(
    "log",
    [
        *(pytest.param(example.log, id=tool.name) for tool in FRAMEWORKS for example in tool.examples),
        *(pytest.param(complaint.example, id=f"{complaint.tool} {n}") for n, complaint in enumerate(COMPLAINTS)),
    ],
)
def test_one_go_finds_what_two_find(log: str) -> None:
    findings, results, issues = Findings(), Results(), Issues()
    for number, line in enumerate(log.split("\n"), start=1):
        findings.feed(number, line)
        results.feed(number, line)
        issues.feed(number, line)

    assert findings.results() == (results.results(), issues.results())
