"""The lines of logs that say what went wrong, as data: the specific before the general.

A new tool is a row. Each pattern is linear on any line: bounded or possessive repeats, no two after each other that can
eat the same text.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One kind of line and who prints it.

    `needles` are lower-case texts of which a line must hold one; `pattern` is searched in the line, or with `lines` 2
    in the line before and this one, joined by LF. Its groups `message`, `file`, `source_line` and `column` fill the
    finding; without `message` the line is the message. `example` is what the tool prints.
    """

    tool: str
    kind: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    example: str
    lines: int = 1


def _line(tool: str, kind: str, needles: str, pattern: str, example: str) -> Recogniser:
    lines = example.count("\n") + 1
    return Recogniser(tool, kind, tuple(needles.split("|")), re.compile(pattern), example, lines)


def _infra(tool: str, needles: str, example: str) -> Recogniser:
    return _line(tool, "infra", needles, "(?i)" + needles, example)


_FILE: Final = r"(?P<file>(?:[A-Za-z]:)?[^\s:][^:\n]{0,400})"
_PLACE: Final = _FILE + r":(?P<source_line>\d{1,7})"
_PLACE_COLUMN: Final = _PLACE + r":(?P<column>\d{1,7})"
_ARROW: Final = r"\n *--> " + _PLACE_COLUMN

