"""Compilers and linkers, type checkers."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

# Whose codes msbuild passes on.
_MSBUILD_CODES: Final = ("msb", "nu", "cs", "netsdk", "lnk", "fs", "bc")
_ARROW: Final = rf"\s*(?:-->|╭─\[|,-\[) ?{PATH}:{LINE}(?P<last>:){COLUMN}"

COMPILERS: Final = (
    # https://doc.rust-lang.org/rustc/json.html (rendered); Deno, oxlint, biome, typos and uv print the same form.
    complaint(
        "rustc",
        "compile",
        r"(?P<severity>error|warning)(?:\[[\w:/-]+\])?: (?P<message>.+)$",
        "error[E0308]: mismatched types\n  --> src/lib.rs:36:35\n   |",
        ("src/lib.rs", 36, "mismatched types"),
        starts=("error[", "error: ", "warning[", "warning: "),
        then=_ARROW,
        reach=3,
        needs_then=True,
    ),
    # https://www.typescriptlang.org/tsconfig/#pretty
    complaint(
        "tsc",
        "compile",
        rf"(?P<path>\S[^(]*)\({LINE},{COLUMN}\): (?P<severity>error|warning) (?P<message>TS\d+: .+)$",
        "src/app.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.",
        ("src/app.ts", 4, "TS2322: Type 'string' is not assignable to type 'number'."),
        words=("error ", "warning "),
        holds=(" error ts", " warning ts"),
    ),
    complaint(
        "tsc",
        "compile",
        rf"{PLACE} - (?P<severity>error|warning) (?P<message>TS\d+: .+)$",
        "src/app.ts:4:7 - error TS2322: Type 'string' is not assignable to type 'number'.",
        ("src/app.ts", 4, "TS2322: Type 'string' is not assignable to type 'number'."),
        words=("error ", "warning "),
        holds=(" error ts", " warning ts"),
    ),
    complaint(
        "tsc",
        "compile",
        r"(?P<severity>error) (?P<message>TS\d+: .+)$",
        "error TS18003: No inputs were found in config file 'tsconfig.json'.",
        ("", None, "TS18003: No inputs were found in config file 'tsconfig.json'."),
        starts="error TS",
    ),
    # https://mypy.readthedocs.io/en/stable/error_codes.html
    complaint(
        "mypy",
        "type",
        rf"(?P<path>[^\s:][^:]*\.pyi?):{LINE}:(?:{COLUMN}:)?(?:\d+:\d+:)? (?P<severity>error|warning|note|info): "
        rf"(?P<message>.+)$",
        'src/app.py:12: error: Incompatible return value type (got "int", expected "str")  [return-value]',
        ("src/app.py", 12, 'Incompatible return value type (got "int", expected "str")  [return-value]'),
        at_place=":",
        holds=(".py:", ".pyi:"),
    ),
    # https://microsoft.github.io/pyright/#/command-line
    complaint(
        "pyright",
        "type",
        rf"\s*{PLACE} - (?P<severity>error|warning|information): (?P<message>.+)$",
        '  /app/src/app.py:12:5 - error: "x" is not defined (reportUndefinedVariable)',
        ("/app/src/app.py", 12, '"x" is not defined (reportUndefinedVariable)'),
        words=("error:", "warning:", "information:"),
        holds=" - ",
    ),
    # https://learn.microsoft.com/visualstudio/msbuild/msbuild-diagnostic-format-for-tasks
    complaint(
        "msbuild",
        "compile",
        rf"\s*(?:\d+>)?(?P<path>\S[^(]*?(?:\([^()\d][^()]*\)[^(]*)*)\({LINE}(?:,{COLUMN})?(?:,\d+,\d+)?\) ?: "
        rf"(?:fatal )?"
        r"(?P<severity>error|warning) (?P<message>\w*\d+ ?: .+)$",
        r"C:\src\App\Device.cs(229,30): warning CS0618: 'SendQueue' is obsolete [C:\src\App\App.csproj]",
        (r"C:\src\App\Device.cs", 229, r"CS0618: 'SendQueue' is obsolete [C:\src\App\App.csproj]"),
        words=("error ", "warning "),
        holds=("): ", ") : "),
    ),
    complaint(
        "msbuild",
        "compile",
        r"\s*(?:\d+>)?(?P<path>\S.*?)? ?: (?:fatal )?(?P<severity>error|warning) "
        rf"(?P<message>(?i:{'|'.join(_MSBUILD_CODES)})\d+: .+)$",
        "/src/App.csproj : error NU1101: Unable to find package Acme. No packages exist with this id",
        ("/src/App.csproj", None, "NU1101: Unable to find package Acme. No packages exist with this id"),
        words=("error ", "warning "),
        holds=tuple(f" {severity} {code}" for severity in ("error", "warning") for code in _MSBUILD_CODES),
    ),
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
    # Eclipse's compiler, and those of Green Hills, Sun, Wind River, IBM and Analog Devices
    complaint(
        "ecj",
        "compile",
        rf"\d+\. (?P<severity>ERROR|WARNING|INFO) in (?P<path>.+?) \(at line {LINE}\)$",
        "1. WARNING in /build/src/App.java (at line 23)\n\timport java.util.List;\n\t       ^^^^\nThe import "
        "java.util.List is never used",
        ("/build/src/App.java", 23, "The import java.util.List is never used"),
        starts="0. ",
        holds=" (at line ",
        then=r"(?P<message>(?P<last>\S.*))$",
        reach=6,
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
    # https://maven.apache.org/plugins/maven-compiler-plugin/
    complaint(
        "maven",
        "compile",
        rf"(?P<path>(?:[A-Za-z]:(?=[\\/]))?[^\s:\[][^:\[]*):\[{LINE}(?:,{COLUMN})?\] (?:\([\w.]+\) "
        rf")?(?:(?P<severity>error|warning): ?)?(?P<message>.+)$",
        "[ERROR] /build/src/main/java/App.java:[12,5] cannot find symbol",
        ("/build/src/main/java/App.java", 12, "cannot find symbol"),
        at_place=":[",
        in_source=True,
    ),
    # https://kotlinlang.org/docs/compiler-reference.html
    complaint(
        "kotlinc",
        "compile",
        rf"(?P<severity>[ew]): (?:file://)?(?P<path>[^\s:(]+\.kts?): \({LINE}, {COLUMN}\): (?P<message>.+)$",
        "e: /build/src/App.kt: (12, 3): Unresolved reference: answer",
        ("/build/src/App.kt", 12, "Unresolved reference: answer"),
        starts=("e: ", "w: "),
    ),
    complaint(
        "kotlinc",
        "compile",
        rf"(?P<severity>[ew]): (?:file://)?(?P<path>[^\s:(]+\.kts?):{LINE}:{COLUMN}:? (?P<message>.+)$",
        "e: file:///build/src/App.kt:12:3 Unresolved reference 'answer'.",
        ("/build/src/App.kt", 12, "Unresolved reference 'answer'."),
        starts=("e: ", "w: "),
    ),
    complaint(
        "scalac",
        "compile",
        rf"-- (?:\[E\d+\] )?(?P<message>.+?(?P<severity>Error|Warning)): {PLACE} -*$",
        "[error] -- [E007] Type Mismatch Error: src/App.scala:12:3 ----------",
        ("src/App.scala", 12, "Type Mismatch Error"),
        starts="-- ",
        holds=("error: ", "warning: "),
    ),
)
