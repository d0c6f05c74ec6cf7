"""parse: offline, many files in one call, as JSON and as text. No test here has a database."""

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from orchestrate_site.ci.answertext import SHOWN_NAMES
from orchestrate_site.paths import BASE_DIR
from tests.orchestrate_site.ci.harness import ci

JUNIT = (
    '<testsuite name="s"><testcase classname="c" name="a"/><testcase classname="c" name="b"><failure/></testcase>'
    "</testsuite>"
)
LCOV = "SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n"
GO = "mode: set\na.go:1.1,2.2 3 1\n"
LOG = "building\nerror: no such thing\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind."""
    content = {"junit.xml": JUNIT, "lcov.info": LCOV, "build.log": LOG, "page.html": "<html>502</html>"}
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in content}


def lines_of(text: str) -> list[dict[str, Any]]:
    """Of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_each_file_has_a_line_of_json(files: dict[str, Path]) -> None:
    result = ci("parse", "--jsonl", *files.values())
    tests, coverage, log, page = lines_of(result.out)

    assert result.code == 0
    assert tests == {
        "file": f"{files['junit.xml']}", "kind": "tests", "format": "junit", "tests": 2, "failures": 1, "errors": 0,
        "skipped": 0, "failed": ["c :: b"], "recovered": False, "truncated": False,
    }  # fmt: skip
    assert coverage == {
        "file": f"{files['lcov.info']}", "kind": "coverage", "format": "lcov", "lines": {"covered": 1, "total": 2},
        "recovered": False, "truncated": False,
    }  # fmt: skip
    assert set(log) == {"file", "kind", "excerpts", "findings", "failed_tests", "tests", "duration_s"}
    assert (log["kind"], set(log["tests"])) == ("log", {"total", "failed", "skipped"})
    assert (page["kind"], page["error"][:15]) == ("unknown", "an XML or HTML ")
    assert (page["format"], page["tests"], page["failed"]) == (None, 0, [])


def test_json_is_one_document(files: dict[str, Path]) -> None:
    document = ci("parse", "--json", *files.values()).json

    assert [one["kind"] for one in document["files"]] == ["tests", "coverage", "log", "unknown"]


def test_an_archive_answers_for_all_that_is_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "artifact.zip", "w") as archive:
        for name, text in (("a.xml", JUNIT), ("b.xml", JUNIT), ("lcov.info", LCOV), ("cover.out", GO), ("x.txt", LOG)):
            archive.writestr(name, text)
    (answer,) = lines_of(ci("parse", "--jsonl", tmp_path / "artifact.zip").out)

    assert (answer["kind"], answer["tests"], answer["failures"], answer["failed"]) == (
        "tests",
        4,
        2,
        ["c :: b", "c :: b"],
    )
    assert (answer["lines"], answer["statements"]) == ({"covered": 1, "total": 2}, {"covered": 3, "total": 3})


def test_damage_is_told_beside_what_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_text(JUNIT[: JUNIT.index("<failure")])
    (tmp_path / "cut.log.gz").write_bytes(gzip.compress(os.urandom(40).hex().encode() * 2 + b"\nline\n" * 9)[:-9])
    report, log = lines_of(ci("parse", "--jsonl", tmp_path / "cut.xml", tmp_path / "cut.log.gz").out)

    assert (report["truncated"], report["tests"] >= 1) == (True, True)
    assert "not well-formed XML" in report["error"]
    assert (log["kind"], log["error"]) == ("log", "the gzip data ends early")


def test_names_come_from_a_list_too(files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = f"{files['junit.xml']}\n\n{files['lcov.info']}\n"
    (tmp_path / "list").write_text(names)
    from_file = ci("parse", "--jsonl", files["build.log"], "--files-from", tmp_path / "list")
    monkeypatch.setattr("sys.stdin", io.StringIO(names))
    from_stdin = ci("parse", "--jsonl", "--files-from", "-")

    assert [one["kind"] for one in lines_of(from_file.out)] == ["log", "tests", "coverage"]
    assert [one["kind"] for one in lines_of(from_stdin.out)] == ["tests", "coverage"]


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(files: dict[str, Path], tmp_path: Path) -> None:
    result = ci("parse", "--jsonl", tmp_path / "none", tmp_path, files["junit.xml"])
    missing, folder, tests = lines_of(result.out)

    assert result.code == 5
    assert (missing["kind"], missing["error"]) == ("unknown", "No such file or directory")
    assert folder["error"] == "Is a directory"
    assert tests["kind"] == "tests"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no file is named"),
        (["--json", "--jsonl", "x"], "do not go together"),
        (["--files-from", "/nowhere/list"], "the list of files /nowhere/list cannot be read"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: list[str], message: str) -> None:
    result = ci("parse", *arguments)

    assert (result.code, message in result.err) == (2, True)


def test_the_format_may_be_said(files: dict[str, Path]) -> None:
    (answer,) = lines_of(ci("parse", "--jsonl", "--format", "log", files["junit.xml"]).out)
    (refused,) = lines_of(ci("parse", "--jsonl", "--format", "tests", files["lcov.info"]).out)

    assert answer["kind"] == "log"
    assert refused["error"] == "no test report of a known format"


def test_text_on_a_console_is_a_log_by_its_name_only(tmp_path: Path) -> None:
    for name in ("t.tap", "t.log"):
        (tmp_path / name).write_text("TAP version 13\n1..1\nok 1 - a\n")
    answers = lines_of(ci("parse", "--jsonl", tmp_path / "t.tap", tmp_path / "t.log").out)

    assert [answer["kind"] for answer in answers] == ["tests", "log"]


def test_people_get_a_readable_table(files: dict[str, Path]) -> None:
    lines = ci("parse", files["junit.xml"], files["lcov.info"], files["page.html"]).out.splitlines()

    assert lines == [
        f"{files['junit.xml']}: junit, 2 tests, 1 failed",
        "  c :: b",
        f"{files['lcov.info']}: lcov, lines 1 of 2 (50.00 %)",
        f"{files['page.html']}: unknown",
        "  why: an XML or HTML document, but no test report or coverage of a known format",
    ]


def test_the_table_is_short_and_obeys_no_escape_sequence(tmp_path: Path) -> None:
    cases = "".join(f'<testcase name="t{number}&#x9b;2J"><failure/></testcase>' for number in range(SHOWN_NAMES + 5))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    result = ci("parse", tmp_path / "many.xml")

    assert result.out.splitlines()[-1] == "  ... and 5 more"
    assert "\x9b" not in result.out


def test_it_runs_without_any_setting(files: dict[str, Path]) -> None:
    call = [
        sys.executable,
        "-c",
        "from orchestrate_site.cli import main; main()",
        "ci",
        "parse",
        "--jsonl",
        "--files-from",
        "-",
    ]
    names = "\n".join(str(path) for path in files.values())
    done = subprocess.run(
        call, input=names, text=True, capture_output=True, cwd=BASE_DIR, env={"PATH": os.defpath}, check=True
    )

    assert [one["kind"] for one in lines_of(done.stdout)] == ["tests", "coverage", "log", "unknown"]
    assert done.stderr == ""
