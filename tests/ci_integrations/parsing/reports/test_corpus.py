"""Real reports, where a corpus of them is given by the variable CORPUS."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.parsing.reports import open_report
from ci_integrations.parsing.reports.summary import counted
from tests.corpora import corpus

EXPECTED = ("tests", "failures", "errors", "skipped")


def entries(folder: str) -> list[tuple[Path, dict[str, Any]]]:
    root = corpus("parsing")
    manifest = json.loads((root / folder / "manifest.json").read_text(encoding="utf-8"))
    return [(root / entry["file"], entry) for entry in manifest]


def stream_of(path: Path) -> io.BytesIO:
    data = path.read_bytes()
    return io.BytesIO(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def test_reports_are_exact() -> None:
    wrong, right = [], 0
    for path, entry in entries("reports"):
        truths = [
            truth for key in ("derived", "stated") if isinstance((truth := entry.get(key) or {}).get("tests"), int)
        ]
        if entry["use"] != "scored" or not truths:
            continue
        reader = open_report(stream_of(path))
        counts = counted(reader)[0] if reader else None
        mine = (counts.tests, counts.failures + counts.errors) if counts else (0, 0)
        good = any(
            mine[0] == truth["tests"] and mine[1] in (mine[1] if bad(truth) is None else bad(truth),)
            for truth in truths
        )
        right += good
        wrong += [] if good else [path.name]
    assert right / (right + len(wrong)) >= 0.99, wrong


def bad(truth: dict[str, Any]) -> int | None:
    if isinstance(truth.get("failures"), int):
        return int(truth["failures"]) + int(truth.get("errors") or 0)
    return truth["failed"] if isinstance(truth.get("failed"), int) else None


def test_what_must_be_rejected_is_rejected_or_flagged() -> None:
    files = [path for path, entry in entries("reports") if entry["use"] == "must_reject_or_flag"]
    assert files
    for path in files:
        reader = open_report(stream_of(path))
        if reader is not None:
            list(reader)
            assert reader.reading.recovered or reader.reading.truncated, path.name


def test_servers_payloads_are_exact() -> None:
    for path, entry in entries("provider"):
        if "tests" not in entry["expected"]:
            continue
        reader = open_report(stream_of(path))
        assert reader is not None, path.name
        counts, _ = counted(reader)
        expected = entry["expected"]
        assert (counts.tests, counts.failures + counts.errors) == (
            expected["tests"],
            expected["failures"] + expected["errors"],
        )


def test_hostile_reports_give_what_is_expected() -> None:
    for path, entry in entries("hostile"):
        expected, reader = entry["expected"], None if ".zip" in path.name else open_report(stream_of(path))
        if reader is None:
            continue
        counts, failed = counted(reader)
        for key in EXPECTED:
            assert getattr(counts, key) == expected.get(key, getattr(counts, key)), path.name
        assert reader.reading.recovered or not expected.get("recovered"), path.name
        assert reader.reading.error or not expected.get("error_flag"), path.name
        assert all("root:" not in test.details + test.message for test in failed)


@pytest.mark.parametrize("folder", ["logs", "coverage"])
def test_nothing_else_is_taken_for_a_report(folder: str) -> None:
    assert [path.name for path, _ in entries(folder) if open_report(stream_of(path)) is not None] == []
