"""Compilers to machine code, and linkers."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

COMPILERS_NATIVE: Final = (
    # Notes of C compilers belong to the complaint before them: https://gcc.gnu.org/onlinedocs/gcc/Diagnostic-Message-Formatting-Options.html
    complaint(
        "cc",
        "",
        r"\S+\.(?:c|h|cc|cpp|cxx|hpp|hh|m|mm|cu|java|kt|swift):\d+:(?:\d+:)? note: .+$",
        "src/app.c:2:22: note: each undeclared identifier is reported only once",
        ("", None, ""),
        words="note:",
        holds=": note: ",
    ),
    complaint(
        "cc",
        "compile",
        rf"(?P<path>(?:[A-Za-z]:(?=[\\/]))?[^\s:][^:]*+):{LINE}:(?:{COLUMN}:)? *(?:fatal )?(?P<severity>error"
        rf"|warning): (?P<message>.+)$",
        "src/app.c:4:2: error: expected ';' before '}' token",
        ("src/app.c", 4, "expected ';' before '}' token"),
        words=("error:", "warning:"),
    ),
    complaint(
        "cc",
        "compile",
        rf'"(?P<path>[^"]+)", line {LINE}(?: \*?\(col\. {COLUMN}\)\*?)?: ?(?P<message>(?:\w+: (?:\{{D\}} '
        rf")?)?(?P<severity>(?i:error|warning|fatal error))\b.*)$",
        '"src/app.c", line 7: warning (dcc:1521): missing return expression',
        ("src/app.c", 7, "warning (dcc:1521): missing return expression"),
        words="line ",
        holds=('", line ',),
    ),
    complaint(
        "gfortran",
        "compile",
        rf"{PLACE}:$",
        "src/app.f90:12:3:\n\n   12 | x = y\n      | 1\nError: Symbol 'y' has no IMPLICIT type",
        ("src/app.f90", 12, "Symbol 'y' has no IMPLICIT type"),
        at_place="::",
        in_source=True,
        then=r"(?:Fatal )?(?P<severity>Error|Warning): (?P<message>(?P<last>.+))$",
        reach=6,
        needs_then=True,
    ),
    complaint(
        "ld",
        "compile",
        rf"(?:\S*ld(?:\.\w+)?: )?(?:\S+: )?{PATH}:(?:{LINE}|\(\.text\S*\)): (?P<message>(?:undefined reference"
        rf"|multiple definition|more undefined).*)$",
        "/usr/bin/ld: src/app.c:12: undefined reference to `answer'",
        ("src/app.c", 12, "undefined reference to `answer'"),
        words=("undefined", "multiple"),
        holds=("undefined reference", "multiple definition", "more undefined"),
    ),
    complaint(
        "ld",
        "compile",
        r"(?:\S*/)?(?:ld|lld|collect2|link)(?:[.-][\w.]+)?: (?:fatal )?(?P<severity>error|warning)?:? "
        r"?(?P<message>(?!ld returned)(?:cannot find|cannot open|undefined symbol|"
        r"duplicate symbol|unable to find library|symbol ).*)$",
        "/usr/bin/ld: cannot find -lanswer: No such file or directory",
        ("", None, "cannot find -lanswer: No such file or directory"),
        words=("find", "open", "undefined", "duplicate", "unable", "symbol"),
        holds=("ld", "link", "collect2"),
    ),
    # https://go.dev/doc/ and https://golangci-lint.run/ (its linter stands in parentheses at the end)
    complaint(
        "golangci-lint",
        "lint",
        rf"(?P<path>[^\s:]+\.go):{LINE}(?::{COLUMN})?: (?P<message>.+ \([a-z][\w-]*(?:,[\w-]+)*\))$",
        "main.go:3:1: File is not properly formatted (gofmt)",
        ("main.go", 3, "File is not properly formatted (gofmt)"),
        at_place=":",
        holds=".go:",
    ),
    complaint(
        "go",
        "compile",
        rf"(?P<path>[^\s:]+\.go):{LINE}(?::{COLUMN})?: (?P<message>.+)$",
        "./main.go:5:2: undefined: answer",
        ("./main.go", 5, "undefined: answer"),
        at_place=":",
        holds=".go:",
    ),
)
