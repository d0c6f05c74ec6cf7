"""What stands before the lines of programs: taken away where it is proved to be a runner's, and nowhere else."""

# ruff: noqa: RUF001

import pytest

from ci_integrations.parsing.logs import FailedTest, scan_log
from ci_integrations.parsing.logs.prefixes import Prefixes

JEST = [
    "FAIL src/a.test.js",
    "  ● adder › adds",
    "",
    "Test Suites: 1 failed, 1 total",
    "Tests:       1 failed, 1 passed, 2 total",
    "Time:        0.5 s",
]


def without(*lines: str) -> list[str]:
    return Prefixes().without(list(lines))


def prefixed(prefix: str, lines: list[str]) -> list[str]:
    """As runners print them: of an empty line, CI servers often cut the blank."""
    return [f"{prefix}{line}" if line else prefix.rstrip(" ") for line in lines]


def cut(lines: list[str], size: int) -> list[list[str]]:
    return [lines[begin : begin + size] for begin in range(0, len(lines), size)]


RUNNERS = [
    pytest.param("@acme/a: ", [], [], id="a scope"),
    pytest.param("@acme/a: ", ["lerna notice cli v9.0.7", "@acme/a: > @acme/a@1.0.0 test"], [], id="Lerna"),
    pytest.param("bee: ", ["bee: > bee@1.0.0 test", "bee: > jest"], [], id="Lerna with npm"),
    pytest.param("bee: ", ["bee: yarn run v1.22.22", "bee: $ jest"], [], id="Lerna with yarn"),
    pytest.param("bee: ", ['lerna info Executing command in 2 packages: "jest"'], [], id="lerna exec"),
    pytest.param("bee: ", ["> nx run bee:test"], [], id="Nx"),
    pytest.param("bee.js: ", ["> nx run bee.js:test"], [], id="Nx with a name like that of a file"),
    pytest.param("bee: ", ["> bee:test"], [], id="Lerna with Nx"),
    pytest.param("bee:test: ", ["bee:test: cache miss, executing 5f33366604b93a52"], [], id="Turborepo"),
    pytest.param("bee:test:e2e: ", ["bee:test:e2e: > bee@1.0.0 test:e2e"], [], id="Turborepo with npm"),
    pytest.param("//:test: ", ["//:test: cache hit, replaying logs 5f33366604b93a52"], [], id="Turborepo's root"),
    pytest.param("packages/a test: ", ["packages/a test$ jest"], ["packages/a test: Failed"], id="pnpm"),
    pytest.param(". test:unit: ", [". test:unit$ jest"], [], id="pnpm's root"),
    pytest.param("bee test: ", [], ["bee test: Exited with code 1"], id="Bun"),
    pytest.param("@acme/a test: ", [], [], id="Bun with a scope"),
    pytest.param("[bee]: ", ["[bee]: Process started"], [], id="yarn"),
    pytest.param("[@acme/a]: ", [], [], id="yarn with a scope"),
    pytest.param("➤ YN0000: [bee]: ", [], [], id="yarn 2 with names"),
    pytest.param("➤ YN0000: ", [], ["➤ YN0000: Failed in 1s"], id="yarn 2"),
    pytest.param("[0] ", [], ["[0] npm test exited with code 1"], id="concurrently"),
    pytest.param("[api] ", ["[api] > bee@1.0.0 test", "[api] > jest"], [], id="concurrently with names"),
    pytest.param("[test:a  ] ", ["[test:a  ] > bee@1.0.0 test:a"], [], id="npm-run-all"),
    pytest.param("src/a\t", ["$ parallel --tag npm test ::: src/a src/b"], [], id="GNU parallel"),
    pytest.param("src/a.js\t", ["+ ls src | parallel -j 4 --tag eslint"], [], id="GNU parallel in a pipe"),
    pytest.param("1\t", ["Run /usr/bin/parallel --jobs=4 --tagstring {#} jest ::: a"], [], id="a tag string"),
    pytest.param("bee: ", ["> nx run bee:test:unit --ci  [local cache]"], [], id="Nx with a cache"),
    pytest.param("web_1  | ", [], [], id="Docker Compose"),
    pytest.param("tests-1  | ", [], [], id="Docker Compose, version 2"),
    pytest.param("#8 0.512 ", [], [], id="BuildKit"),
]
PROVED_AT_THE_END = {"Bun", "concurrently"}
PROVED_BEFORE = [runner for runner in RUNNERS if runner.id not in PROVED_AT_THE_END]


