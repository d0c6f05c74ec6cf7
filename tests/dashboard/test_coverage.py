"""What the pages say of coverage."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from ci_integrations.models import Run
from dashboard.templatetags.coverage_tags import line_spans, percent, points
from tests.factories import ago, make_coverage, make_repository, make_run

BASE = "ba5e" * 10


def text_of(client: Client, run: Run, name: str = "run", query: str = "") -> str:
    """A page's words, without tags."""
    html = client.get(f"{reverse(f'dashboard:{name}', args=[run.pk])}{query}").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def run(db: None) -> Run:
    """A run of a change that goes out from a run of `main`, with another before it on its branch."""
    shop = make_repository()
    files = {"src/a.py": (8, 10), "src/same.py": (1, 2)}
    make_coverage(make_run(repository=shop, created_at=ago(minutes=60), commit_sha=BASE), 80, 100, files)
    make_coverage(make_run(repository=shop, created_at=ago(minutes=30), branch="topic"), 90, 100)
    run = make_run(repository=shop, created_at=ago(minutes=5), branch="topic", commit_sha="4ead" * 10)
    now = {"src/a.py": (9, 10), "src/same.py": (1, 2), "src/<new>.py": (0, 4)}
    missed = {"src/a.py": [3, 4, 5, 9], "src/<new>.py": [1]}
    change = {"base_sha": BASE, "patch_covered": 2, "patch_total": 7, "patch_missed": missed}
    make_coverage(run, 85, 100, now, branches_covered=1, branches_total=3, **change)
    return run


def test_figures_changes_and_missed_lines_are_told_in_words(page: Client, run: Run) -> None:
    text = text_of(page, run)
    assert "Points since main's ba5eba5" in text.replace("&#x27;", "'")
    assert "lines 85 100 85.00 % +5.00 -5.00" in text
    assert "branches 1 3 33.33 % - -" in text
    assert "2 of 7 changed lines that are code ran in a test (28.57 %)" in text
    assert "src/a.py 3-5, 9" in text
    assert "Files that changed most" in text
    assert "src/&lt;new&gt;.py 0 4 0.00 % new" in text
    assert "src/a.py 9 10 90.00 % +10.00" in text
    assert "src/same.py" not in text


def test_a_run_without_coverage_says_nothing_of_it(page: Client) -> None:
    run = make_run()
    assert "overage" not in text_of(page, run)
    assert page.get(reverse("dashboard:coverage", args=[run.pk])).status_code == 404


def test_where_nothing_changed_the_least_covered_files_are_shown(page: Client) -> None:
    run = make_run()
    make_coverage(run, 1, 2, {f"f{number:02}.py": (number, 20) for number in range(12)}, note="cut short")
    text = text_of(page, run)
    assert "Least covered files" in text
    assert "f09.py" in text
    assert "f10.py" not in text
    assert "cut short" in text
    assert "since" not in text


def test_a_change_without_code_says_so(page: Client) -> None:
    run = make_run()
    make_coverage(run, 1, 2, patch_covered=0, patch_total=0, base_sha=BASE)
    assert "None of the changed lines is code" in text_of(page, run)


def test_all_files_are_paged(page: Client, run: Run) -> None:
    assert "src/same.py" in text_of(page, run, "coverage")
    changed = text_of(page, run, "coverage", "?order=changed")
    assert "src/same.py" not in changed
    assert "Files 2" in changed
    many = make_run()
    make_coverage(many, 1, 2, {f"f{number:03}.py": (number, 1000) for number in range(450)})
    second = text_of(page, many, "coverage", "?order=worst&from=200")
    assert "f199.py" not in second
    assert "f200.py" in second
    assert "f399.py" in second
    assert "f400.py" not in second
    assert "Before" in second
    assert "After" in second
    last = text_of(page, many, "coverage", "?from=400")
    assert "f449.py" in last
    assert "After" not in last


@pytest.mark.parametrize("query", ["?order=x&from=-1", "?from=99999999999999999999", "?from=77777", "?order=changed"])
def test_odd_addresses_are_answered(page: Client, query: str) -> None:
    run = make_run()
    make_coverage(run, 1, 2, {"a": (1, 2)})
    assert page.get(f"{reverse('dashboard:coverage', args=[run.pk])}{query}").status_code == 200


def test_strangers_see_no_coverage(run: Run) -> None:
    assert Client().get(reverse("dashboard:coverage", args=[run.pk])).status_code == 302


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([7], "7"), ([1, 2, 3, 9], "1-3, 9"), ([1, 3, 4], "1, 3-4"), (list(range(0, 70, 2)), None)],
)
def test_lines_in_a_row_are_one(numbers: list[int], words: str | None) -> None:
    told = line_spans(numbers)
    assert told == words if words is not None else told.endswith("56, 58, …")


def test_a_sign_stands_beside_every_colour() -> None:
    assert points(0.4) == '<span class="points-up">+0.40</span>'
    assert points(-1.0) == '<span class="points-down">-1.00</span>'
    assert points(0.0) == '<span class="points-level">±0.00</span>'
    assert (points(None), percent(None), percent(100.0)) == ("-", "-", "100.00 %")
