"""Compilers and type checkers of Rust, TypeScript, Python and .NET."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

# Whose codes msbuild passes on.
_MSBUILD_CODES: Final = ("msb", "nu", "cs", "netsdk", "lnk", "fs", "bc")
ARROW: Final = rf"\s*(?:-->|╭─\[|,-\[) ?{PATH}:{LINE}(?P<last>:){COLUMN}"

COMPILERS: Final = (
    # https://doc.rust-lang.org/rustc/json.html (rendered); Deno, oxlint, biome, typos and uv print the same form.
    complaint(
        "rustc",
        "compile",
        r"(?P<severity>error|warning)(?:\[[\w:/-]+\])?: (?P<message>.+)$",
        "error[E0308]: mismatched types\n  --> src/lib.rs:36:35\n   |",
        ("src/lib.rs", 36, "mismatched types"),
        starts=("error[", "error: ", "warning[", "warning: "),
        then=ARROW,
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
)
