"""How the prefixes look that runners of many programs put before each line of their output, and what proves them.

* Lerna (https://lerna.js.org/docs/api-reference/commands), Nx with streamed output
  (https://nx.dev/docs/reference/nx-commands): `@acme/a: text`, `a: text`; proved by what npm prints before it runs
  the package's script, `a: > a@1.0.0 test`, or by `> nx run a:test`; a scope proves itself. `lerna exec` tells no
  names, and prints them only with `--stream` or `--parallel`: after its `lerna info Executing command` a name is one
  that is no path and no file.
* Turborepo (https://turborepo.dev/docs/reference/run#--log-prefix-option): `@acme/a:test: text`; proved in the same
  ways, and by `a:test: cache miss, executing 05f0`.
* pnpm -r (https://pnpm.io/cli/recursive): `packages/a test: text`; proved by `packages/a test$ jest`.
* bun --filter (https://bun.sh/docs/cli/filter): `a test: text`; proved by `a test: Exited with code 1`, at the end.
* yarn workspaces foreach (https://yarnpkg.com/cli/workspaces/foreach): `[a]: text`, in Yarn 2 and 3
  `➤ YN0000: [a]: text` and `➤ YN0000: text`; proved by `[a]: Process started`, by a scope and by the number.
* concurrently (https://github.com/open-cli-tools/concurrently/blob/main/docs/cli/prefixing.md) and npm-run-all with
  labels (https://github.com/mysticatea/npm-run-all/blob/master/docs/run-p.md): `[0] text`, `[lint  ] text`; proved by
  `[0] > a@1.0.0 test`, `[0] yarn run v1.22.22`, and at the end by `[0] npm test exited with code 1`.
* GNU parallel --tag (https://www.gnu.org/software/parallel/parallel.html): an argument and a tab; proved by the
  command line, `parallel --tag jest ::: a b`.
* Docker Compose (https://docs.docker.com/reference/cli/docker/compose/logs/): the name and number of the container,
  `web_1  | text`, `web-1  | text`, which prove themselves.
* BuildKit (https://docs.docker.com/build/building/best-practices/): `#8 0.123 text`, which proves itself.
"""

import re
from collections.abc import Iterable, Sequence, Set
from typing import Final

