"""Linters with an output of their own; those that print `path:line: message` are in `places`."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, SEVERITY, complaint

LINTERS: Final = (
    # https://docs.rubocop.org/rubocop/formatters.html (standardrb, credo --format flycheck)
    complaint(
        "rubocop",
        "lint",
        rf"{PLACE}: (?P<severity>[CWEFRIDS]): (?P<message>.+)$",
        "app/models/user.rb:4:1: C: Style/Documentation: Missing documentation",
        ("app/models/user.rb", 4, "Style/Documentation: Missing documentation"),
        at_place="::",
        holds=tuple(f": {letter}: " for letter in "cwefrids"),
    ),
    complaint(
        "haml-lint",
        "lint",
        rf"{PATH}:{LINE} (?P<severity>\[[WE]\]) (?P<message>.+)$",
        "app/views/show.html.haml:33 [W] TrailingWhitespace: Line contains trailing whitespace",
        ("app/views/show.html.haml", 33, "TrailingWhitespace: Line contains trailing whitespace"),
        at_place=":",
        holds=(" [w] ", " [e] "),
    ),
    complaint(
        "reek",
        "lint",
        rf" +(?:\[[\d, ]+\]:)?(?P<path>\S+\.\w+):{LINE}: (?P<message>[A-Z]\w+(?:/\w+)?: .+)$",
        "  app/models/user.rb:3: IrresponsibleModule: User has no descriptive comment",
        ("app/models/user.rb", 3, "IrresponsibleModule: User has no descriptive comment"),
        at_place=":",
        in_source=True,
    ),
    # https://brakemanscanner.org/docs/
    complaint(
        "brakeman",
        "security",
        rf"(?P<path>/?[\w./-]+\.\w+)(?:\t| {{2,}}){LINE}(?:\t| {{2,}}+)(?P<message>\S.*(?:High|Medium|Weak))$",
        "app/models/user.rb\t13\tCommand Injection\tGeneral\tPossible command injection\tHigh",
        ("app/models/user.rb", 13, "Command Injection\tGeneral\tPossible command injection\tHigh"),
        words=("high ", "medium ", "weak "),
    ),
    complaint(
        "brakeman",
        "security",
        r"Confidence: (?P<severity>\w+)$",
        "Confidence: High\nCategory: SQL Injection\nMessage: Possible SQL injection\nFile: app/user.rb\nLine: 12",
        ("app/user.rb", 12, "Possible SQL injection"),
        starts="Confidence: ",
        then=rf"(?:Message: (?P<message>.+)|File: (?P<path>\S+)|(?P<last>Line): {LINE})$",
        reach=8,
        needs_then=True,
    ),
    # https://github.com/securego/gosec (also cppcheck 1 and protolint)
    complaint(
        "gosec",
        "security",
        rf"\[{PATH}:{LINE}(?:-\d+)?\] - (?P<message>.+)$",
        "[/app/main.go:12] - G101 (CWE-798): Potential hardcoded credentials (Confidence: LOW, Severity: HIGH)",
        ("/app/main.go", 12, "G101 (CWE-798): Potential hardcoded credentials (Confidence: LOW, Severity: HIGH)"),
        at_place=":",
        holds="] - ",
    ),
    complaint(
        "protolint",
        "lint",
        rf"\[{PATH}:{LINE}(?::{COLUMN})?\]:? (?:\({SEVERITY}\) )?(?P<message>\S.*)$",
        "[api/v1/user.proto:1:1] File name should be lower_snake_case.proto.",
        ("api/v1/user.proto", 1, "File name should be lower_snake_case.proto."),
        at_place=":",
        holds="] ",
        in_source=True,
    ),
    # https://cppcheck.sourceforge.io/manual.html, before its version 2
    complaint(
        "cppcheck",
        "lint",
        rf"\[{PATH}:{LINE}\](?: -> \[[^\]]+\])*: \((?P<severity>\w+)[^)]*\) (?P<message>.+)$",
        "[src/app.c:12]: (error) Array 'a[10]' accessed at index 10, which is out of bounds.",
        ("src/app.c", 12, "Array 'a[10]' accessed at index 10, which is out of bounds."),
        at_place=":",
        holds="]: (",
    ),
    # http://puppet-lint.com/
    complaint(
        "puppet-lint",
        "lint",
        rf"(?P<path>\S+\.\w+) - {SEVERITY}: (?P<message>.+) on line {LINE}(?: \(.*\))?$",
        "manifests/init.pp - ERROR: docker not in autoload module layout on line 347",
        ("manifests/init.pp", 347, "docker not in autoload module layout"),
        words="line ",
        holds=" on line ",
    ),
    complaint(
        "puppet",
        "compile",
        rf"Error: (?P<message>.+?) (?:\(file: (?P<path>\S+), line: {LINE}(?:, column: {COLUMN})?\)|at \S+:\d+).*$",
        "Error: Could not parse for environment production: Syntax error at '}' (file: init.pp, line: 3, column: 4)",
        ("init.pp", 3, "Could not parse for environment production: Syntax error at '}'"),
        starts="Error: ",
    ),
    # https://www.shellcheck.net/
    complaint(
        "shellcheck",
        "lint",
        rf"In (?P<path>\S.*) line {LINE}:$",
        "In build.sh line 3:\necho $x\n     ^-- SC2086 (info): Double quote to prevent globbing.",
        ("build.sh", 3, "SC2086 (info): Double quote to prevent globbing."),
        starts="In ",
        then=r"\s*\^-*\^? (?P<message>(?P<last>SC\d+(?: \((?P<severity>[a-z]+)\))?.*))$",
        reach=6,
        needs_then=True,
    ),
    # https://developer.hashicorp.com/terraform/cli (tflint)
    complaint(
        "terraform",
        "lint",
        r"(?:│ )?(?P<severity>Error|Warning): (?P<message>.+)$",
        'Error: Unsupported argument\n\n  on main.tf line 12, in resource "x" "y":',
        ("main.tf", 12, "Unsupported argument"),
        starts=("Error: ", "Warning: ", "│ Error", "│ Warn"),
        then=rf"(?:│ )?\s+on (?P<path>\S+) line (?P<last>{LINE})",
        reach=4,
        needs_then=True,
    ),
    # https://docs.sqlfluff.com/
    complaint(
        "sqlfluff",
        "lint",
        rf"L: +{LINE} \| P: +{COLUMN} \| (?P<message>.+)$",
        "== [models/a.sql] FAIL\nL:   1 | P:   3 | LT01 | Expected only single space",
        ("models/a.sql", 1, "LT01 | Expected only single space"),
        starts="L: ",
        heading=r"== \[(?P<path>[^\]]+)\] FAIL$",
    ),
    # https://www.sphinx-doc.org/
    complaint(
        "sphinx",
        "lint",
        rf"(?P<path>(?:[A-Za-z]:(?=[\\/]))?[^\s:]+\.\w+)(?::docstring of [^:\s]+)?(?::{LINE})?: "
        rf"(?P<severity>WARNING|ERROR|SEVERE|CRITICAL): (?P<message>.+)$",
        "/docs/index.rst:12: WARNING: undefined label: 'answer'",
        ("/docs/index.rst", 12, "undefined label: 'answer'"),
        words=("warning:", "error:", "severe:", "critical:"),
    ),
    # https://languagetool.org/
    complaint(
        "languagetool",
        "lint",
        rf"\d+\.\) Line {LINE}, column {COLUMN}, Rule ID: (?P<message>\S+)",
        "1.) Line 12, column 9, Rule ID: EN_A_VS_AN",
        ("", 12, "EN_A_VS_AN"),
        starts="0.) Line ",
    ),
)
