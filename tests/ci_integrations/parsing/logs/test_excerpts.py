"""The spans that say why a job failed, over logs of every shape."""

import time
import tracemalloc
from collections.abc import Iterable
from itertools import chain

import pytest

from ci_integrations.parsing.logs import Span, scan_log
from ci_integrations.parsing.logs.cleaning import clean
from ci_integrations.parsing.logs.excerpts import Excerpts

INSTALL = [
    "$ pip install -r requirements.txt",
    *(f"Collecting package-{n}==1.{n}" for n in range(40)),
    *(f"  Downloading package_{n}-1.{n}-py3-none-any.whl (30 kB)" for n in range(40)),
    "Successfully installed 40 packages",
    'The command "pip install -r requirements.txt" exited with 0.',
    "",
]
PYTEST = [
    "============================= test session starts ==============================",
    "collected 3 items",
    "",
    "tests/test_add.py F..                                                    [100%]",
    "",
    "=================================== FAILURES ===================================",
    "___________________________________ test_add ___________________________________",
    "",
    "    def test_add():",
    ">       assert add(1, 2) == 4",
    "E       assert 3 == 4",
    "",
    "tests/test_add.py:5: AssertionError",
    "=========================== short test summary info ============================",
    "FAILED tests/test_add.py::test_add - assert 3 == 4",
    "========================= 1 failed, 2 passed in 0.12s ==========================",
]
EXIT = ['The command "make check" exited with 1.', "", "Done. Your build exited with 1."]


def excerpts(lines: Iterable[str], background: Iterable[str] = ()) -> tuple[Span, ...]:
    found = Excerpts(map(clean, background))
    for raw in lines:
        found.feed([clean(raw)])
    return found.spans()


def test_the_first_span_is_the_traceback_before_the_exit() -> None:
    traceback = [
        "Traceback (most recent call last):",
        '  File "check.py", line 10, in <module>',
        "    main()",
        '  File "check.py", line 7, in main',
        "    raise ValueError(name)",
        "ValueError: no such colour: mauve",
    ]
    before = [*INSTALL, "$ make check", "checking colours", ""]

    first = excerpts([*before, *traceback, *EXIT])[0]

    assert first == Span(len(before) + 1, len(before) + len(traceback))