@pytest.mark.parametrize(("prefix", "above", "below"), RUNNERS)
def test_tests_behind_the_prefix_of_a_runner_are_told(prefix: str, above: list[str], below: list[str]) -> None:
    scan = scan_log(["\n".join(["Building", *above, *prefixed(prefix, JEST), *below, "Done"])])

    assert scan.failed_tests == (FailedTest("adder › adds", len(above) + 3),)
    assert (scan.tally.total, scan.tally.failed, scan.duration_s) == (2, 1, 0.5)


@pytest.mark.parametrize("size", [1, 7, 100, 600, 601, 602, 603, 604, 5_000])
@pytest.mark.parametrize(("prefix", "above", "below"), RUNNERS)
def test_it_does_not_matter_how_many_lines_come_at_a_time(
    prefix: str, above: list[str], below: list[str], size: int
) -> None:
    lines = [*(f"added {number} packages" for number in range(600)), *above, *prefixed(prefix, JEST + ["x"] * 20)]

    scan = scan_log("\n".join(part) for part in cut([*lines, *below, "Done"], size))

    assert scan.failed_tests == (FailedTest("adder › adds", len(above) + 602),)
    assert (scan.tally.total, scan.tally.failed, scan.duration_s) == (2, 1, 0.5)


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(("prefix", "above", "below"), PROVED_BEFORE)
def test_a_proof_in_an_earlier_block_is_one(prefix: str, above: list[str], below: list[str], place: int) -> None:
    body = JEST + ["x"] * 20
    prefixes = Prefixes()
    prefixes.without([*(f"added {number} packages" for number in range(600)), *above, *prefixed(prefix, body[:place])])

    assert prefixes.without([*prefixed(prefix, body[place:]), *below])[: len(body) - place] == body[place:]


@pytest.mark.parametrize("place", [3, 4, 5, 6])
@pytest.mark.parametrize(("prefix", "above", "below"), PROVED_BEFORE)
def test_lines_at_the_end_of_a_block_are_without_it(
    prefix: str, above: list[str], below: list[str], place: int
) -> None:
    body = JEST + ["x"] * 20
    others = [f"added {number} packages" for number in range(600)]

    found = without(*others, *above, *prefixed(prefix, body[:place]))

    assert found[len(others) + len(above) :] == body[:place]


def test_a_proof_that_came_some_blocks_before_is_one() -> None:
    prefixes = Prefixes()
    prefixes.without([*["Building"] * 600, "bee: > bee@1.0.0 test"])
    prefixes.without(["Building"] * 600)

    assert prefixes.without(["bee: a"] * 9) == ["a"] * 9


def test_what_was_no_prefix_in_one_block_may_be_one_in_the_next() -> None:
    prefixes = Prefixes()

    for _ in range(9):
        assert prefixes.without(["bee: installing", "bee: done", "x"]) == ["bee: installing", "bee: done", "x"]
    assert prefixes.without(["bee: > bee@1.0.0 test", *["bee: a"] * 9]) == ["> bee@1.0.0 test", *["a"] * 9]


@pytest.mark.parametrize(("prefix", "end"), [("bee test: ", "Exited with code 1"), ("[0] ", "jest exited with code 1")])
def test_a_prefix_that_is_proved_at_the_end_is_one_from_the_last_block_on(prefix: str, end: str) -> None:
    prefixes, lines = Prefixes(), prefixed(prefix, ["a"] * 9)

    assert prefixes.without(lines) == lines
    assert prefixes.without([*lines, f"{prefix}{end}"]) == [*["a"] * 9, end]
    assert prefixes.without(lines) == ["a"] * 9


def test_prefixes_that_take_turns_are_taken_away() -> None:
    lines = ("[t:b] ", "[t:b] > bee@1.0.0 test", "[0] ", "[0] > @acme/a@1.0.0 test", "[t:b] PASS b.js", "[0] PASS a.js")

    assert without(*lines, "x") == ["", "> bee@1.0.0 test", "", "> @acme/a@1.0.0 test", "PASS b.js", "PASS a.js", "x"]


def test_each_prefix_stands_before_some_lines_before_it_is_one() -> None:
    lines = ["#8 0.1 a", "#9 0.2 b", "#8 0.3 c", "[api] > bee@1.0.0 lint", "[api] a", "@acme/a: b", "web-1 | c"]

    assert without(*lines) == ["a", "b", "c", *lines[3:]]


def test_lines_before_which_a_prefix_stands_are_counted_over_blocks() -> None:
    prefixes = Prefixes()

    assert prefixes.without(["@acme/a: a", "@acme/a: b"]) == ["@acme/a: a", "@acme/a: b"]
    assert prefixes.without(["@acme/a: c", "d"]) == ["c", "d"]


def test_lines_of_which_others_stand_between_are_not_counted_together() -> None:
    lines = ["@acme/a: a", "b", "@acme/a: c", "d", "@acme/a: e", "f"]

    assert without(*lines) == lines


