"""JUnit reports of real tools, where a corpus of them is given by the variable CORPUS."""

import io
from collections import Counter

from ci_integrations.domain import Outcome
from ci_integrations.parsing.reports import open_report
from tests.ci_integrations.parsing.reports.reading import read
from tests.ci_integrations.parsing.reports.test_corpus import entries


def test_every_real_junit_report_gives_its_counts_and_failed_names() -> None:
    wrong = []
    reports = [(path, entry["derived"]) for path, entry in entries("reports") if entry["format"] == "junit"]
    for path, truth in reports:
        report = read(path.read_bytes())
        count = Counter(test.outcome for test in report.tests)
        got = (len(report.tests), count[Outcome.FAILED], count[Outcome.ERROR], count[Outcome.SKIPPED])
        names = sorted(test.name for test in report.tests if test.outcome.is_failed)
        right = (
            report.reading.format == "junit"
            and not report.reading.truncated
            and got == tuple(truth[key] for key in ("tests", "failures", "errors", "skipped"))
            and names == sorted(name.split(" :: ", 1)[-1] for name in truth["failed"])
        )
        wrong += [] if right else [(path.name, got, report.reading.error)]
    assert reports
    assert wrong == []


def test_no_other_report_is_taken_for_junit() -> None:
    others = [path for path, entry in entries("reports") if entry["format"] != "junit" and entry["use"] == "scored"]
    readers = {path: open_report(io.BytesIO(path.read_bytes())) for path in others}
    taken = [path for path, reader in readers.items() if reader and reader.reading.format == "junit"]
    assert others
    # One scored report of the malformed kind is JUnit that breaks the rules of XML.
    assert [path for path in taken if path.parent.name != "xml_malformed"] == []
