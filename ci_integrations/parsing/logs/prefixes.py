"""What runners of many programs put before each line of their output: taken away where it is proved to be that.

"error: ", "note: " or "[INFO] " look the same, so nothing is taken away until a line of the runner, or the form itself,
proves a prefix and it stands before `IN_A_ROW` lines. Then it is one to the end of the log.

* Lerna (https://lerna.js.org/docs/api-reference/commands), Nx with streamed output
  (https://nx.dev/docs/reference/nx-commands): `@acme/a: text`, `a: text`; proved by what npm prints before it runs
  the package's script, `a: > a@1.0.0 test`, or by `> nx run a:test`; a scope proves itself. `lerna exec` tells no
  names, and prints them only with `--stream` or `--parallel`: after its `lerna info Executing command` a name is one
  that is no path and no file.
* Turborepo (https://turborepo.dev/docs/reference/run#--log-prefix-option): `@acme/a:test: text`; proved in the same
  ways, and by `a:test: cache miss, executing 05f0`.
* pnpm -r (https://pnpm.io/cli/recursive): `packages/a test: text`; proved by `packages/a test$ jest`.
* bun --filter (https://bun.sh/docs/cli/filter): `a test: text`; proved by `a test: Exited with code 1`.
* yarn workspaces foreach (https://yarnpkg.com/cli/workspaces/foreach): `[a]: text`, in Yarn 2 and 3
  `➤ YN0000: [a]: text` and `➤ YN0000: text`; proved by `[a]: Process started`, by a scope and by the number.
* concurrently (https://github.com/open-cli-tools/concurrently/blob/main/docs/cli/prefixing.md) and npm-run-all with
  labels (https://github.com/mysticatea/npm-run-all/blob/master/docs/run-p.md): `[0] text`, `[lint  ] text`; proved by
  `[0] > a@1.0.0 test`, `[0] yarn run v1.22.22`, `[0] npm test exited with code 1`.
* GNU parallel --tag (https://www.gnu.org/software/parallel/parallel.html): an argument and a tab; proved by the
  command line, `parallel --tag jest ::: a b`.
* Docker Compose (https://docs.docker.com/reference/cli/docker/compose/logs/): the name and number of the container,
  `web_1  | text`, `web-1  | text`, which prove themselves.
* BuildKit (https://docs.docker.com/build/building/best-practices/): `#8 0.123 text`, which proves itself.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from ci_integrations.parsing.logs.clocks import Clocks

IN_A_ROW: Final = 3
MAX_PREFIXES: Final = 1_000
# So many lines of a block are looked at for whether it is worth to look at all.
_SAMPLE: Final = 128

# What programs say in these forms: verdicts, levels, and what build tools put before lines, which is looked at later.
_WORDS: Final = frozenset(
    (
        "error err warning warn wrn note notice info inf information debug dbg trace verbose fatal ftl critical crit "
        "severe alert panic hint help fail failed failure failures pass passed ok success succeeded done skip skipped "
        "ignored pending todo xfail xpass crash crashed timeout flaky broken "
        "remote make env junit java javac exec testng junitlauncher echo"
    ).split()
)
_FILE: Final = re.compile(
    r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|css|s[ac]ss|less|html?|json|ya?ml|toml|xml|mdx?|rst|txt|py[xi]?|rb|erb|rake|"
    r"php|p[lm]|t|lua|r|jl|go|rs|c|cc|cpp|cxx|h|hh|hpp|hxx|mm?|cs|fs|vb|java|kts?|scala|groovy|gradle|swift|dart|exs?|"
    r"erl|hs|mli?|elm|clj[sc]?|sh|bash|bats|ps1|sql|proto|tf|nix|zig|cr|nim|sol)(?::\d{1,7}){0,2}:$",
    re.ASCII | re.IGNORECASE,
)
_END: Final = r"(?=[ \n]|$)"
_TASKS: Final = r"(?::[\w.-]{1,40}+){0,3}+"
_LABEL: Final = r"\[(?:\d{1,2}|[A-Za-z@][\w@./:-]{0,60}+) {0,40}+\]:?+"
_NUMBERED: Final = r"(?:(?<=[_-]\d)|(?<=[_-]\d\d)|(?<=[_-]\d\d\d)) {1,40}+\|"
# Each begins with characters that most lines do not begin with.
_PREFIX: Final = "|".join(
    (
        rf"[a-z0-9./][\w./-]{{0,100}}+(?:(?: [a-z][\w.-]{{0,40}}+)?+{_TASKS}(?:[:$]{_END}|(?=\t))|{_NUMBERED}{_END})",
        rf"@[\w.-]{{1,60}}+/[\w.-]{{1,60}}+(?: [a-z][\w.-]{{0,40}}+)?+{_TASKS}:{_END}",
        rf"{_LABEL}{_END}",
        rf"➤ YN0000:(?: {_LABEL}|(?! [┌│└·]| (?:Done|Failed) )){_END}",
        rf"#\d{{1,3}} \d{{1,5}}\.\d{{1,3}}{_END}",
    )
)
_BEGINNING: Final = re.compile(_PREFIX, re.ASCII)
# A line feed first, which is found fast.
_BEGINNINGS: Final = re.compile(rf"\n({_PREFIX})", re.ASCII)
# Of what stands behind a prefix.
_IN_BRACKETS_SAYS_SO: Final = re.compile(
    r"yarn run v\d|> (?:@[\w.-]+/)?[\w.-]+@\d\S* \S|.* exited with code \w+$|Process (?:started|exited)\b"
)
_TASK_SAYS_SO: Final = re.compile(r"cache (?:miss|hit|bypass)\b|yarn run v\d")
_NAMED: Final = re.compile(
    r"> (?:nx run (?P<run>(?:@[\w.-]+/)?[\w.-]+):[\w.:-]+(?: |$)"
    r"|(?P<name>(?:@[\w.-]+/)?[\w.-]+):[A-Za-z][\w.-]*(?::[\w.-]+)* {0,40}(?:\[[^\]]*\]$|$))"
)
# Where a command begins, then options of its own.
_TAGS: Final = re.compile(
    r"(?:^|[+$>|;&(/\]] ?|\b(?:Run|time|sudo|env|exec|nice) )parallel(?: (?!--tag)-\S++(?: [^\s-]\S*+)?+){0,20}+"
    r" --tag(?:string\b|(?= |$))"
)
_LERNA_EXEC: Final = "lerna info Executing command in "


class Prefixes:
    """Give it the lines of a log, cleaned, block by block."""

    def __init__(self) -> None:
        self._clocks = Clocks()
        self._seen: set[str] = set()
        self._dismissed: set[str] = set()
        self._proved: set[str] = set()
        self._has_tags = False
        self._executes = False
        self._is_sure = False

    def without(self, lines: list[str]) -> list[str]:
        """The lines, each where it was, without the clock of a server and without the prefix of a runner."""
        lines = self._clocks.without(lines)
        if not self._is_sure and not self._is_worth_it(lines):
            return lines
        prefixes = _beginnings(lines)
        self._learn(lines, prefixes)
        if self._executes:
            self._learn_rows(prefixes)
        known = [self._is_known(line, prefix) for line, prefix in zip(lines, prefixes, strict=True)]
        self._is_sure = self._is_sure or any(is_known and _is_row(row) for is_known, row in groupby(known))
        if not self._is_sure:
            return lines
        return [
            line[len(prefix) + 1 :] if is_known else line
            for line, prefix, is_known in zip(lines, prefixes, known, strict=True)
        ]

    def _is_worth_it(self, lines: Sequence[str]) -> bool:
        """Whether what begins some lines may stand before many: it comes again, and something proves it, or its form
        does.
        """
        if len(self._seen) > MAX_PREFIXES:
            self._seen.clear()
            self._dismissed.clear()
        suspects = set()
        for prefix in _BEGINNINGS.findall("\n".join(["", *lines[:: len(lines) // _SAMPLE + 1]])):
            if (prefix in self._seen or _has_own_form(prefix)) and prefix not in self._dismissed and _may_be(prefix):
                suspects.add(prefix)
            self._seen.add(prefix)
        if not suspects:
            return False
        self._dismissed |= suspects
        beginnings = (*(prefix[:-1] for prefix in suspects), "> ", _LERNA_EXEC)
        telling = [line for line in lines if line.startswith(beginnings) or "--tag" in line]
        self._learn(telling, _beginnings(telling))
        return bool(self._proved or self._has_tags or self._executes or any(map(_has_own_form, suspects)))

    def _learn(self, lines: Sequence[str], prefixes: Sequence[str]) -> None:
        """Note what lines, which begin so, prove."""
        for line, prefix in zip(lines, prefixes, strict=True):
            if not prefix:
                self._learn_command(line)
            elif prefix[-1] == "$":
                self._prove(f"{prefix[:-1]}:")
            elif _proves_itself(prefix, line[len(prefix) + 1 :]):
                self._prove(prefix)

    def _learn_rows(self, prefixes: Sequence[str]) -> None:
        for prefix, row in groupby(prefixes):
            if (
                prefix[-1:] == ":"
                and " " not in prefix
                and "/" not in prefix
                and not _FILE.search(prefix)
                and _is_row(row)
            ):
                self._prove(prefix)

    def _learn_command(self, line: str) -> None:
        if (named := _NAMED.match(line)) and (named["run"] or not _FILE.search(f"{named['name']}:")):
            self._prove(f"{named['run'] or named['name']}:")
        self._has_tags = self._has_tags or ("--tag" in line and _TAGS.search(line) is not None)
        self._executes = self._executes or line.startswith(_LERNA_EXEC)

    def _prove(self, prefix: str) -> None:
        if len(self._proved) < MAX_PREFIXES and _may_be(prefix):
            self._proved.add(prefix)

    def _is_known(self, line: str, prefix: str) -> bool:
        if prefix and line[len(prefix) : len(prefix) + 1] == "\t":
            return self._has_tags
        return prefix in self._proved or _has_own_form(prefix)


def _beginnings(lines: Iterable[str]) -> list[str]:
    """What may be a prefix, line by line; "" where nothing may."""
    return [match[0] if (match := _BEGINNING.match(line)) else "" for line in lines]


def _is_row(row: Iterable[object]) -> bool:
    return len(list(row)) >= IN_A_ROW


def _may_be(prefix: str) -> bool:
    return prefix.strip("[]: ").lower() not in _WORDS and not ("/" in prefix and _FILE.search(prefix))


def _has_own_form(prefix: str) -> bool:
    return prefix.startswith(("@", "[@", "➤", "#")) or prefix[-1:] == "|"


def _proves_itself(prefix: str, rest: str) -> bool:
    if prefix[0] in "[➤":
        return _IN_BRACKETS_SAYS_SO.match(rest) is not None
    name, _, task = prefix[:-1].partition(":")
    if task:
        return rest.startswith(f"> {name}@") or _TASK_SAYS_SO.match(rest) is not None
    return rest.startswith((f"> {name}@", "Exited with code " if " " in name else "yarn run v"))
