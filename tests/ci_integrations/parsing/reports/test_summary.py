"""Figures, names that differ, and reports that are given twice."""

import io
import time

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports import Counts, Reading, open_report
from ci_integrations.parsing.reports.merging import Merger
from ci_integrations.parsing.reports.summary import counted, labels


def failed(suite: str, name: str, file: str = "") -> TestData:
    return TestData(suite, name, Outcome.FAILED, duration=0.5, file=file)


def test_labels_differ() -> None:
    tests = [failed("c", "t"), failed("c", "t", "/src/a.js"), failed("c", "t"), failed("", "u")]
    assert labels(tests, Reading("x")) == ["c :: t", "c :: t (a.js)", "c :: t #2", "u"]
    assert labels(tests[:1], Reading("x", suites_are_files=True)) == ["t"]


def test_many_results_of_one_name_are_numbered_in_time_in_proportion() -> None:
    begun = time.process_time()
    names = labels([failed("c", "t")] * 20_000, Reading("x"))
    assert time.process_time() - begun < 2
    assert names[-1] == "c :: t #20000"


def test_a_runners_own_totals_win_over_its_list_and_the_difference_is_told() -> None:
    text = (
        b'{"examples": [{"description": "a", "status": "failed"}], "summary": {"example_count": 2, "failure_count": 1}}'
    )
    reader = open_report(io.BytesIO(text))
    assert reader is not None
    counts, tests = counted(reader)
    assert counts == Counts(2, 1, 0, 0)
    assert len(tests) == 1
    assert reader.reading.problems == ("the summary tells of 2 tests, 1 are listed",)


def test_a_report_that_repeats_others_is_left_out() -> None:
    one, two, three = failed("a", "1"), failed("a", "2"), failed("b", "3")
    merger = Merger()
    assert merger.add([one, two])
    assert merger.add([three])
    assert not merger.add([one, two, three])
    assert not merger.add([two, one])
    assert not merger.add([two])
    assert merger.add([three])
    assert merger.add([one, failed("a", "new")])
    assert merger.add([]) == []