def test_a_prefix_that_was_proved_is_one_to_the_end_of_the_log() -> None:
    prefixes = Prefixes()
    prefixes.without(["bee: > bee@1.0.0 test", "bee: > jest", "bee: PASS a.js"])

    assert prefixes.without(["bee: PASS b.js", "cat: no such file"]) == ["PASS b.js", "cat: no such file"]


def test_a_prefix_is_found_among_many_other_lines() -> None:
    others = [f"Compiling {number}" for number in range(400)]

    found = without(*others, *prefixed("bee: ", ["> bee@1.0.0 test", *JEST * 3]), *others)

    assert found == [*others, "> bee@1.0.0 test", *JEST * 3, *others]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["error: a", "error: b", "error: c"], id="errors"),
        pytest.param(["lerna info Executing command in 1 package", *["error: a"] * 4], id="errors of Lerna's programs"),
        pytest.param(
            ["lerna info Executing command in 3 packages", *["src/a.js: line 1, col 3, Error - Unexpected var."] * 3],
            id="ESLint in Lerna",
        ),
        pytest.param(["lerna info Executing command in 3 packages", *["a.vue: bad"] * 3], id="files in Lerna"),
        pytest.param(["[FAIL] ./t exited with code 1", *["[FAIL] adder::adds: (0.00s)"] * 3], id="Criterion"),
        pytest.param(["[error]: a exited with code 1", *["[error]: a"] * 3], id="a level and a colon"),
        pytest.param(["[Warning] a exited with code 1", *["[Warning] a"] * 3], id="a level in another case"),
        pytest.param(
            ["+ cucumber --tags @a --parallel 4", *["app/user.rb\t13\tCommand Injection"] * 3], id="tags of Cucumber"
        ),
        pytest.param(["+ parallel npm test --tag a ::: b c", *["src/a\t1"] * 3], id="a tag of the program"),
        pytest.param(["+ docker build --tag a . | parallel -j4 x", *["src/a\t1"] * 3], id="a tag of another command"),
        pytest.param(["> foo.c:5: x", *["foo.c: In function 'main':"] * 3], id="a diff"),
        pytest.param(["> foo.c:test", *["foo.c: In function 'main':"] * 3], id="a file in a diff"),
        pytest.param(["> nginx:latest pulled", *["nginx: [emerg] bind() failed"] * 3], id="an image"),
        pytest.param(["> warn:a", *["warn: a"] * 3], id="a warning in a quotation"),
        pytest.param(["/bin/sh: 1: a", "/bin/sh: 2: b", "/bin/sh: 3: c"], id="a shell"),
        pytest.param(["src/a.c: In function 'a':", "src/a.c:1:2: error: b", "src/a.c: In function 'c':"], id="gcc"),
        pytest.param(["pip: a", "pip: b", "pip: c", "> jest@1.0.0 test"], id="pip"),
        pytest.param(["[INFO] > bee@1.0.0 test", "[INFO] > jest", "[INFO] FAIL a", "[INFO] b"], id="npm in Maven"),
        pytest.param(["[1/3] a", "[2/3] b", "[3/3] c exited with code 1"], id="a counter"),
        pytest.param(["[lint] a", "[lint] b", "[lint] c"], id="brackets"),
        pytest.param(["bee: > bee@1.0.0 test", "bee: > jest", "done"], id="two lines"),
        pytest.param(["bee: a", "bee: b", "bee: c", "bee: > cow@1.0.0 test"], id="another name"),
        pytest.param(["src/a test: a", "src/a test: b", "src/a test: c"], id="no command"),
        pytest.param(["src/a\t1", "src/a\t2", "src/a\t3"], id="a table"),
        pytest.param(["one | two", "one | three", "one | four"], id="a pipe"),
        pytest.param(["case-1 | passed", "case-2 | failed", "case-3 | passed"], id="another table"),
        pytest.param(["@babel/core: 7.1.0 -> 7.2.0", "@babel/cli: 7.1.0", "@types/node: 1.0.0"], id="versions"),
        pytest.param(["#1 a", "#2 b", "#3 c"], id="numbers"),
        pytest.param(["➤ YN0000: ┌ Link step", "➤ YN0000: └ Completed", "➤ YN0000: Done in 1s"], id="yarn install"),
    ],
)
def test_what_only_looks_like_a_prefix_stays(lines: list[str]) -> None:
    assert without(*lines) == lines


