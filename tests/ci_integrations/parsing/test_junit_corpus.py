"""JUnit reports of real tools, and hostile ones, where a corpus of them is given by the variable CORPUS."""

import gzip
import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import Outcome
from ci_integrations.parsing.junit import looks_like_junit, parse_junit

CORPUS = Path(os.environ.get("CORPUS", "")) / "parsing"
needs_corpus = pytest.mark.skipif("CORPUS" not in os.environ, reason="CORPUS names no folder of real reports")


def entries(folder: str) -> list[dict[str, Any]]:
    manifest: list[dict[str, Any]] = json.loads((CORPUS / folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def content(entry: dict[str, Any]) -> bytes:
    data = (CORPUS / entry["file"]).read_bytes()
    return gzip.decompress(data) if entry["file"].endswith(".gz") else data


@needs_corpus
def test_every_real_junit_report_gives_its_counts_and_failed_names() -> None:
    wrong = []
    reports = [entry for entry in entries("reports") if entry["format"] == "junit"]
    for entry in reports:
        data, truth = content(entry), entry["derived"]
        report = parse_junit(io.BytesIO(data))
        count = Counter(test.outcome for test in report.tests)
        got = (len(report.tests), count[Outcome.FAILED], count[Outcome.ERROR], count[Outcome.SKIPPED])
        names = sorted(test.name for test in report.tests if test.outcome.is_failed)
        right = (
            not report.error
            and looks_like_junit(data[:2000])
            and got == tuple(truth[key] for key in ("tests", "failures", "errors", "skipped"))
            and names == sorted(name.split(" :: ", 1)[-1] for name in truth["failed"])
        )
        wrong += [] if right else [(entry["file"], got, report.error)]
    assert reports
    assert wrong == []


@needs_corpus
def test_no_other_report_is_taken_for_junit() -> None:
    others = [entry for entry in entries("reports") if entry["format"] != "junit" and entry["use"] == "scored"]
    taken = [entry["file"] for entry in others if looks_like_junit(content(entry)[:2000])]
    assert others
    # One scored report of the malformed kind is JUnit that breaks the rules of XML.
    assert [name for name in taken if "xml_malformed" not in name] == []


@needs_corpus
def test_hostile_reports_neither_crash_nor_disclose_nor_grow() -> None:
    hostile = [entry for entry in entries("hostile") if ".xml" in entry["file"]]
    for entry in hostile:
        report = parse_junit(io.BytesIO(content(entry)))
        expected = entry["expected"]
        if expected.get("error_flag"):
            assert report.error or report.recovered, entry["file"]
        assert len(report.tests) <= expected.get("tests", 10), entry["file"]
        for test in report.tests:
            assert len(test.details) < 20_100
            assert "root:" not in test.details + test.message
    assert hostile
