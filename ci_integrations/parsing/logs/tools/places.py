"""`path:line:column: message`, the form of most tools, and its relatives."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, SEVERITY, complaint

PLACES: Final = (
    # https://pylint.readthedocs.io/, https://flake8.pycqa.org/ and what else has a code
    complaint(
        "pylint",
        "lint",
        rf"{PLACE}: (?P<message>[CRWEF]\d{{4}}: .+)$",
        "src/app.py:1:0: C0114: Missing module docstring (missing-module-docstring)",
        ("src/app.py", 1, "C0114: Missing module docstring (missing-module-docstring)"),
        at_place="::",
    ),
    complaint(
        "flake8",
        "lint",
        rf"{PLACE}: (?P<message>[A-Z]{{1,5}}\d{{3,5}} .+)$",
        "src/app.py:1:8: F401 'os' imported but unused",
        ("src/app.py", 1, "F401 'os' imported but unused"),
        at_place="::",
    ),
    # https://www.gnu.org/prep/standards/html_node/Errors.html
    complaint(
        "",
        "lint",
        rf"{PLACE}(?:-\d+(?::\d+)?)?(?::|,| -|\s) *(?:\[?{SEVERITY}\]?(?:\[[\w-]+\])?(?::| -|\s) *)?(?P<message>\S.*)$",
        "foo/widget.yml:1:81: [error] line too long (122 > 80 characters) (line-length)",
        ("foo/widget.yml", 1, "line too long (122 > 80 characters) (line-length)"),
        at_place="::",
        in_source=True,
    ),
    complaint(
        "",
        "lint",
        rf"(?P<path>[^\s:*?\"<>|()\[\]{{}}=,;@/]*+/[^\s:*?\"<>|()\[\]{{}}=,;@]*\.[A-Za-z]\w{{0,"
        rf"9}}):{LINE}:{COLUMN}: (?P<message>\S.*)$",
        'docs/notes.in:1:20: "zeebra" is a misspelling of "zebra"',
        ("docs/notes.in", 1, '"zeebra" is a misspelling of "zebra"'),
        at_place="::",
    ),
    complaint(
        "",
        "lint",
        rf"{PATH}:{LINE}(?:-\d+)?(?::|\s)\s*(?:\[?{SEVERITY}\]?(?::| -|\s) *)?(?P<message>(?!\d+:?$)\S.*)$",
        "Dockerfile:3 DL3008 warning: Pin versions in apt get install",
        ("Dockerfile", 3, "DL3008 warning: Pin versions in apt get install"),
        at_place=":",
        in_source=True,
    ),
    complaint(
        "",
        "lint",
        rf"{PATH}:\({LINE},{COLUMN}\)-\(\d+,\d+\): *(?:{SEVERITY}: )?(?P<message>\S.*)$",
        "src/App.hs:(12,3)-(13,5): Warning: Use when",
        ("src/App.hs", 12, "Use when"),
        at_place=":(",
        in_source=True,
    ),
    complaint(
        "",
        "compile",
        rf"{PATH}\({LINE}(?:, ?{COLUMN})?(?:[,-] ?\d+)*\) ?:? *(?:{SEVERITY}:? )?(?P<message>\S.*)$",
        "src/app.nim(12, 3) Error: undeclared identifier: 'x'",
        ("src/app.nim", 12, "undeclared identifier: 'x'"),
        at_place="(",
        in_source=True,
    ),
    complaint(
        "fixit",
        "lint",
        rf"{PATH}@{LINE}:{COLUMN} (?P<message>\S.*)$",
        "src/app.py@12:3 UseFstring: use an f-string",
        ("src/app.py", 12, "UseFstring: use an f-string"),
        at_place="@",
        in_source=True,
    ),
    # https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    complaint(
        "github",
        "error",
        rf"::(?P<severity>error|warning) (?:[a-zA-Z]+=[^,:]*,)*?file=(?P<path>[^,:]++)"
        rf"(?:,line={LINE})?+[^:]*+::(?P<message>.+)$",
        "::error file=src/app.py,line=3,col=5::wrong answer",
        ("src/app.py", 3, "wrong answer"),
        starts=("::error", "::warning"),
    ),
)
