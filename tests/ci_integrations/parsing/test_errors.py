"""What a log says went wrong."""

import pytest

from ci_integrations.parsing.errors import Finding, LogScanner
from ci_integrations.parsing.recognisers import RECOGNISERS, Recogniser


def scan(text: str, *, limit: int = 50) -> list[Finding]:
    scanner = LogScanner(limit=limit)
    for number, line in enumerate(text.split("\n"), start=1):
        scanner.feed(number, line)
    return list(scanner.findings)


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda one: f"{one.tool or 'any'}: {one.example[:30]!r}")
def test_each_recogniser_finds_its_example_before_any_other(recogniser: Recogniser) -> None:
    found = scan(f"some line\n{recogniser.example}\nanother line")
    assert [(one.line, one.tool, one.kind) for one in found] == [
        (2 if recogniser.lines == 2 else found[0].line, recogniser.tool, recogniser.kind)
    ]


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda one: f"{one.tool or 'any'}: {one.example[:30]!r}")
def test_needles_are_lower_case_and_stand_in_the_line_that_is_found(recogniser: Recogniser) -> None:
    last = recogniser.example.split("\n")[-1].lower()
    assert any(needle in last for needle in recogniser.needles)
    assert all(needle == needle.lower() for needle in recogniser.needles)


@pytest.mark.parametrize(
    ("text", "message", "file", "line", "column"),
    [
        ("Would reformat: src/a b.py", "Would reformat: src/a b.py", "src/a b.py", None, None),
        ("unformatted: File would be reformatted\n --> a.py:2:1", "File would be reformatted", "a.py", 2, 1),
        ("would reformat src/app.py", "would reformat src/app.py", "src/app.py", None, None),
        ("a.py:1:8: F401 [*] `os` imported but unused", "F401 [*] `os` imported but unused", "a.py", 1, 8),
        ("F401 [*] `os` imported\n --> src/a.py:1:8", "F401 [*] `os` imported", "src/a.py", 1, 8),
        ("C:\\b\\a.c:4:2: error: expected ';'", "expected ';'", "C:\\b\\a.c", 4, 2),
        ("a.c:4: fatal error: b.h: No such file", "b.h: No such file", "a.c", 4, None),
        ("src/app.ts(4,7): error TS2322: Type", "TS2322: Type", "src/app.ts", 4, 7),
        ("error[E0308]: mismatched types\n  --> src/main.rs:4:18", "mismatched types", "src/main.rs", 4, 18),
        ("tests/test_app.py:12: AssertionError", "AssertionError", "tests/test_app.py", 12, None),
        (
            "FAILED tests/test_a.py::test_b[x: y] - assert 1 == 2",
            "FAILED tests/test_a.py::test_b[x: y] - assert 1 == 2",
            "tests/test_a.py",
            None,
            None,
        ),
        ("ERROR tests/test_a.py - ImportError", "ERROR tests/test_a.py - ImportError", "tests/test_a.py", None, None),
        ("##[error]Process completed with exit code 1.", "Process completed with exit code 1.", "", None, None),
    ],
)
def test_a_finding_carries_the_message_and_the_place(
    text: str, message: str, file: str, line: int | None, column: int | None
) -> None:
    (found,) = scan(text)
    assert (found.message, found.file, found.source_line, found.column) == (message, file, line, column)


@pytest.mark.parametrize(
    "line",
    [
        "program finished with exit code 0",
        "exit status: 000",
        "./run || exit 1; echo passed",
        "0 errors, 0 warnings",
        "collected 3 items",
        "tests/test_errors.py ...                       [100%]",
        "ok 1 - no errors",
        "not ok 2 - later # TODO",
        "error_handler.py compiled",
        "All checks passed!",
        "3 files already formatted",
        "tests/test_a.py:12: DeprecationWarning: old",
        "see https://example.com:8080/error for more",
        "",
    ],
)
def test_harmless_lines_are_no_findings(line: str) -> None:
    assert scan(line) == []


@pytest.mark.parametrize(
    "line",
    ["program finished with exit code 2", "exited with 1", "exit status: 127", 'The command "x" exited with code 1.'],
)
def test_exit_codes_other_than_zero_are_findings(line: str) -> None:
    assert [one.kind for one in scan(line)] == ["error"]


TRACEBACK = """Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    raise ValueError("error: inner")
  File "/app/lib.py", line 9, in load
    error: this is source text
ValueError: no such thing
done"""


@pytest.mark.parametrize("prefix", ["", "E   ", "app | "])
def test_a_traceback_is_one_finding_at_its_last_line_with_the_last_frame(prefix: str) -> None:
    text = "\n".join(prefix + line for line in TRACEBACK.split("\n"))
    (found,) = scan(text)
    assert (found.line, found.kind, found.tool) == (6, "error", "python")
    assert found.message == f"{prefix}ValueError: no such thing".strip()
    assert (found.file, found.source_line) == ("/app/lib.py", 9)


def test_a_traceback_that_ends_in_a_network_failure_is_of_the_machine() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1\nConnectionRefusedError: Connection refused'
    assert [one.kind for one in scan(text)] == ["infra"]


def test_a_traceback_that_is_cut_off_does_not_swallow_what_follows() -> None:
    text = "E   Traceback (most recent call last):\nerror: something else"
    assert scan(text) == [Finding(line=2, kind="error", message="error: something else")]


def test_the_two_line_form_replaces_what_its_first_line_alone_said() -> None:
    found = scan("error[E0308]: mismatched types\n --> src/main.rs:4:18", limit=1)
    assert [(one.line, one.kind, one.file) for one in found] == [(1, "compile", "src/main.rs")]


def test_time_stamps_before_a_line_do_not_hide_it() -> None:
    (found,) = scan("2024-05-01T12:00:00.1234567Z FAILED tests/test_a.py::test_b")
    assert found.tool == "pytest"


def test_the_first_findings_are_kept() -> None:
    found = scan("\n".join(f"error: number {number}" for number in range(100)), limit=3)
    assert [one.message for one in found] == ["error: number 0", "error: number 1", "error: number 2"]


HOSTILE = [
    *("a/", "a:1:", "1.", ".", ":", "(", '"\\', "\t", " ", "\u2003", "--> "),
    *("gofmt -l ", "error ", "Error: ", "exit ", "make: *** ", "FAILED ", "::error ", "[warn] a."),
    *("diff a.go.orig ", "Diff in a", "2024-01-01T00:00:00.", "not ok 1 # TODO "),
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("start", ["", "error: cannot format ", "ERROR: ", "a.py:1:1: ", "FAILED "])
def test_a_hostile_line_of_100_kb_ends_and_is_cut(start: str, unit: str) -> None:
    line = start + unit * (100_000 // len(unit))
    for found in scan(f"{line}\n{line}"):
        assert len(found.message) <= 1_000
        assert len(found.file) <= 4_096


def test_text_after_the_cut_of_a_long_line_is_not_looked_at() -> None:
    assert scan("x" * 4_096 + " FAILED") == []
    assert len(scan("x" * 4_000 + " FAILED")) == 1
