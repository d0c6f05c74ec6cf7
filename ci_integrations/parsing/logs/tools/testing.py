"""How a test framework's console output is declared."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# What a framework encloses that runs whatever others test (see `Framework`).
EVERY_OTHER: Final = ("*",)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that a test framework prints.

    `pattern` is matched from the line's beginning. Its groups say what the line tells:
    `name` a failed test (with `suite` before it), `message` what is said of it (without the group: `says`); `scope`
    what later names stand in; `counts` numbers with words ("2 failed, 3 passed", "failures=2"); `total`, `passed`,
    `failed`, `errors`, `skipped` numbers, `completed` a total that lines may have told of more than; `duration` a time
    ("0.1s", "1m 2s", seconds where there is no unit), `milliseconds`; `indent` how deep a point of a tree stands: a
    point that follows deeper ones sums them up and is not counted.

    The line must begin, after its indentation, with one of `starts`, hold one of `words` or begin with a place of the
    form `at_place` (see `index`; in lower case); and where there are `holds`, one of these texts must stand in it, in
    whichever case. `inside` is the section it must stand in, `outside` those it must not, `opens` the one it opens (""
    closes). `begins` a run of tests, `proves` that one was there (names alone prove nothing: programs print what looks
    like a failure), `ends` it; only
    what `needs_begin` and was begun may do so. `adds` its numbers up within a run. `verdict` counts the line as one
    test. Of names told in several ways (`rank`, lowest first) those are taken whose number is that of the failures.
    `then` is looked for in the `reach` lines that follow: more `name`, a `suite`, a `message`; `last` in it (or in
    `pattern`) completes, `drop` takes the name back, and where `needs_then` a name without it is none.
    """

    pattern: re.Pattern[str]
    starts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    at_place: str = ""
    inside: str = ""
    outside: tuple[str, ...] = ()
    opens: str | None = None
    begins: bool = False
    proves: bool = False
    ends: bool = False
    needs_begin: bool = False
    adds: bool = False
    verdict: str = ""
    rank: int = 1
    then: re.Pattern[str] | None = None
    reach: int = 1
    needs_then: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What the framework prints, and what that says."""

    log: str
    failed: tuple[str, ...] = ()
    failures: int | None = None
    total: int | None = None
    skipped: int | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Framework:
    """A test framework: `source` documents its output. What a log holds of its runs repeats all of the frameworks that
    it `covers`, and of those that it `encloses` what stands in the lines of its runs, or in those before them where
    they have no first line.

    `glue` stands between a suite and a name, `words` between the parts of a name on several lines; `shape` makes the
    name of the code from suite and name as printed. `not_tests` are names of what failed without being a test, which
    totals leave out. Where `counts_lines`, totals are the lines that tell of single tests. Where `counts_checks`, its
    numbers are those of checks, of which a test may have several: a name that comes again is the same test.
    """

    name: str
    source: str
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    covers: tuple[str, ...] = ()
    encloses: tuple[str, ...] = ()
    glue: str = "::"
    words: str = " "
    counts_lines: bool = False
    counts_checks: bool = False
    shape: Callable[[str, str], str] | None = None
    not_tests: re.Pattern[str] | None = None

    @cached_property
    def open_sections(self) -> dict[str, tuple[Rule, ...]]:
        """Rules for every line of a section: those without literals."""
        rules = [rule for rule in self.rules if not (rule.starts or rule.words or rule.at_place)]
        return {section: tuple(r for r in rules if r.inside == section) for section in {r.inside for r in rules}}


def rule(
    pattern: str,
    starts: str | tuple[str, ...] = (),
    words: str | tuple[str, ...] = (),
    *,
    holds: str | tuple[str, ...] = (),
    then: str = "",
    **said: object,
) -> Rule:
    """A Rule with its patterns compiled and single literals made tuples."""
    return Rule(
        re.compile(pattern),
        (starts,) if isinstance(starts, str) else starts,
        (words,) if isinstance(words, str) else words,
        (holds,) if isinstance(holds, str) else holds,
        then=re.compile(then) if then else None,
        **said,  # type: ignore[arg-type]
    )


# Words beside a number in a line of totals, by what they count.
WORDS: Final = {
    word: kind
    for kind, words in {
        "failed": "failed failures failure fail failing fails timed-out unexpected-successes terminated",
        "errors": "errors error errored broken",
        "passed": "passed passing passes pass ok succeeded successful successes success xpassed",
        "skipped": "skipped skip skips ignored pending pendings todo disabled xfailed omissions notrun undefined"
        " inconclusive expected-failures canceled cancelled incomplete excluded",
        "total": "total tests test examples example runs run specs scenarios doctests doctest properties property",
    }.items()
    for word in words.split()
}