@pytest.mark.parametrize(
    "clock", [pytest.param("12:01:02  ", id="Jenkins"), pytest.param("[00:01:02] ", id="AppVeyor")]
)
def test_the_clock_of_a_server_is_taken_away(clock: str) -> None:
    lines = [*(f"Compiling {number}" for number in range(30)), *JEST]

    scan = scan_log(["\n".join(prefixed(clock, lines)), "\n".join(prefixed(clock, JEST))])

    assert scan.failed_tests == (FailedTest("adder › adds", 32),)
    assert (scan.tally.total, scan.tally.failed) == (4, 2)


def test_a_time_that_some_lines_have_stays() -> None:
    lines = [*(f"12:01:{number} saved" for number in range(10, 60)), *["plain"] * 10]

    assert without(*lines) == lines
    assert without("12:01:02 saved") == ["12:01:02 saved"]


SUMMARY = [
    "=== short test summary info ===",
    "FAILED tests/test_a.py::test_b - x",
    "=== 1 failed, 2 passed in 0.1s ===",
]


@pytest.mark.parametrize(
    ("clock", "others"),
    [
        pytest.param("12:00:01  ", ["Finished: FAILURE"], id="a line without it"),
        pytest.param("12:00:01  ", ["Started by an SCM change"], id="the first line without it"),
        pytest.param("12:00:01 ", ["Finished: FAILURE"], id="one blank"),
    ],
)
def test_the_clock_of_a_server_is_taken_away_whatever_other_lines_say(clock: str, others: list[str]) -> None:
    lines = prefixed(clock, ["Started"] * 40 + SUMMARY)

    assert without(*lines, *others) == ["Started"] * 40 + SUMMARY + others
    assert without(*others, *lines) == others + ["Started"] * 40 + SUMMARY


def test_lines_that_are_indented_stay_so_behind_the_clock_of_a_server() -> None:
    prefixes = Prefixes()
    lines = ["  ● adder › adds", "    expected 1"]

    assert prefixes.without(prefixed("[00:01:02] ", lines * 20)) == lines * 20
    assert prefixes.without(prefixed("[00:01:02] ", lines)) == lines


@pytest.mark.parametrize("above", [["Started by user a"] * 30, ["12:00:00  Started"] * 3], ids=["untimed", "short"])
def test_the_clock_of_a_server_is_found_behind_a_short_first_block(above: list[str]) -> None:
    prefixes = Prefixes()
    prefixes.without(above)

    assert prefixes.without(prefixed("12:00:01  ", ["Built"] * 1_000)) == ["Built"] * 1_000


def test_a_block_with_few_times_keeps_them_where_most_lines_had_none() -> None:
    prefixes = Prefixes()
    prefixes.without(["Building"] * 1_000)

    assert prefixes.without(["12:00:01  saved"] * 1_000) == ["12:00:01  saved"] * 1_000


@pytest.mark.parametrize("size", [10, 200, 1_000, 5_000])
def test_the_clock_of_maven_that_was_proved_is_one_to_the_end_of_the_log(size: int) -> None:
    stack = [f"\tat com.acme.A{number}" for number in range(400)]
    failure = "[ERROR] com.acme.AdderTest.adds -- Time elapsed: 0.1 s <<< FAILURE!"
    lines = ["[INFO]  T E S T S", "[INFO] a", *stack, failure, *stack, "[ERROR] Tests run: 3, Failures: 1"]
    prefixes = Prefixes()
    timed = [line if line.startswith("\t") else f"12:01:02 {line}" for line in lines]

    assert [line for part in cut(timed, size) for line in prefixes.without(part)] == lines


@pytest.mark.parametrize("clock", ["12:01:02 ", "12:01:02,123 ", "12:01:02.123 ", "[12:01:02] "])
def test_the_clock_of_maven_is_taken_away(clock: str) -> None:
    results = ["[INFO]  T E S T S", "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1"]
    named = "com.acme.AdderTest.adds  Time elapsed: 0.1 s  <<< FAILURE!"

    scan = scan_log(["\n".join([f"{clock}{results[0]}", f"{clock}[ERROR] {named}", f"{clock}{results[1]}", "plain"])])

    assert scan.failed_tests == (FailedTest("com.acme.AdderTest.adds", 2),)
    assert (scan.tally.total, scan.tally.failed, scan.tally.skipped) == (3, 1, 1)


def test_lines_of_runs_that_passed_are_known_whatever_stands_before_them() -> None:
    flaw = "Error: the database is away"
    steps = [f"step {letter}" for letter in "abcdefghij" * 4]
    log = ["\n".join(prefixed("@acme/a: ", [*steps, flaw, *steps, "Error: new", *steps]))]

    first = scan_log(log).excerpts[0]
    first_new = scan_log(log, prefixed("@acme/b: ", ["a", flaw, "b"])).excerpts[0]

    assert first.start <= 41 <= first.end
    assert first_new.start <= 82 <= first_new.end
