"""Languages, bundlers and build tools with an output of their own."""

from string import ascii_uppercase
from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, complaint

LANGUAGES: Final = (
    complaint(
        "ocaml",
        "compile",
        rf'File "(?P<path>[^"]+\.ml[ily]?)", lines? {LINE}(?:-\d+)?(?:, characters {COLUMN}-\d+)?:$',
        'File "src/app.ml", line 3, characters 4-9:\n3 | let x = yy\nError: Unbound value yy',
        ("src/app.ml", 3, "Unbound value yy"),
        starts='File "',
        # What ends so is OUnit's.
        then=r"(?P<severity>Error|Warning[^:]*): (?P<message>(?P<last>(?!.*\(in the (?:log|code)\)\.$).+))$",
        reach=8,
        needs_then=True,
    ),
    complaint(
        "elm",
        "compile",
        r"-- (?P<message>[A-Z][A-Z ]+?) -{3,} (?P<path>\S+\.elm)$",
        "-- TYPE MISMATCH ------------ src/Main.elm\n\nThe 1st argument is wrong:\n\n12| answer 4",
        ("src/Main.elm", 12, "TYPE MISMATCH"),
        starts=tuple(f"-- {first}{second}" for first in ascii_uppercase for second in ascii_uppercase),
        holds=".elm",
        then=rf"{LINE}(?P<last>\|)",
        reach=12,
    ),
    # https://hexdocs.pm/mix/Mix.Tasks.Compile.Elixir.html
    complaint(
        "elixir",
        "compile",
        rf"\*\* \((?P<kind_of>\w+(?:Error|Exception))\) (?P<path>\S+\.exs?):{LINE}:(?:{COLUMN}:)? (?P<message>.+)$",
        "** (CompileError) lib/app.ex:12: undefined function answer/0",
        ("lib/app.ex", 12, "undefined function answer/0"),
        starts="** (",
    ),
    complaint(
        "elixir",
        "compile",
        r"\s*(?P<severity>error|warning): (?P<message>.+)$",
        'error: undefined variable "x"\n  │\n3 │   x\n  │   ^\n  │\n  └─ lib/app.ex:3:3: App.answer/0',
        ("lib/app.ex", 3, 'undefined variable "x"'),
        starts=("error: ", "warning: "),
        then=rf"\s+(?:└─ )?(?P<path>\S+\.exs?):{LINE}(?P<last>:)",
        reach=10,
        needs_then=True,
    ),
    # https://cmake.org/cmake/help/latest/command/message.html
    complaint(
        "cmake",
        "compile",
        rf"CMake (?P<severity>Error|Warning)(?: \(dev\))? (?:at|in) (?P<path>[^\s:]+):{LINE}(?: \(\w+\))?:$",
        "CMake Error at CMakeLists.txt:12 (find_package):\n  Could not find Boost",
        ("CMakeLists.txt", 12, "Could not find Boost"),
        starts="CMake ",
        then=r" +(?P<message>(?P<last>\S.*))$",
        reach=2,
    ),
    complaint(
        "make",
        "compile",
        r"(?:\S*make(?:\[\d+\])?): \*\*\* (?P<message>No rule to make target .*)$",
        "make: *** No rule to make target 'app.c', needed by 'app.o'.  Stop.",
        ("", None, "No rule to make target 'app.c', needed by 'app.o'.  Stop."),
        words="***",
    ),
    # https://webpack.js.org/api/stats/
    complaint(
        "webpack",
        "compile",
        rf"ERROR in (?:\[[\w-]+\] )?(?P<path>[^\s:(]+)[ :(]{LINE}[:,]{COLUMN}\)?:?",
        "ERROR in ./src/app.ts:12:3\nTS2322: Type 'string' is not assignable to type 'number'.",
        ("./src/app.ts", 12, "TS2322: Type 'string' is not assignable to type 'number'."),
        starts="ERROR in ",
        then=r"\s*(?P<message>(?P<last>\S.*))$",
        reach=2,
    ),
    # https://esbuild.github.io/api/#log-level
    complaint(
        "esbuild",
        "compile",
        r"\s*[✘▲] \[(?P<severity>ERROR|WARNING)\] (?P<message>.+)$",
        '✘ [ERROR] Could not resolve "./nope"\n\n    src/app.js:12:3:',
        ("src/app.js", 12, 'Could not resolve "./nope"'),
        starts=("✘ [", "▲ ["),
        then=rf"\s+{PATH}:{LINE}(?P<last>:){COLUMN}:?$",
        reach=3,
    ),
    complaint(
        "python",
        "error",
        r"Traceback \(most recent call last\):$",
        'Traceback (most recent call last):\n  File "/app/src/app.py", line 3, in <module>\n    answer()\n'
        "NameError: name",
        ("/app/src/app.py", 3, "NameError: name"),
        starts="Traceback (most recent call last):",
        then=r'\s+File "(?P<path>[^"]+)", line (?P<source_line>\d+)|(?P<message>(?P<last>[A-Za-z_][\w.]*(?:: .*)?))$',
        reach=200,
        needs_then=True,
    ),
    complaint(
        "python",
        "compile",
        rf'\s*File "(?P<path>[^"]+)", line {LINE}(?:, in \w+)?(?:: (?P<message>.+ \[[\w-]+\]))$',
        "File \"/app/src/app.py\", line 3, in answer: No attribute 'x' on module 'y' [attribute-error]",
        ("/app/src/app.py", 3, "No attribute 'x' on module 'y' [attribute-error]"),
        starts='File "',
    ),
    # https://www.php.net/manual/en/features.commandline.options.php, https://perldoc.perl.org/perldiag
    complaint(
        "php",
        "compile",
        rf"(?:PHP )?(?P<severity>Parse error|Fatal error|Warning):\s++(?P<message>\S.*?) in (?P<path>\S+\.\w+)(?: on "
        rf"line |:){LINE}$",
        'PHP Parse error:  syntax error, unexpected token "}" in src/App.php on line 3',
        ("src/App.php", 3, 'syntax error, unexpected token "}"'),
        starts=("PHP ", "Parse error", "Fatal error", "Warning: "),
    ),
    complaint(
        "perl",
        "compile",
        rf"(?P<message>\S.*?) at (?P<path>\S+\.(?:p[lmx]|t|PL)) line {LINE}(?:\.|, (?:near|at|<).*)$",
        'syntax error at lib/App.pm line 3, near "}"',
        ("lib/App.pm", 3, "syntax error"),
        words="line ",
        holds=(".pl line ", ".pm line ", ".px line ", ".t line "),
    ),
)
