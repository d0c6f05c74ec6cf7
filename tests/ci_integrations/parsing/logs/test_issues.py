"""Complaints of tools in logs: each declaration is tested by its own example."""

import time

import pytest

from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.issues import COMPLAINTS
from ci_integrations.parsing.logs.model import Issue
from ci_integrations.parsing.logs.tools.complaints import Complaint


def issues_of(log: str) -> tuple[Issue, ...]:
    lines = log.split("\n")
    findings = Findings()
    findings.feed(range(1, len(lines) + 1), lines)
    _, issues = findings.results()
    return issues


@pytest.mark.parametrize(
    "complaint",
    [pytest.param(complaint, id=f"{complaint.tool or 'place'} {n}") for n, complaint in enumerate(COMPLAINTS)],
)
def test_complaint_is_found_in_its_example(complaint: Complaint) -> None:
    found = issues_of(complaint.example)

    if not complaint.kind:
        assert found == ()
        return
    [issue] = found
    assert (issue.path, issue.source_line, issue.message) == complaint.says
    assert (issue.tool, issue.kind) == (complaint.tool, complaint.kind)


def test_wrapped_lines_are_read_without_their_wrapping() -> None:
    [of_ant, of_runner] = issues_of(
        "    [javac] /build/src/App.java:12: error: ';' expected\n##[error]src/app.ts(4,7): error TS2322: wrong type"
    )

    assert (of_ant.path, of_ant.source_line, of_ant.kind) == ("/build/src/App.java", 12, "compile")
    assert (of_runner.path, of_runner.source_line) == ("src/app.ts", 4)


@pytest.mark.parametrize(
    "line",
    [
        "12:30:45: starting up",
        "10.0.0.1:443: connected",
        "registry.example.com:443: hello",
        "http://example.com:80/index.html",
        "    at Object.<anonymous> (src/a.js:12:3)",
        "    adder_test.go:5: got 1, want 2",
        "make: *** [Makefile:3: app.o] Error 1",
        "##[error]Process completed with exit code 1.",
        "tests/test_app.py:12: AssertionError",
        "ERROR: connection refused, retrying (attempt 1/3)",
    ],
)
def test_lines_that_complain_of_nothing_are_left(line: str) -> None:
    assert issues_of(line) == ()


def test_a_complaint_is_told_once() -> None:
    line = "include/app.h:4:2: warning: unused parameter 'x' [-Wunused-parameter]"

    assert [issue.line for issue in issues_of(f"{line}\n{line}\n{line.replace('4:2', '5:2')}")] == [1, 3]


def test_signature_is_the_same_in_another_run() -> None:
    [one] = issues_of("/home/runner/work/app/app/src/app.c:4:2: error: 0x7f3a at /tmp/tmp.Xy12/a.o took 12 ms")
    [other] = issues_of("/builds/acme/app/src/app.c:9:7: error: 0x1b2c at /tmp/tmp.Qq77/a.o took 345 ms")
    [third] = issues_of("/builds/acme/app/src/app.c:9:7: error: unknown type name 'y'")

    assert one.signature == other.signature
    assert one.signature != third.signature


def test_complaints_that_wait_for_more_cost_little_however_many_they_are() -> None:
    began = time.process_time()
    issues_of("Traceback (most recent call last):\n" * 20_000 + "ValueError: wrong")

    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("said", "severity"),
    [("(error): ", "error"), ("(warning): ", "warning"), ("(info): ", "note"), ("(style): ", "warning"), (": ", "")],
)
def test_the_severity_of_what_shellcheck_says(said: str, severity: str) -> None:
    [issue] = issues_of(f"In build.sh line 3:\necho $x\n     ^-- SC2086 {said}Double quote to prevent globbing.")

    assert issue.severity == severity
    assert issue.message.startswith("SC2086")


@pytest.mark.parametrize(
    "line",
    [
        "  ✓ throws if read timed out (2 ms)",
        "ok 12 - returns 503 Service Unavailable",
        "tests/test_net.py::test_connection_reset by peer PASSED [ 50%]",
        "[       OK ] Net.connection reset by peer (3 ms)",
        'HTTP Request: GET http://testserver/ "HTTP/1.1 500 Internal Server Error"',
        "Killed   12",
        "making a remote call on port 80",
    ],
)
def test_what_tests_are_named_after_is_no_trouble_of_the_machine(line: str) -> None:
    assert issues_of(line) == ()


def test_what_was_thrown_below_a_place_is_no_complaint_of_a_type_checker() -> None:
    assert issues_of("e2e/a.spec.ts:12:5\nError: expect(received).toBe(expected)") == ()
