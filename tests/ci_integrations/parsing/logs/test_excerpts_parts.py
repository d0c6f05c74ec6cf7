"""The steps from lines to spans: what is kept, what a line looks like, what stands around it, what is chosen."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, product

import pytest

from ci_integrations.parsing.logs.choosing import MAX_SPAN, Scores, ranked_spans
from ci_integrations.parsing.logs.context import contexts
from ci_integrations.parsing.logs.cues import BIT, cues, is_severe, is_strong, without_lead
from ci_integrations.parsing.logs.excerpts import telling_lines
from ci_integrations.parsing.logs.layout import CUT
from ci_integrations.parsing.logs.marks import NAMES
from ci_integrations.parsing.logs.retention import MAX_AROUND_TROUBLE, MAX_AROUND_VERDICTS, TAIL, Retention
from ci_integrations.parsing.logs.scoring import scores_of
from ci_integrations.parsing.logs.weights import WEIGHTS


def marks(lines: list[str], total: int = 0) -> list[set[str]]:
    """The names of the marks of each line that is not blank."""
    told = telling_lines(enumerate(lines, start=1))
    return [
        {name for place, name in enumerate(NAMES) if bits >> place & 1} for bits in contexts(told, total or len(lines))
    ]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        pytest.param("ValueError: no", "head", id="an exception"),
        pytest.param("error: no", "head", id="an error"),
        pytest.param("the build has FAILED", "capitals", id="capitals"),
        pytest.param("caused by java.io.IOException", "thrown", id="a thrown one"),
        pytest.param("0 errors, 2 warnings", "none", id="none"),
        pytest.param("Errors: 0", "none", id="none after its name"),
        pytest.param("Tests: 3 failed", "some", id="some"),
        pytest.param("Tests run: 4, Failures: 2", "some", id="some after their name"),
        pytest.param("src/a.py:12:1: bad", "place", id="a place"),
        pytest.param("Program.cs(12,3): bad", "place", id="a place in brackets"),
        pytest.param("    at Object.run (a.js:1:2)", "frame", id="a frame of JavaScript"),
        pytest.param('  File "a.py", line 3', "frame", id="a frame of Python"),
        pytest.param("      ^~~~~", "pointer", id="a pointer"),
        pytest.param("##[error]Process completed with exit code 1.", "exit", id="GitHub's exit"),
        pytest.param("##[error]Bash exited with code '1'.", "exit", id="Azure's exit"),
        pytest.param("ERROR: Job failed: exit code 1", "exit", id="GitLab's exit"),
        pytest.param('The command "make" exited with 2.', "exit", id="Travis's exit"),
        pytest.param('The command "make" exited with 0.', "good exit", id="a good exit"),
        pytest.param("make: *** [all] Error 2", "trail", id="make's"),
        pytest.param("npm ERR! code ELIFECYCLE", "trail", id="npm's"),
        pytest.param("##[error]Access denied", "annotated", id="an annotation"),
        pytest.param("$ make check", "command", id="a command"),
        pytest.param("+ make check", "command", id="a traced command"),
        pytest.param("##[group]Run make", "group", id="a group"),
        pytest.param("  1) adds numbers", "numbered", id="a numbered failure"),
        pytest.param("[12/163] Building", "counter", id="a counter"),
        pytest.param("=== FAILURES ===", "title", id="a title"),
        pytest.param("+ expected", "diff", id="a difference"),
        pytest.param("..........F.....", "dots", id="progress in dots"),
        pytest.param("Failed tests:", "heading", id="a heading"),
        pytest.param("main.c:3:5: fatal error: a.h: No such file", "compiler", id="GCC's error"),
        pytest.param("error[E0308]: mismatched types", "compiler", id="rustc's error"),
        pytest.param("Program.cs(12,3): error CS0103: The name", "compiler", id="MSBuild's error"),
        pytest.param("[ERROR] COMPILATION ERROR", "compiler", id="Maven's error"),
        pytest.param("a.o: undefined reference to `f'", "golden", id="a linker's"),
        pytest.param("main.sh: line 3: 812 Segmentation fault (core dumped)", "golden", id="a crash"),
        pytest.param("curl: (22) The requested URL returned error: 404", "golden", id="curl's"),
        pytest.param("E       assert 3 == 4", "assertion", id="pytest's assertion"),
        pytest.param("Expected: 3", "assertion", id="what was expected"),
        pytest.param("AssertionError: expected 3 to equal 4", "assertion", id="an assertion"),
        pytest.param("12:01 DEBUG pool: request sent", "level", id="a record of a program's log"),
    ],
)
def test_a_line_is_told_by_its_cues(text: str, mark: str) -> None:
    assert cues(text) & BIT[mark]


@pytest.mark.parametrize(
    ("failed", "passed"),
    [
        pytest.param("--- FAIL: TestAdd (0.00s)", "--- PASS: TestAdd (0.00s)", id="Go"),
        pytest.param("not ok 3 - adds", "ok 3 - adds", id="TAP"),
        pytest.param("[  FAILED  ] Add.Two (1 ms)", "[       OK ] Add.Two (1 ms)", id="GoogleTest"),
        pytest.param(
            "1/2 Test #1: add ......***Failed    0.01 sec", "1/2 Test #1: add ......   Passed    0.01 sec", id="CTest"
        ),
        pytest.param("AddTest > adds FAILED", "AddTest > adds PASSED", id="Gradle"),
        pytest.param("FAIL: test_add (tests.Add)", "test_add (tests.Add) ... ok", id="unittest"),
        pytest.param("[-] adds -> Expected and actual differ", "[+] adds", id="Pester"),
        pytest.param("  ✗ adds", "  ✓ adds", id="ticks"),
        pytest.param("tests/test_add.py::test_add FAILED [ 50%]", "PASS tests/add.js", id="pytest, Jest"),
        pytest.param("TEST-UNEXPECTED-FAIL | a.html | wrong", "PASS", id="Mozilla's harnesses"),
    ],
)
def test_the_verdicts_of_test_runners_are_told_apart(failed: str, passed: str) -> None:
    assert cues(failed) & BIT["verdict"]
    assert is_strong(cues(failed))
    assert not cues(failed) & BIT["good mark"]
    assert cues(passed) & BIT["good mark"]
    assert not cues(passed) & BIT["verdict"]


@pytest.mark.parametrize(
    ("text", "severe"),
    [
        ("error: no such file", True),
        ("3 tests failed", True),
        ("0 errors", False),
        ("compiled without trouble", False),
        ("##[error]Process completed with exit code 1.", False),
        ("$ ./retry-failed.sh", False),
    ],
)
def test_severe_is_what_tells_of_trouble_and_not_only_of_an_exit(text: str, severe: bool) -> None:
    assert is_severe(cues(text)) is severe


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-13 22:10:06,701 boom",
        "[2026-02-13T22:10:06.701Z] boom",
        "[task 2026-02-13T22:10:06.701Z] 22:10:06     boom",
        "boom",
    ],
)
def test_the_time_of_a_program_is_left_out(text: str) -> None:
    assert without_lead(text).endswith("boom")
    assert without_lead(text) in ("boom", "22:10:06,701 boom")


def kept_of(lines: Iterable[str]) -> list[int]:
    kept = Retention()
    kept.feed(lines)
    return [number for number, _ in kept.lines()]


def test_the_end_of_a_log_is_kept_and_what_stands_around_trouble() -> None:
    numbers = kept_of("fatal: broken pipe" if number == 3_000 else f"line {number}" for number in range(1, 10_001))

    assert numbers == [*range(2_996, 3_011), *range(10_001 - TAIL, 10_001)]


@pytest.mark.parametrize("at", range(995, 1_105))
def test_what_stands_around_trouble_is_kept_wherever_it_is(at: int) -> None:
    numbers = kept_of("fatal: broken pipe" if number == at else "line" for number in range(1, 2_001))

    assert set(range(at - 4, at + 11)) <= set(numbers)


def test_what_stands_before_the_first_and_the_last_exit_is_kept() -> None:
    exits = (2_000, 4_000, 6_000)

    numbers = kept_of("it exited with 1" if number in exits else "line" for number in range(1, 9_001))

    assert set(range(1_900, 2_001)) <= set(numbers)
    assert set(range(5_900, 6_001)) <= set(numbers)
    assert 3_910 not in numbers


def test_trouble_that_is_told_again_and_again_leaves_room_for_other() -> None:
    numbers = kept_of("panic: rare" if number == 5_000 else f"connection error {number}" for number in range(50_000))

    assert 5_001 in numbers
    assert len(numbers) < 200


def test_each_verdict_is_kept_though_all_begin_alike() -> None:
    tests = ["add", "divide", "multiply", "subtract"]
    told = [f"task log of info, TEST-UNEXPECTED-FAIL | {test}" for test in tests]

    numbers = kept_of(
        told[number // 100 % 4] if number in range(1_000, 1_400, 100) else "line" for number in range(3_000)
    )

    assert {1_001, 1_101, 1_201, 1_301} <= set(numbers)


def test_what_is_kept_of_endless_trouble_is_its_start_and_its_end() -> None:
    words = ["".join(letters) for letters in product("abcdefghij", repeat=4)]

    numbers = kept_of(f"ERROR: {word} {word}" for word in words)

    assert set(range(1, 100)) <= set(numbers)
    assert set(range(len(words) - 99, len(words))) <= set(numbers)
    assert len(numbers) <= MAX_AROUND_TROUBLE + MAX_AROUND_VERDICTS + TAIL


def test_the_section_of_a_failure_is_told_from_one_that_passed() -> None:
    told = marks(["$ lint", "error: style", "it exited with 0", "$ test", "error: wrong", "it exited with 1"])

    assert "severe where it passes" in told[1]
    assert {"severe where it fails", "severe in first failure", "exit in 1"} <= told[4]


def test_the_end_of_a_log_without_an_exit_counts_as_one() -> None:
    told = marks(["$ test", "ok", "error: wrong"])

    assert {"exit in 1", "section fails"} <= told[2]


def test_repetition_gaps_and_indentation_are_told() -> None:
    told = marks(["case 1 runs", "case 2 runs", "", "", "odd one:", "  detail"])

    assert {"few times", "like next", "wide gap after"} <= told[0] | told[1]
    assert {"once", "wide gap before", "next deeper"} <= told[2]
    assert "deeper" in told[3]


def test_failures_among_tests_that_pass_are_told() -> None:
    told = marks(["--- PASS: TestA", "--- PASS: TestB", "--- FAIL: TestC", "    c_test.go:3: wrong", "FAIL"])

    assert {"strong among good", "first strong where it fails"} <= told[2]
    assert "strong among good" not in told[4]


def test_the_place_in_the_log_is_told() -> None:
    told = marks([f"line {number}" for number in range(1, 101)])

    assert "first tenth" in told[8]
    assert "first third" in told[20]
    assert not {"first tenth", "first third"} & told[40]
    assert "last 8" in told[92]


def test_where_lines_were_not_kept_the_log_is_cut() -> None:
    lines = telling_lines([(1, "first"), (2, ""), (3, "second"), (9, "third")])

    assert [(line.number, line.gap) for line in lines] == [(1, 0), (3, 1), (9, CUT)]


def test_every_weight_is_of_a_mark_that_exists() -> None:
    assert set(WEIGHTS) <= set(NAMES)


def test_a_line_is_scored_by_its_marks_and_by_its_neighbours() -> None:
    name = "frame"
    bit = 1 << NAMES.index(name)

    scores = scores_of([0, bit, 0])

    assert scores.inside == [0, WEIGHTS[name].inside / 100, 0]
    assert scores.start[1:] == [WEIGHTS[name].start / 100, WEIGHTS[name].start_after / 100]
    assert scores.end[:2] == [WEIGHTS[name].end_before / 100, WEIGHTS[name].end / 100]


def scores(size: int, good: range, weight: float = 3.0) -> Scores:
    return Scores(
        start=[weight if place == good.start else -weight for place in range(size)],
        inside=[1.0 if place in good else -1.0 for place in range(size)],
        end=[weight if place == good.stop - 1 else -weight for place in range(size)],
    )


def test_the_first_span_is_the_one_that_scores_best() -> None:
    assert ranked_spans(scores(100, range(40, 52)), range(1, 101))[0] == (40, 51)


def test_no_span_is_longer_than_may_be_shown() -> None:
    spans = ranked_spans(scores(200, range(20, 180)), range(1, 201))

    assert max(last - first + 1 for first, last in spans) <= MAX_SPAN


def test_no_span_goes_over_lines_that_are_missing() -> None:
    spans = ranked_spans(scores(100, range(40, 52)), [*range(1, 46), *range(50, 105)], [45])

    assert not any(first < 45 <= last for first, last in spans)


def test_spans_that_are_chosen_never_overlap() -> None:
    spans = sorted(ranked_spans(scores(200, range(20, 180), weight=0.5), range(1, 201)))

    assert len(spans) > 2
    assert all(one[1] < two[0] for one, two in pairwise(spans))


def both_of(one: Scores, two: Scores) -> Scores:
    """Scores under which two spans are as likely."""
    return Scores(
        start=list(map(max, one.start, two.start)),
        inside=list(map(max, one.inside, two.inside)),
        end=list(map(max, one.end, two.end)),
    )


def test_of_two_spans_as_likely_both_are_shown() -> None:
    spans = ranked_spans(both_of(scores(100, range(10, 15)), scores(100, range(70, 75))), range(1, 101))

    touched = {place for first, last in spans[:2] for place in (10, 70) if first <= place + 4 and place <= last}
    assert touched == {10, 70}


def test_the_first_span_goes_over_two_as_likely_that_are_near() -> None:
    both = both_of(scores(100, range(40, 42)), scores(100, range(50, 52)))
    apart = replace(both, inside=[of if of > 0 else -3.0 for of in both.inside])

    assert ranked_spans(apart, range(1, 101))[0] == (40, 51)


def test_it_goes_over_no_lines_that_are_missing_and_not_over_many() -> None:
    near, far = scores(100, range(50, 52)), scores(100, range(80, 82))

    cut = ranked_spans(both_of(scores(100, range(40, 42)), near), [*range(1, 46), *range(50, 105)], [45])[0]
    long = ranked_spans(both_of(scores(100, range(40, 42)), far), range(1, 101))[0]

    assert cut in ((40, 41), (50, 51))
    assert long in ((40, 41), (80, 81))


def test_nothing_is_chosen_from_nothing() -> None:
    assert ranked_spans(Scores([], [], []), []) == []
