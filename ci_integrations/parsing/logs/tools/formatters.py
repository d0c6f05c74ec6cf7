"""Formatters, and ruff with them."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, complaint

FORMATTERS: Final = (
    # https://docs.astral.sh/ruff/
    complaint(
        "ruff",
        "lint",
        rf" *--> {PATH}:{LINE}:{COLUMN}$",
        "F401 [*] `os` imported but unused\n --> src/app.py:1:8",
        ("src/app.py", 1, "F401 [*] `os` imported but unused"),
        starts="--> ",
        before=r"(?P<message>(?:[A-Z]{1,5}\d{3,5}|invalid-syntax|SyntaxError)(?: \[\*\])?:? .+)$",
    ),
    complaint(
        "ruff format",
        "format",
        r"unformatted: (?P<message>File would be reformatted)$",
        "unformatted: File would be reformatted\n --> src/app.py:2:1",
        ("src/app.py", 2, "File would be reformatted"),
        starts="unformatted: ",
        then=rf" +--> {PATH}:{LINE}(?P<last>:){COLUMN}$",
        needs_then=True,
    ),
    complaint(
        "ruff format",
        "format",
        r"(?P<message>Would reformat): (?P<path>\S.*)$",
        "Would reformat: src/app.py",
        ("src/app.py", None, "Would reformat"),
        starts="Would reformat: ",
    ),
    # https://black.readthedocs.io/
    complaint(
        "black",
        "format",
        r"(?P<message>would reformat) (?P<path>\S.*)$",
        "would reformat src/app.py",
        ("src/app.py", None, "would reformat"),
        starts="would reformat ",
    ),
    complaint(
        "black",
        "format",
        rf"error:(?P<path>\S[^:]*):{LINE}:{COLUMN}: ?(?P<message>.+)$",
        "error:src/app.py:1:3:cannot format: Cannot parse: x = = 1",
        ("src/app.py", 1, "cannot format: Cannot parse: x = = 1"),
        starts="error:",
    ),
    complaint(
        "black",
        "format",
        rf"error: cannot format (?P<path>[^:]+): (?P<message>Cannot parse[^:]*: {LINE}:{COLUMN}: .+)$",
        "error: cannot format src/app.py: Cannot parse: 1:4: x = = 1",
        ("src/app.py", 1, "Cannot parse: 1:4: x = = 1"),
        starts="error: cannot format",
    ),
    complaint(
        "isort",
        "format",
        r"ERROR: (?P<path>.+?) (?P<message>Imports are incorrectly sorted.*)$",
        "ERROR: /build/src/app.py Imports are incorrectly sorted and/or formatted.",
        ("/build/src/app.py", None, "Imports are incorrectly sorted and/or formatted."),
        starts="ERROR: ",
    ),
    # https://prettier.io/docs/cli
    complaint(
        "prettier",
        "format",
        rf"\[error\] (?P<path>[^:]+\.\w+): (?P<message>SyntaxError: .+) \({LINE}:{COLUMN}\)$",
        "[error] src/app.js: SyntaxError: Unexpected token (3:7)",
        ("src/app.js", 3, "SyntaxError: Unexpected token"),
        starts="[error] ",
    ),
    complaint(
        "prettier",
        "format",
        r"\[warn\] (?P<path>\S+\.\w{1,10})$",
        "[warn] src/app.js",
        ("src/app.js", None, "[warn] src/app.js"),
        starts="[warn] ",
    ),
    complaint(
        "gofmt",
        "format",
        r"diff (?:-u )?\S+\.go\.orig (?P<path>\S+\.go)$",
        "diff -u main.go.orig main.go",
        ("main.go", None, "diff -u main.go.orig main.go"),
        starts="diff ",
    ),
    complaint(
        "rustfmt",
        "format",
        rf"Diff in (?P<path>\S+?)(?: at line |:){LINE}",
        "Diff in /build/src/main.rs:12:",
        ("/build/src/main.rs", 12, "Diff in /build/src/main.rs:12:"),
        starts="Diff in ",
    ),
    # https://clang.llvm.org/docs/ClangFormat.html: --dry-run
    complaint(
        "clang-format",
        "format",
        rf"(?P<path>[^\s:][^:]*+):{LINE}:{COLUMN}: (?P<severity>error|warning): "
        r"(?P<message>code should be clang-formatted .+)$",
        "src/app.c:4:2: error: code should be clang-formatted [-Wclang-format-violations]",
        ("src/app.c", 4, "code should be clang-formatted [-Wclang-format-violations]"),
        words="clang-formatted",
    ),
)