def test_a_compiler_error_is_shown_and_not_the_warnings_of_what_passed() -> None:
    warnings = [f"src/a{n}.c:{n}:1: warning: unused variable 'x{n}'" for n in range(1, 30)]
    error = ["src/main.c:12:5: error: use of undeclared identifier 'total'", "    total = 1;", "    ^"]
    lines = [*INSTALL, "$ make check", *warnings, *error, "1 error generated.", "make: *** [main.o] Error 1", *EXIT]
    at = lines.index(error[0]) + 1

    first = excerpts(lines)[0]

    assert first.start <= at <= first.end
    assert first.start > lines.index(warnings[len(warnings) // 2]) + 1


@pytest.mark.parametrize(
    "prefix",
    ["", "2026-04-22T16:11:48.3191515Z ", "2024-05-22T12:43:46.962646Z 00O "],
    ids=["none", "GitHub", "GitLab"],
)
@pytest.mark.parametrize(
    ("opening", "exit_line"),
    [
        pytest.param("##[group]Run make check", "##[error]Process completed with exit code 2.", id="GitHub"),
        pytest.param("$ make check", "ERROR: Job failed: exit code 2", id="GitLab"),
        pytest.param("#!/bin/bash -eo pipefail", "Exited with code exit status 2", id="CircleCI"),
        pytest.param("~~~ Running commands", "Error: The command exited with status 2", id="Buildkite"),
        pytest.param("##[section]Starting: check", "##[error]Bash exited with code '2'.", id="Azure"),
    ],
)
def test_every_server_tells_where_to_look(prefix: str, opening: str, exit_line: str) -> None:
    failure = ["  1) adds two numbers:", "     AssertionError: expected 3 to equal 4", "      at test/add.js:7:12"]
    lines = [
        *(f"Receiving objects: {n}% ({n}/100)" for n in range(100)),
        opening,
        *(f"  ok case {n}" for n in range(200)),
        "",
        *failure,
        "",
        exit_line,
        "Cleaning up project directory and file based variables",
    ]
    at = lines.index(failure[1]) + 1

    first = excerpts(prefix + line for line in lines)[0]

    assert first.start <= at <= first.end


def test_a_failure_far_from_the_end_of_a_long_log_is_found() -> None:
    failure = ["FAILED: obj/main.o", "main.cc:3:1: error: expected ';' after class", "1 error generated."]
    noise = [f"[{n}/20000] Building CXX object src/file{n}.cc.o" for n in range(10_000)]
    lines = ["$ ninja", *noise, *failure, *noise, "ninja: build stopped: subcommand failed.", *EXIT]
    at = lines.index(failure[1]) + 1

    shown = excerpts(lines)[:5]

    assert any(span.start <= at <= span.end for span in shown)


def test_spans_stay_in_the_log_and_never_overlap() -> None:
    lines = [*INSTALL, "$ make check", *(f"error {n}: wrong\n"[:-1] for n in range(150)), *EXIT]

    spans = excerpts(lines)

    seen = [number for span in spans for number in range(span.start, span.end + 1)]
    assert len(seen) == len(set(seen))
    assert min(seen) >= 1
    assert max(seen) <= len(lines)
    assert all(span.start <= span.end for span in spans)


def test_the_end_of_what_failed_is_among_the_first_200_lines() -> None:
    frames = [f'  File "module.py", line {n}, in call' for n in range(18)]
    tracebacks = [
        ["", "Traceback (most recent call last):", *frames, f"ValueError: {letter * 3} is wrong", ""]
        for letter in "abcdefghijklmnopqrst"
    ]
    teardown = [f"teardown of {chr(97 + n % 26) * 3}" for n in range(30)]
    lines = [*INSTALL, "$ make check", *chain(*tracebacks), *teardown, "summary: bad", *EXIT]
    room, kept = 200, set[int]()
    for span in excerpts(lines):
        kept.update(range(span.start, min(span.end, span.start + room - 1) + 1))
        room -= span.end - span.start + 1
        if room <= 0:
            break

    assert lines.index("summary: bad") + 1 in kept


def test_what_passing_runs_say_too_is_no_reason() -> None:
    usual = ["ERROR: could not reach the metrics server (attempt 3)", "    at metrics.send (metrics.js:10)"]
    reason = ["The size of the bundle is 310 kB", "which is over the limit of 300 kB"]
    lines = [*INSTALL, "$ make check", *usual, "", *reason, *EXIT]
    at = range(lines.index(reason[0]) + 1, lines.index(reason[-1]) + 2)
    passing = [line.replace("attempt 3", "attempt 1") for line in usual]

    assert excerpts(lines)[0].start not in at
    assert excerpts(lines, background=["$ make check", *passing])[0].start in at


@pytest.mark.parametrize("lines", [[], [""], ["", "-----", ""]], ids=["no line", "a blank line", "rules"])
def test_a_log_that_says_nothing_has_no_excerpts(lines: list[str]) -> None:
    assert excerpts(lines) == ()


def test_a_log_of_one_line_is_its_excerpt() -> None:
    assert excerpts(["fatal: not a git repository"]) == (Span(1, 1),)


@pytest.mark.parametrize(
    "line",
    ["error ", "\x1b[", "\x1b[1;", "travis_fold:", "section_start:1:", "a.b:", "^~", "\t", "1 ", "[", "a\t2024-01-01T"],
)
def test_hostile_lines_take_no_time(line: str) -> None:
    started = time.process_time()

    excerpts([line * (100_000 // len(line))] * 50)

    assert time.process_time() - started < 5


def test_memory_does_not_grow_with_the_log() -> None:
    tracemalloc.start()
    peaks = []
    for size in (20_000, 80_000):
        tracemalloc.reset_peak()
        excerpts(f"Error: case {n} of {'x' * (n % 50)} failed with a long explanation" for n in range(size))
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.3


def test_a_scan_tells_excerpts_tests_and_issues_of_one_pass() -> None:
    lines = iter(
        [
            *PYTEST,
            *EXIT,
        ]
    )

    scan = scan_log(lines)

    assert scan.excerpts[0].start <= PYTEST.index("E       assert 3 == 4") + 1 <= scan.excerpts[0].end
    assert [test.name for test in scan.failed_tests] == ["tests/test_add.py::test_add"]
    assert (scan.tally.total, scan.tally.failed) == (3, 1)
    assert scan.duration_s == pytest.approx(0.12)


def test_texts_that_overwrite_each_other_in_a_very_long_line_are_all_read() -> None:
    scan = scan_log(["\r".join(["progress " * 600, *PYTEST, "done"])])

    assert [test.name for test in scan.failed_tests] == ["tests/test_add.py::test_add"]