RECOGNISERS: Final = (
    # Formatters
    _line(
        "ruff format",
        "format",
        "-->",
        r"^unformatted: (?P<message>File would be reformatted)" + _ARROW,
        "unformatted: File would be reformatted\n --> src/app.py:2:1",
    ),
    _line(
        "ruff format",
        "format",
        "would reformat: ",
        r"^Would reformat: (?P<file>\S.*)",
        "Would reformat: src/app.py",
    ),
    _line(
        "black",
        "format",
        "would be reformatted",
        r"^\d{1,7} files? would be reformatted(?:, \d{1,7} files? would be left unchanged)?\.",
        "1 file would be reformatted, 2 files would be left unchanged.",
    ),
    _line(
        "ruff format",
        "format",
        "would be reformatted",
        r"^\d{1,7} files? would be reformatted",
        "1 file would be reformatted, 3 files already formatted",
    ),
    _line("black", "format", "would reformat ", r"^would reformat (?P<file>\S.*)", "would reformat src/app.py"),
    _line(
        "black",
        "format",
        "cannot format ",
        r"^error: cannot format (?P<file>[^:]{1,400}): (?P<message>.+)",
        "error: cannot format src/app.py: Cannot parse: 1:4: x = = 1",
    ),
    _line(
        "isort",
        "format",
        "imports are incorrectly sorted",
        r"^ERROR: (?P<file>.{1,400}?) (?P<message>Imports are incorrectly sorted.*)",
        "ERROR: /build/src/app.py Imports are incorrectly sorted and/or formatted.",
    ),
    _line(
        "prettier",
        "format",
        "[warn] ",
        r"^\[warn\] (?P<message>Code style issues .*)",
        "[warn] Code style issues found in 2 files. Run Prettier with --write to fix.",
    ),
    _line("prettier", "format", "[warn] ", r"^\[warn\] (?P<file>\S{1,400}\.\w{1,10})$", "[warn] src/app.js"),
    _line(
        "gofmt",
        "format",
        "(gofmt)|(gofumpt)|(goimports)",
        "^" + _PLACE + r":(?:(?P<column>\d{1,7}):)? (?P<message>File is not .*\((?:gofmt|gofumpt|goimports)\))",
        "main.go:3:1: File is not properly formatted (gofmt)",
    ),
    _line(
        "gofmt",
        "format",
        ".go.orig",
        r"^diff (?:-u )?\S{1,400}\.go\.orig (?P<file>\S{1,400}\.go)$",
        "diff -u main.go.orig main.go",
    ),
    _line(
        "gofmt",
        "format",
        ".go",
        r"^(?>[^\n]*?gofmt )(?>[^\n]*?-l)[^\n]*+\n(?P<file>\S{1,400}\.go)$",
        "$ gofmt -l .\ncmd/main.go",
    ),
    _line(
        "rustfmt",
        "format",
        "diff in ",
        r"^Diff in (?P<file>\S{1,400}?)(?: at line |:)(?P<source_line>\d{1,7})",
        "Diff in /build/src/main.rs:12:",
    ),
    _line(
        "clang-format",
        "format",
        "-wclang-format-violations",
        "^" + _PLACE_COLUMN + r": (?:error|warning): (?P<message>.*\[-Wclang-format-violations\])",
        "src/app.c:4:2: error: code should be clang-formatted [-Wclang-format-violations]",
    ),
    # Linters
    _line(
        "ruff",
        "lint",
        "-->",
        r"^(?P<message>(?:[A-Z]{1,5}\d{3,5}|invalid-syntax:) [^\n]+)" + _ARROW,
        "F401 [*] `os` imported but unused\n --> src/app.py:1:8",
    ),
    _line(
        "pylint",
        "lint",
        ": c|: r|: w|: e|: f",
        "^" + _PLACE_COLUMN + r": (?P<message>[CRWEF]\d{4}: .+)",
        "src/app.py:1:0: C0114: Missing module docstring (missing-module-docstring)",
    ),
    # flake8 and ruff's concise form print the same line.
    _line(
        "ruff/flake8",
        "lint",
        ": ",
        "^" + _PLACE_COLUMN + r": (?P<message>[A-Z]{1,5}\d{3,5} .+)",
        "src/app.py:1:8: F401 [*] `os` imported but unused",
    ),
    _line(
        "mypy",
        "lint",
        ": error: ",
        r"^(?P<file>[^\s:][^:]{0,400}\.pyi?):(?P<source_line>\d{1,7}):(?:(?P<column>\d{1,7}):)? error: (?P<message>.+)",
        'src/app.py:12: error: Incompatible return value type (got "int", expected "str")  [return-value]',
    ),
    _line(
        "eslint",
        "lint",
        "  error  ",
        r"^ +(?P<source_line>\d{1,7}):(?P<column>\d{1,7})  error  (?P<message>.+)",
        "  2:10  error  'unused' is defined but never used  no-unused-vars",
    ),
    # Compilers
    _line(
        "rustc",
        "compile",
        "-->",
        r"^error(?:\[E\d{4}\])?: (?P<message>[^\n]+)" + _ARROW,
        "error[E0308]: mismatched types\n --> src/main.rs:4:18",
    ),
    _line(
        "tsc",
        "compile",
        "error ts",
        "^" + _FILE + r"\((?P<source_line>\d{1,7}),(?P<column>\d{1,7})\): error (?P<message>TS\d{4,5}: .+)",
        "src/app.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    ),
    _line(
        "maven",
        "compile",
        "[error] ",
        r"^\[ERROR\] " + _FILE + r":\[(?P<source_line>\d{1,7}),(?P<column>\d{1,7})\] (?P<message>.+)",
        "[ERROR] /build/src/main/java/App.java:[12,5] cannot find symbol",
    ),
    _line(
        "cc",
        "compile",
        "error: ",
        "^" + _PLACE + r":(?:(?P<column>\d{1,7}):)? (?:fatal )?error: (?P<message>.+)",
        "src/app.c:4:2: error: expected ';' before '}' token",
    ),
    _line(
        "go",
        "compile",
        ".go:",
        r"^(?P<file>[^\s:]{1,400}\.go):(?P<source_line>\d{1,7}):(?P<column>\d{1,7}): (?P<message>.+)",
        "./main.go:5:2: undefined: answer",
    ),
    # Tests
    _line(
        "pytest",
        "test",
        "failed |error ",
        r"^(?:FAILED|ERROR) (?P<file>[^\s:]{1,400}\.py)(?=::| - |$)",
        "FAILED tests/test_app.py::test_answer - assert 41 == 42",
    ),
    _line(
        "pytest",
        "test",
        ".py:",
        r"^(?P<file>[^\s:]{1,400}\.py):(?P<source_line>\d{1,7}): (?P<message>[A-Za-z_][\w.]{1,120})$",
        "tests/test_app.py:12: AssertionError",
    ),
    _line(
        "unittest",
        "test",
        "fail: |error: ",
        r"^(?:FAIL|ERROR): \w{1,200} \([\w.]{1,400}\)",
        "FAIL: test_answer (tests.test_app.AnswerTest.test_answer)",
    ),
    _line("go test", "test", "--- fail: ", r"^ *--- FAIL: \S", "--- FAIL: TestAnswer (0.00s)"),
    _line("tap", "test", "not ok ", r"^ *not ok \d{1,7}\b(?!.*# (?:TODO|SKIP))", "not ok 3 - the answer is right"),
    # The machine and the network
    _infra("disk", "no space left on device", "write app.o: No space left on device"),
    _infra(
        "dns",
        "could not resolve host|temporary failure in name resolution|name or service not known",
        "curl: (6) Could not resolve host: pypi.example.com",
    ),
    _infra(
        "network",
        "connection refused|connection reset|connection timed out|tls handshake timeout|network is unreachable",
        "dial tcp 10.0.0.1:443: connect: connection refused",
    ),
    _infra(
        "server",
        "429 too many requests|502 bad gateway|503 service unavailable|504 gateway time",
        "ERROR: HTTP error 503 Service Unavailable while getting the index",
    ),
    _infra(
        "memory",
        "cannot allocate memory|out of memory|outofmemoryerror|oom-kill",
        "fatal error: runtime: out of memory",
    ),
    _infra(
        "runner",
        "runner has received a shutdown signal|lost communication with the server|runner system failure|connectionlost",
        "The runner has received a shutdown signal.",
    ),
    _line(
        "memory",
        "infra",
        "killed",
        r"^(?:\S{1,200}: line \d{1,7}: +\d{1,10} )?Killed\b",
        "./build.sh: line 3:   123 Killed                  pytest",
    ),
    # Anything else that calls itself an error
    _line("", "error", "##[error]", r"##\[error\](?P<message>.+)", "##[error]Process completed with exit code 1."),
    _line("", "error", "::error", r"^::error\b[^:]*::(?P<message>.+)", "::error file=src/app.py,line=1::wrong answer"),
    _line("make", "error", "*** ", r"^\S{0,200}make(?:\[\d{1,3}\])?: \*\*\* ", "make: *** [Makefile:3: test] Error 1"),
    _line("npm", "error", "npm err", r"^npm (?:ERR!|error)", "npm ERR! code ELIFECYCLE"),
    _line(
        "",
        "error",
        "fatal|error|panic",
        r"^(?:\S{1,60} ){0,3}(?i:fatal(?: error)?|error|panic)(?:\[\w{1,20}\])?: *+\S",
        "2024-05-01 12:00:00 app ERROR: cannot start",
    ),
    _line("", "error", "error|fatal", r"^(?:\[(?:ERROR|FATAL)\]|ERROR|FATAL)\s", "[ERROR] Failed to execute goal"),
    _line("", "error", "failed", r"^(?:\[ *)?(?:BUILD )?FAILED\b|\bFAILED$", "test answers::right ... FAILED"),
    _line(
        "",
        "error",
        "exit",
        r"\b(?i:exit)(?:ed(?: with)?(?: code| status)?| code| status):? (?!0+\b)\d{1,3}\b",
        "program finished with exit code 1",
    ),
)
