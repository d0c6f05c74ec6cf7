"""What a run covered, beside the base of its change and the run before it."""

import time
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from ci_integrations.models import Repository, Run
from ci_integrations.selectors.coverage import LOOK_BACK, RunCoverage, coverage_of
from ci_integrations.selectors.coverage_files import FileOrder, coverage_files
from tests.factories import ago, make_coverage, make_job, make_repository, make_run

pytestmark = pytest.mark.django_db
BASE, HEAD = "ba5e" * 10, "4ead" * 10


@pytest.fixture
def shop() -> Repository:
    return make_repository()


def run_of(shop: Repository, minutes: int, **fields: Any) -> Run:
    """A run that began so many minutes ago."""
    return make_run(repository=shop, created_at=ago(minutes=minutes), **fields)


def of(run: Run) -> RunCoverage:
    found = coverage_of(run)
    assert found is not None
    return found


def test_a_run_without_coverage_has_none(shop: Repository) -> None:
    run = run_of(shop, 5)
    make_coverage(run, 1, 2, job=make_job(run))
    assert coverage_of(run) is None


def test_figures_alone(shop: Repository) -> None:
    run = run_of(shop, 5)
    make_coverage(run, 3, 4, branches_covered=1, branches_total=3)
    found = of(run)
    assert found.totals.lines is not None
    assert found.totals.branches is not None
    assert (found.totals.lines.percent, found.totals.branches.percent, found.totals.statements) == (75.0, 33.33, None)
    assert (found.base, found.previous, found.patch) == (None, None, None)
    assert found.text == "75.00 % of lines"


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"lines_covered": 0, "lines_total": 0}, "nothing to cover"),
        ({"lines_covered": None, "lines_total": None}, "nothing to cover"),
        (
            {"lines_covered": None, "lines_total": None, "statements_covered": 1, "statements_total": 3},
            "33.33 % of statements",
        ),
        ({"note": "cut short at line 7"}, "50.00 % of lines; cut short at line 7"),
        ({"patch_covered": 2, "patch_total": 3}, "50.00 % of lines (2 of 3 changed lines)"),
        ({"patch_covered": 0, "patch_total": 0}, "50.00 % of lines"),
    ],
)
def test_all_in_one_line(shop: Repository, figures: dict[str, Any], text: str) -> None:
    run = run_of(shop, 5)
    make_coverage(run, **{"covered": 1, "total": 2, **figures})
    assert of(run).text == text


def test_the_base_is_the_newest_run_of_the_commit_that_the_change_goes_out_from(shop: Repository) -> None:
    for minutes, covered in ((60, 10), (50, 50)):
        make_coverage(run_of(shop, minutes, commit_sha=BASE), covered, 100)
    run_of(shop, 45, commit_sha=BASE)
    make_coverage(run_of(shop, 40, commit_sha=BASE, settled_at=None), 1, 100)
    make_coverage(run_of(shop, 40, commit_sha=BASE, workflow="other"), 1, 100)
    make_coverage(run_of(make_repository(), 40, commit_sha=BASE), 1, 100)
    make_coverage(run_of(shop, 20, branch="topic"), 60, 100)
    run = run_of(shop, 5, branch="topic", commit_sha=HEAD)
    make_coverage(run, 51, 102, base_sha=BASE, patch_covered=2, patch_total=3, patch_missed={"a.py": [7]})
    found = of(run)
    assert found.base is not None
    assert found.previous is not None
    assert (found.base.lines.points, found.previous.lines.points) == (0.0, -10.0)
    assert found.against == found.base
    assert found.text == "50.00 % of lines (±0.00 against main's ba5eba5, 2 of 3 changed lines)"
    assert [(one.path, one.numbers) for one in found.missed] == [("a.py", (7,))]


