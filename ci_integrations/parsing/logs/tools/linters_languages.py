"""Linters of one language with an output of their own."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

LINTERS_LANGUAGES: Final = (
    # https://github.com/dlang-community/D-Scanner
    complaint(
        "dscanner",
        "lint",
        rf"{PATH}\({LINE}:{COLUMN}\)\[(?P<severity>\w+)\]: (?P<message>.+)$",
        "source/app.d(12:5)[warn]: Public declaration 'answer' is undocumented.",
        ("source/app.d", 12, "Public declaration 'answer' is undocumented."),
        at_place="(",
        holds=")[",
    ),
    # https://luacheck.readthedocs.io/
    complaint(
        "luacheck",
        "lint",
        rf"\s+(?P<path>\S+\.lua):{LINE}:{COLUMN}(?:-\d+)?: (?:\((?P<severity>[WE])\d+\) )?(?P<message>.+)$",
        "    src/app.lua:12:7: (W211) unused variable answer",
        ("src/app.lua", 12, "unused variable answer"),
        at_place="::",
        holds=".lua:",
    ),
    # https://github.com/Shopify/erb_lint
    complaint(
        "erb_lint",
        "lint",
        rf"In file: {PATH}:{LINE}$",
        "Remove multiple trailing newline at the end of the file.\nIn file: app/views/show.html.erb:12",
        ("app/views/show.html.erb", 12, "Remove multiple trailing newline at the end of the file."),
        starts="In file: ",
        before=r"(?P<message>\S.*)$",
    ),
    # https://metacpan.org/dist/Perl-Critic/view/bin/perlcritic
    complaint(
        "perlcritic",
        "lint",
        rf"(?P<path>[^\s:]+): (?P<message>.+) at line {LINE}, column {COLUMN}\.  .*\(Severity: \d\)$",
        "lib/App.pm: Code before strictures are enabled at line 12, column 1.  See page 429 of PBP.  (Severity: 5)",
        ("lib/App.pm", 12, "Code before strictures are enabled"),
        words="line ",
        holds="(severity: ",
    ),
    complaint(
        "go",
        "compile",
        rf"vet: {PATH}:{LINE}(?::{COLUMN})?: (?P<message>.+)$",
        "vet: ./app.go:12:2: undeclared name: answer",
        ("./app.go", 12, "undeclared name: answer"),
        starts="vet: ",
    ),
    # https://github.com/xcpretty/xcpretty
    complaint(
        "xcpretty",
        "compile",
        rf"(?P<severity>[❌⚠])\ufe0f? +{PLACE}: (?P<message>.+)$",
        "❌  /app/App.swift:12:5: cannot find 'answer' in scope",
        ("/app/App.swift", 12, "cannot find 'answer' in scope"),
        starts=("❌ ", "⚠ ", "⚠\ufe0f "),
    ),
    # http://www.scalastyle.org/command-line.html
    complaint(
        "scalastyle",
        "lint",
        rf"(?P<severity>error|warning) file=(?P<path>.+?) message=(?P<message>.+?)(?: line={LINE})?(?: "
        rf"column={COLUMN})?$",
        "warning file=src/hello.scala message=Object name does not match line=6 column=7",
        ("src/hello.scala", 6, "Object name does not match"),
        starts=("error file=", "warning file="),
    ),
    # https://dart.dev/tools/dart-analyze
    complaint(
        "dart",
        "lint",
        rf"\s+(?P<severity>error|warning|info) (?P<bullet>[•-]) (?P<message>.+?) (?P=bullet) "
        rf"{PATH}:{LINE}:{COLUMN} (?P=bullet) \S+$",
        "  error • Undefined name 'x' • lib/app.dart:12:3 • undefined_identifier",
        ("lib/app.dart", 12, "Undefined name 'x'"),
        starts=("error ", "warning ", "info "),
    ),
    complaint(
        "dart",
        "lint",
        rf"\s+(?P<severity>error|warning|info) - {PLACE} - (?P<message>.+)$",
        "  error - lib/app.dart:12:3 - Undefined name 'x'. - undefined_identifier",
        ("lib/app.dart", 12, "Undefined name 'x'. - undefined_identifier"),
        starts=("error - ", "warning - ", "info - "),
    ),
    # https://hexdocs.pm/credo/
    complaint(
        "credo",
        "lint",
        r"\s*┃ \[(?P<severity>[A-Z])\] \S (?P<message>.+)$",
        "┃ [W] ↗ There should be no calls to IO.inspect.\n┃       lib/app.ex:12:3 #(App.answer)",
        ("lib/app.ex", 12, "There should be no calls to IO.inspect."),
        starts="┃ [",
        then=rf"\s*┃\s+{PATH}:{LINE}(?P<last>:?)",
        reach=2,
        needs_then=True,
    ),
)
