"""Languages that say in a form of their own where an error is."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

LANGUAGES_FURTHER: Final = (
    # https://nodejs.org/api/errors.html: what nobody caught, with its source
    complaint(
        "node",
        "error",
        rf"(?:file://)?(?P<path>[^\s:]+\.[cm]?[jt]sx?):{LINE}$",
        "/app/src/app.js:12\nconst x = ;\n          ^\n\nSyntaxError: Unexpected token ';'",
        ("/app/src/app.js", 12, "SyntaxError: Unexpected token ';'"),
        at_place=":",
        in_source=True,
        then=r"(?:Uncaught )?(?P<message>(?P<last>\w*(?:Error|Exception)(?: \[\w+\])?: .+))$",
        reach=6,
        needs_then=True,
    ),
    # https://docs.python.org/3/tutorial/errors.html#syntax-errors
    complaint(
        "python",
        "error",
        rf'\s*File "(?P<path>[^"]+)", line {LINE}$',
        '  File "/app/src/app.py", line 12\n    x =\n       ^\nSyntaxError: invalid syntax',
        ("/app/src/app.py", 12, "SyntaxError: invalid syntax"),
        starts='File "',
        then=r"(?P<message>(?P<last>(?:Syntax|Indentation|Tab)Error: .+))$",
        reach=4,
        needs_then=True,
    ),
    # https://docs.deno.com/runtime/reference/cli/check/
    complaint(
        "tsc",
        "compile",
        r"(?:error: )?(?P<message>TS\d+ \[(?P<severity>ERROR|WARN)\]: .+)$",
        "error: TS2322 [ERROR]: Type 'string' is not assignable to type 'number'.\nconst a: number = 'x';\n"
        "      ^\n    at file:///app/a.ts:12:7",
        ("/app/a.ts", 12, "TS2322 [ERROR]: Type 'string' is not assignable to type 'number'."),
        starts=("error: TS", *(f"TS{digit}" for digit in "123456789")),
        then=rf"\s+at (?:file://)?(?P<path>[^\s:]+):{LINE}(?P<last>:){COLUMN}$",
        reach=12,
        needs_then=True,
    ),
    # https://docs.soliditylang.org/en/latest/using-the-compiler.html
    complaint(
        "solc",
        "compile",
        r"(?P<severity>(?:[A-Z][a-z]+)?Error|Warning)(?: \(\d+\))?: (?P<message>.+)$",
        "Error: Undeclared identifier.\n --> contracts/App.sol:12:5:\n   |",
        ("contracts/App.sol", 12, "Undeclared identifier."),
        starts=("Error: ", "Warning: ", "Error (", "Warning (", "DeclarationError: ", "TypeError: ", "ParserError: "),
        then=rf"\s*--> (?P<path>[^\s:]+\.sol):{LINE}(?P<last>:){COLUMN}",
        reach=2,
        needs_then=True,
    ),
    # https://crystal-lang.org/reference/latest/
    complaint(
        "crystal",
        "compile",
        rf"In {PLACE}$",
        "In src/app.cr:12:5\n\n 12 | answer.bar\n          ^--\nError: undefined method 'bar' for Nil",
        ("src/app.cr", 12, "undefined method 'bar' for Nil"),
        starts="In ",
        then=r"Error: (?P<message>(?P<last>.+))$",
        reach=6,
        needs_then=True,
    ),
    # https://github.com/purescript/documentation/blob/master/guides/Getting-Started.md
    complaint(
        "purs",
        "compile",
        r"(?P<severity>Error|Warning) (?:found|\d+ of \d+):$",
        "Error found:\nin module Main\nat src/Main.purs:12:5 - 12:8 (line 12, column 5)\n\n  Unknown value answer",
        ("src/Main.purs", 12, "Unknown value answer"),
        starts=("Error found:", "Warning found:", *(f"Error {digit}" for digit in "123456789")),
        then=rf"(?:at {PATH}:{LINE}:{COLUMN} - .*| +(?P<message>(?P<last>\S.*)))$",
        reach=6,
        needs_then=True,
    ),
    # https://verilator.org/guide/latest/warnings.html
    complaint(
        "verilator",
        "compile",
        rf"%(?P<severity>Error|Warning)(?:-\w+)?: {PATH}:{LINE}:(?:{COLUMN}:)? (?P<message>.+)$",
        "%Warning-WIDTH: src/app.v:12:5: Operator ASSIGN expects 8 bits",
        ("src/app.v", 12, "Operator ASSIGN expects 8 bits"),
        starts=("%Error", "%Warning"),
    ),
    # https://groovy-lang.org/ (also of Jenkinsfiles, whose path is WorkflowScript)
    complaint(
        "groovy",
        "compile",
        r".*startup failed:$",
        "org.codehaus.groovy.control.MultipleCompilationErrorsException: startup failed:\n"
        "WorkflowScript: 12: unable to resolve class Answer",
        ("WorkflowScript", 12, "unable to resolve class Answer"),
        words="startup",
        holds="startup failed:",
        then=rf"(?P<path>[^\s:]+): {LINE}: (?P<message>(?P<last>.+))$",
        reach=2,
        needs_then=True,
    ),
    # https://docs.julialang.org/
    complaint(
        "julia",
        "error",
        r"ERROR: LoadError: (?P<message>.+)$",
        "ERROR: LoadError: UndefVarError: answer not defined\nStacktrace:\n [1] top-level scope\n"
        "in expression starting at /app/src/app.jl:12",
        ("/app/src/app.jl", 12, "UndefVarError: answer not defined"),
        starts="ERROR: LoadError: ",
        then=rf"in expression starting at (?P<path>[^\s:]+):{LINE}(?P<last>$)",
        reach=60,
        needs_then=True,
    ),
    # https://www.lua.org/manual/5.4/lua.html
    complaint(
        "lua",
        "error",
        rf"lua[\w.]*: (?P<path>[^\s:]+):{LINE}: (?P<message>.+)$",
        "lua: src/app.lua:12: attempt to index a nil value (global 'x')",
        ("src/app.lua", 12, "attempt to index a nil value (global 'x')"),
        starts=("lua: ", "lua5.", "luajit"),
    ),
    # https://gleam.run/
    complaint(
        "gleam",
        "compile",
        r"(?P<severity>error|warning): (?P<message>.+)$",
        "error: Unknown variable\n  ┌─ /app/src/app.gleam:12:5\n  │\n12 │   answer",
        ("/app/src/app.gleam", 12, "Unknown variable"),
        starts=("error: ", "warning: "),
        then=rf"\s*┌─ (?P<path>[^\s:]+\.gleam):{LINE}(?P<last>:){COLUMN}$",
        reach=2,
        needs_then=True,
    ),
)