# What programs say in these forms: verdicts, levels, and what build tools put before lines, which is looked at later.
_VERDICTS: Final = (
    "fail failed failure failures pass passed ok success succeeded done skip skipped ignored pending todo xfail xpass "
    "crash crashed timeout flaky broken"
)
_LEVELS: Final = (
    "error err warning warn wrn note notice info inf information debug dbg trace verbose fatal ftl critical crit "
    "severe alert panic hint help"
)
_TOOLS: Final = "remote make env junit java javac exec testng junitlauncher echo"
_WORDS: Final = frozenset(f"{_VERDICTS} {_LEVELS} {_TOOLS}".split())
_FILE: Final = re.compile(
    r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|css|s[ac]ss|less|html?|json|ya?ml|toml|xml|mdx?|rst|txt|py[xi]?|rb|erb|rake|"
    r"php|p[lm]|t|lua|r|jl|go|rs|c|cc|cpp|cxx|h|hh|hpp|hxx|mm?|cs|fs|vb|java|kts?|scala|groovy|gradle|swift|dart|exs?|"
    r"erl|hs|mli?|elm|clj[sc]?|sh|bash|bats|ps1|sql|proto|tf|nix|zig|cr|nim|sol):$",
    re.ASCII | re.IGNORECASE,
)
_PLACE: Final = re.compile(r":\d{1,7}:$")
_END: Final = r"(?=[ \n]|$)"
_TASKS: Final = r"(?::[\w.-]{1,40}+){0,3}+"
_LABEL: Final = r"\[(?:\d{1,2}|[A-Za-z@][\w@./:-]{0,60}+) {0,40}+\]:?+"
_NUMBERED: Final = r"(?:(?<=[_-]\d)|(?<=[_-]\d\d)|(?<=[_-]\d\d\d)) {1,40}+\|"
# Each begins with characters that most lines do not begin with.
_PREFIX: Final = "|".join(
    (
        rf"[a-z0-9./][\w./-]{{0,100}}+(?:(?: [a-z][\w.-]{{0,40}}+)?+{_TASKS}(?:[:$]{_END}|\t)|{_NUMBERED}{_END})",
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
_EXECUTES: Final = "lerna info Executing command in "
# By the kind of a prefix, one of these is part of each line that proves one.
_PROOFS: Final = {
    ":": (": > ", "yarn run v", ": cache ", "\n> ", _EXECUTES),
    " ": ("xited with code ", "$ "),
    "[": ("] > ", "]: > ", "yarn run v", "xited with code ", ": Process "),
    "\t": ("--tag",),
}
KINDS: Final = frozenset(_PROOFS)


def beginnings(lines: Iterable[str]) -> list[str]:
    """What may be a prefix, line by line; "" where nothing may."""
    return [match[0] if (match := _BEGINNING.match(line)) else "" for line in lines]


def all_beginnings(lines: Sequence[str]) -> list[str]:
    """What may be a prefix, of the lines of which something may; much faster."""
    found: list[str] = _BEGINNINGS.findall("\n".join(["", *lines]))
    return found


def kind_of(prefix: str) -> str:
    """One of `KINDS`."""
    if prefix[0] in "[➤":
        return "["
    if prefix[-1] == "\t":
        return "\t"
    return " " if " " in prefix else ":"


def telling(lines: Sequence[str], kinds: Set[str]) -> list[str]:
    """The lines that may prove a prefix of these kinds, each at least once."""
    if not kinds:
        return []
    text = "\n".join(["", *lines])
    proofs = set().union(*(_PROOFS[kind] for kind in kinds))
    return [line for proof in proofs if proof in text for line in lines if proof.lstrip() in line]


def may_be(prefix: str) -> bool:
    """Whether it is no verdict or level, and no path or place in a file and a colon."""
    if prefix.strip("[]: \t").lower() in _WORDS:
        return False
    return kind_of(prefix) != ":" or not ("/" in prefix.removeprefix("//:") or _PLACE.search(prefix))


def is_package(prefix: str) -> bool:
    """Whether it may be the name of a package, without a scope, and a colon."""
    return bool(prefix) and kind_of(prefix) == ":" and may_be(prefix) and not _FILE.search(prefix)


def family(prefix: str) -> str:
    """What it has in common with others of which each proves the others; "" where its form proves nothing."""
    if prefix.startswith(("➤", "#")):
        return prefix[0]
    return prefix if prefix.startswith(("@", "[@")) or prefix[-1:] == "|" else ""


def proved_by(line: str, prefix: str) -> tuple[str, ...]:
    """The prefix that a line proves, which begins with `prefix`, if it does."""
    if not prefix:
        named = _NAMED.match(line)
        if not named or (named["name"] and _FILE.search(f"{named['name']}:")):
            return ()
        return (f"{named['run'] or named['name']}:",)
    if prefix[-1] == "$":
        return (f"{prefix[:-1]}:",)
    return (prefix,) if _proves_itself(prefix, line[len(prefix) + 1 :]) else ()


def tells_tags(line: str) -> bool:
    """Whether a line is GNU parallel's command with `--tag`."""
    return "--tag" in line and _TAGS.search(line) is not None


def tells_packages(line: str) -> bool:
    """Whether Lerna says that it executes a command in packages."""
    return line.startswith(_EXECUTES)


def _proves_itself(prefix: str, rest: str) -> bool:
    if prefix[0] in "[➤":
        return _IN_BRACKETS_SAYS_SO.match(rest) is not None
    name, _, task = prefix[:-1].partition(":")
    if task:
        return rest.startswith(f"> {name}@") or _TASK_SAYS_SO.match(rest) is not None
    return rest.startswith((f"> {name}@", "Exited with code " if " " in name else "yarn run v"))