def test_without_a_base_the_run_before_on_the_branch_counts(shop: Repository) -> None:
    first = run_of(shop, 60, commit_sha=BASE)
    make_coverage(first, 40, 100)
    again = make_run(
        repository=shop, created_at=first.created_at, external_id=first.external_id, attempt=2, commit_sha=BASE
    )
    make_coverage(again, 45, 100)
    for other in (
        run_of(shop, 30, branch="topic"),
        run_of(shop, 30, workflow="other"),
        run_of(shop, 30, head_repository="eve/shop"),
        run_of(shop, 30, settled_at=None),
        run_of(make_repository(), 30),
        run_of(shop, 1),
    ):
        make_coverage(other, 1, 100)
    run_of(shop, 20)
    run = run_of(shop, 5, commit_sha=HEAD)
    make_coverage(run, 50, 100, base_sha="c0ffee")
    found = of(run)
    assert found.base is None
    assert found.previous is not None
    assert found.previous.run == again
    assert found.text == "50.00 % of lines (+5.00 against main's ba5eba5)"
    earlier = of(again).previous
    assert earlier is not None
    assert earlier.run == first
    assert of(first).previous is None


def test_runs_without_a_branch_have_no_run_before(shop: Repository) -> None:
    make_coverage(run_of(shop, 10, branch=""), 1, 2)
    run = run_of(shop, 5, branch="")
    make_coverage(run, 1, 2)
    assert of(run).previous is None


def test_only_so_many_earlier_runs_are_looked_at(shop: Repository, django_assert_num_queries: Any) -> None:
    make_coverage(run_of(shop, 10_000), 1, 2)
    run = run_of(shop, 5)
    make_coverage(run, 1, 2, base_sha=BASE)
    for number in range(LOOK_BACK - 1):
        run_of(shop, 100 + number)
    with django_assert_num_queries(3):
        assert of(run).previous is not None
    run_of(shop, 50)
    assert of(run).previous is None


# Files.


def paths(found: RunCoverage, order: FileOrder) -> list[str]:
    return [one.path for one in coverage_files(found, order)]


def test_the_least_covered_files_come_first(shop: Repository) -> None:
    run = run_of(shop, 5)
    make_coverage(run, 1, 2, {"good": (9, 10), "bad": (0, 3), "worse": (0, 9), "empty": (0, 0), "half": (1, 2)})
    assert paths(of(run), FileOrder.WORST) == ["worse", "bad", "half", "good", "empty"]
    assert paths(of(run), FileOrder.CHANGED) == []


def test_what_changed_most_comes_first(shop: Repository) -> None:
    before = {"same": (1, 2), "up": (1, 4), "down": (4, 4), "gone": (1, 1), "longer": (1, 2)}
    make_coverage(run_of(shop, 10), 1, 2, before)
    run = run_of(shop, 5)
    now = {"same": (1, 2), "up": (2, 4), "down": (1, 4), "new": (1, 10), "longer": (2, 4)}
    make_coverage(run, 1, 2, now)
    files = coverage_files(of(run), FileOrder.CHANGED)
    assert [one.path for one in files] == ["new", "down", "up", "gone", "longer"]
    points = {one.path: one.change.points if one.change else "none" for one in files}
    assert points == {"new": None, "down": -75.0, "up": 25.0, "gone": None, "longer": 0.0}
    assert files[3].totals.lines is None
    worst = {one.path: one.change for one in coverage_files(of(run), FileOrder.WORST)}
    assert set(worst) == set(now)
    assert worst["same"] is None
    assert worst["up"] is not None


def test_twenty_thousand_files_are_read_in_a_moment(shop: Repository) -> None:
    first, run = run_of(shop, 10), run_of(shop, 5)
    for one, most in ((first, 10), (run, 5)):
        many = {f"src/package{number // 100}/file{number}.py": (number % most, 10) for number in range(20_000)}
        make_coverage(one, 1, 2, many)
    began = time.process_time()
    assert len(coverage_files(of(run), FileOrder.CHANGED)) == 10_000
    assert time.process_time() - began < 2


def test_a_summary_reads_no_files(shop: Repository, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_coverage(run_of(shop, 10), 1, 2, files=None)
    run = run_of(shop, 5)
    make_coverage(run, 1, 2)
    with django_assert_max_num_queries(2) as captured:
        assert of(run).text
    assert not any('"files"' in query["sql"] for query in captured.captured_queries)
