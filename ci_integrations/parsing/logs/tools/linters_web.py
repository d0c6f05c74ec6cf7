"""Linters and type checkers of JavaScript, style sheets and PHP."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.compilers import ARROW
from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PLACE, SEVERITY, complaint

_HEADING: Final = r" ?(?:==> )?(?P<path>(?=\S*[/\\.]\S)\S++|[\w/\\. -]+\.\w+)$"

LINTERS_WEB: Final = (
    # A file name, its complaints indented below it: https://eslint.org/docs/latest/use/formatters/#stylish (also xo,
    # textlint, npm-groovy-lint), stylelint, yamllint, https://github.com/remarkjs/vfile-reporter
    complaint(
        "eslint",
        "lint",
        rf"\s+(?:[✖⚠×] +)?{LINE}:{COLUMN}(?:-\d+:\d+)?\s+(?:{SEVERITY}|[✖✘⚠×ℹ])\s+(?P<message>\S.*)$",
        "src/app.js\n  2:10  error    'unused' is defined but never used  no-unused-vars",
        ("src/app.js", 2, "'unused' is defined but never used  no-unused-vars"),
        starts=("0:", "✖ ", "⚠ ", "× "),
        heading=_HEADING,
    ),
    complaint(
        "npm-groovy-lint",
        "lint",
        rf"\s+{LINE}\s+(?P<severity>error|warning|info)\s+(?P<message>\S.*)$",
        "src/Jenkinsfile\n  12    error    The class is empty  EmptyClass",
        ("src/Jenkinsfile", 12, "The class is empty  EmptyClass"),
        starts="0 ",
        holds=("error ", "warning "),
        heading=r"(?P<path>(?=\S*[/\\]\S)\S++|\S+\.\w+)$",
    ),
    # https://eslint.org/docs/v8.x/use/formatters/#compact (JSHint, CSSLint)
    complaint(
        "eslint",
        "lint",
        rf"(?P<path>\S[^:]*(?::[\\/][^:]*)?): line {LINE}, col {COLUMN}, (?:(?P<severity>Error|Warning)(?: -)? "
        rf")?(?P<message>.+)$",
        "src/app.js: line 2, col 10, Error - 'unused' is defined but never used. (no-unused-vars)",
        ("src/app.js", 2, "'unused' is defined but never used. (no-unused-vars)"),
        words="line ",
        holds=": line ",
    ),
    # https://palantir.github.io/tslint/formatters/
    complaint(
        "tslint",
        "lint",
        rf"(?:(?P<severity>ERROR|WARNING): )?(?P<path>[^\s\[]+)\[{LINE}, {COLUMN}\]: (?P<message>.+)$",
        "src/app.ts[418, 38]: missing semicolon",
        ("src/app.ts", 418, "missing semicolon"),
        at_place="[",
        holds="]: ",
    ),
    complaint(
        "tslint",
        "lint",
        rf"(?P<severity>ERROR|WARNING): {PLACE} - (?P<message>.+)$",
        "ERROR: src/app.ts:418:38 - missing semicolon",
        ("src/app.ts", 418, "missing semicolon"),
        starts=("ERROR: ", "WARNING: "),
    ),
    complaint(
        "standard",
        "lint",
        rf"  {PLACE}: (?P<message>.+)$",
        "  /app/src/app.js:12:3: Extra semicolon. (semi)",
        ("/app/src/app.js", 12, "Extra semicolon. (semi)"),
        at_place="::",
        in_source=True,
    ),
    # https://flow.org/en/docs/cli/
    complaint(
        "flow",
        "type",
        rf"(?P<severity>Error|Warning) [-┈]{{3,}} {PLACE}$",
        "Error ---------------------- src/app.js:12:3\n\nCannot assign 1 to x",
        ("src/app.js", 12, "Cannot assign 1 to x"),
        starts=("Error -", "Error ┈", "Warning -", "Warning ┈"),
        then=r"(?P<message>(?P<last>\S.*))$",
        reach=3,
    ),
    # https://phpstan.org/user-guide/output-format
    complaint(
        "phpstan",
        "lint",
        rf"\s+:?{LINE}\s{{2,}}(?P<message>\S.*)$",
        " ------ -------\n  Line   src/App.php\n ------ -------\n  12     Undefined variable: $x",
        ("src/App.php", 12, "Undefined variable: $x"),
        starts=("0 ", ":"),
        heading=r"  Line   (?P<path>\S.*?)(?: \(in context .*)?$",
    ),
    complaint(
        "psalm",
        "lint",
        rf"(?P<severity>ERROR|INFO): (?P<code>\w+) - {PLACE} - (?P<message>.+)$",
        "ERROR: UndefinedVariable - src/App.php:12:3 - Cannot find $x (see https://psalm.dev/024)",
        ("src/App.php", 12, "Cannot find $x (see https://psalm.dev/024)"),
        starts=("ERROR: ", "INFO: "),
    ),
    # https://github.com/PHPCSStandards/PHP_CodeSniffer/wiki/Reporting
    complaint(
        "phpcs",
        "lint",
        rf"\s*{LINE} \| (?P<severity>ERROR|WARNING) +\| (?:\[.\] )?(?P<message>.+)$",
        "FILE: /app/src/App.php\n------------\n 12 | ERROR | [x] Missing doc comment",
        ("/app/src/App.php", 12, "Missing doc comment"),
        starts="0 | ",
        heading=r"FILE: (?P<path>\S.*)$",
    ),
    # https://github.com/sveltejs/language-tools/tree/master/packages/svelte-check
    complaint(
        "svelte-check",
        "type",
        rf"{PLACE}$",
        "/app/src/App.svelte:12:5\nError: Cannot find name 'answer'. (ts)",
        ("/app/src/App.svelte", 12, "Cannot find name 'answer'. (ts)"),
        at_place="::",
        in_source=True,
        then=r"(?P<severity>Error|Warn|Hint): (?P<message>(?P<last>.+ \((?:[tj]s|svelte|css|s[ac]ss|less|html)\)))$",
        needs_then=True,
    ),
    # https://oxc.rs/docs/guide/usage/linter
    complaint(
        "oxlint",
        "lint",
        r"\s*(?P<severity>[x×⚠!]) (?P<message>[\w@-]{1,40}\([\w/-]{1,60}\): .+)$",
        "  × eslint(no-debugger): `debugger` statement is not allowed\n   ╭─[src/app.js:12:5]",
        ("src/app.js", 12, "eslint(no-debugger): `debugger` statement is not allowed"),
        starts=("x ", "× ", "⚠ ", "! "),
        holds="): ",
        then=ARROW,
        reach=2,
        needs_then=True,
    ),
)
