"""Hostile files of the corpus, as their manifests say that they must be answered.

Each is read in a process of its own, with no more memory and time than it may take, where the network and every other
file are refused.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.corpora import corpus

ROOT: Final = Path(__file__).parents[3]
MIB, SECONDS = 200, 5
MAX_TEXT: Final = 25_000
MAX_MADE: Final = 400_000_000
Answer = dict[str, Any]


def read(jobs: Iterable[tuple[Path, int, int]], folder: Path) -> list[Answer]:
    """The answer for each (file, MiB, seconds); the reader has `folder` for temporary files and leaves none there."""
    lines = "".join(json.dumps({"path": f"{path}", "mib": mib, "seconds": s}) + "\n" for path, mib, s in jobs)
    done = subprocess.run(
        [sys.executable, "-m", "tests.ci_integrations.parsing.guarded"],
        input=lines,
        text=True,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": f"{folder}"},
    )
    assert not list(folder.iterdir())
    return [json.loads(line) for line in done.stdout.splitlines()]


def total(answer: Answer, key: str) -> int:
    return sum(piece.get(key, 0) for piece in answer["pieces"])


def is_flagged(answer: Answer) -> bool:
    return bool(answer["error"] or answer["recovered"] or answer["truncated"])


def kinds(answer: Answer) -> set[str]:
    return {piece["kind"] for piece in answer["pieces"]}


def covered(answer: Answer, kind: str) -> Any:
    return next((piece[kind] for piece in answer["pieces"] if piece["kind"] == "coverage" and piece[kind]), {})


def said(answer: Answer, key: str) -> list[Any]:
    return [one for piece in answer["pieces"] for one in piece.get(key, [])]


def first_excerpt(answer: Answer) -> str:
    (piece,) = answer["pieces"]
    span = piece["excerpts"][0]
    return "\n".join(piece["lines"][span["start"] - 1 : span["end"]])


# What each word of the manifest asks of an answer.
CHECKS: Final[dict[str, Callable[[Answer, Any], bool]]] = {
    "tests": lambda answer, value: total(answer, "tests") == value,
    "failures": lambda answer, value: total(answer, "failures") == value,
    "errors": lambda answer, value: total(answer, "errors") == value,
    "skipped": lambda answer, value: total(answer, "skipped") == value,
    "tests_at_least": lambda answer, value: total(answer, "tests") >= value,
    "error_flag": lambda answer, value: is_flagged(answer) is value,
    "recovered": lambda answer, value: answer["recovered"] is value,
    "durations": lambda answer, value: said(answer, "durations") == value,
    "name": lambda answer, value: said(answer, "names") == [value],
    "flaky": lambda answer, value: said(answer, "flaky") == value,
    "format": lambda answer, value: value is None and kinds(answer) == {"unknown"},
    "stored_text_truncated": lambda answer, value: max(map(len, said(answer, "texts"))) < MAX_TEXT,
    "max_rss_delta_mb": lambda answer, value: answer["mib"] <= value,
    "max_seconds": lambda answer, value: answer["seconds"] <= value,
    "line_rate": lambda answer, value: covered(answer, "line_rate") == value,
    "lines_covered": lambda answer, value: covered(answer, "lines")["covered"] == value,
    "lines_total": lambda answer, value: covered(answer, "lines")["total"] == value,
    "statements_covered": lambda answer, value: covered(answer, "statements")["covered"] == value,
    "statements_total": lambda answer, value: covered(answer, "statements")["total"] == value,
    "error_text": lambda answer, value: value in first_excerpt(answer),
    "clean_text": lambda answer, value: kinds(answer) == {"log"},
    "outcome": lambda answer, value: True,
}
# What its `outcome`, a sentence, asks: by file.
OUTCOMES: Final[dict[str, Callable[[Answer], bool]]] = {
    "billion_laughs.xml": lambda answer: total(answer, "tests") <= 1 and is_flagged(answer),
    "deep_nesting.xml": lambda answer: (
        is_flagged(answer) or (total(answer, "tests"), total(answer, "failures")) == (1, 1)
    ),
    "lcov_garbage.info": lambda answer: 2 <= covered(answer, "lines")["total"] <= 4,
    "many_attributes.xml": lambda answer: is_flagged(answer) or total(answer, "tests") == 1,
    "quadratic_blowup.xml": lambda answer: is_flagged(answer),
    "truncated.xml": lambda answer: answer["truncated"],
    "two_roots.xml": lambda answer: total(answer, "tests") in (1, 2),
    "xxe_file.xml": lambda answer: "root:" not in json.dumps(answer),
    "xxe_http.xml": lambda answer: is_flagged(answer) or (total(answer, "tests"), total(answer, "failures")) == (2, 1),
    "zip_bomb.zip": lambda answer: is_flagged(answer),
    "zip_nested.zip": lambda answer: len(answer["pieces"]) == 1,
    "zip_symlink.zip": lambda answer: kinds(answer) == {"unknown"},
}


def missed(name: str, expected: dict[str, Any], answer: Answer) -> list[str]:
    """The words of the manifest that an answer does not hold to."""
    if "died" in answer:
        return [f"died {answer['died']}"]
    words = [word for word, value in expected.items() if not CHECKS[word](answer, value)]
    if name in OUTCOMES and not OUTCOMES[name](answer):
        words.append("outcome")
    return words


def test_every_hostile_file_of_the_parser_corpus_is_answered_as_its_manifest_says(tmp_path: Path) -> None:
    root = corpus("parsing", "hostile").parent
    entries = json.loads((root / "hostile" / "manifest.json").read_text(encoding="utf-8"))
    jobs = [
        (
            root / entry["file"],
            entry["expected"].get("max_rss_delta_mb", MIB),
            entry["expected"].get("max_seconds", SECONDS),
        )
        for entry in entries
    ]
    answers = read(jobs, tmp_path)

    faults = {
        path.name: (words, answer)
        for (path, _, _), entry, answer in zip(jobs, entries, answers, strict=True)
        if (words := missed(path.name, entry["expected"], answer))
    }
    assert not faults
    assert len(answers) == len(entries)
    assert set(OUTCOMES) <= {path.name for path, _, _ in jobs}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, dict[str, Any]]]:
    """The archives, reports, logs and patterns' food of the wider corpus, as files, with their entries."""
    folder = tmp_path_factory.mktemp("hostile")
    with tarfile.open(corpus("hostile.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    entries = json.loads((folder / "hostile" / "manifest.json").read_text(encoding="utf-8"))
    found = [
        (path, entry)
        for entry in entries
        if entry["cat"] in ("archive", "junit_xml", "log", "redos") and (path := _made(entry, folder / "hostile"))
    ]
    assert found
    return found


def _made(entry: dict[str, Any], folder: Path) -> Path | None:
    """The file of an entry; None for one that is too large to be written here, and for what is no file."""
    path = folder / f"{entry['id']}"
    if "file" in entry:
        return folder / "files" / f"{entry['file']}"
    if "b64" in entry:
        path.write_bytes(base64.b64decode(entry["b64"]))
    elif "text" in entry:
        path.write_text(entry["text"], encoding="utf-8", newline="")
    elif entry.get("recipe", {}).get("kind") == "repeat":
        recipe = entry["recipe"]
        if len(recipe["unit"]) * recipe["n"] > MAX_MADE:
            return None
        with path.open("w", encoding="utf-8", newline="") as out:
            out.write(recipe["pre"])
            for begin in range(0, recipe["n"], 100_000):
                out.write(recipe["unit"] * min(100_000, recipe["n"] - begin))
            out.write(recipe["post"])
    else:
        return None
    return path


def test_every_archive_report_and_log_of_the_wider_corpus_is_bounded(
    inputs: list[tuple[Path, dict[str, Any]]], tmp_path: Path
) -> None:
    limits = [(512, 30) if entry["cat"] == "archive" else (256, 10) for _, entry in inputs]
    answers = read([(path, *limit) for (path, _), limit in zip(inputs, limits, strict=True)], tmp_path)

    faults = [
        (entry["id"], entry["name"], answer)
        for (_, entry), (mib, seconds), answer in zip(inputs, limits, answers, strict=True)
        if "died" in answer or answer["mib"] > mib or answer["seconds"] > seconds or "root:" in json.dumps(answer)
    ]
    assert not faults
    by_name = {entry["name"]: answer for (_, entry), answer in zip(inputs, answers, strict=True)}
    assert total(by_name["benign junit zip"], "tests") > 0
    assert (total(by_name["benign emoji+cdata"], "tests"), by_name["benign emoji+cdata"]["error"]) == (2, "")
    assert (total(by_name["truncated"], "tests"), by_name["truncated"]["truncated"]) == (1, True)
    assert (total(by_name["raw control chars"], "failures"), by_name["raw control chars"]["recovered"]) == (1, True)
    assert len(said(by_name["1MB name"], "names")[0]) <= 1_000
    for name in ("zip encrypted flag", "zip unknown method 99", "html error page named .zip", "empty file", "empty"):
        assert kinds(by_name[name]) == {"unknown"}
    for name in (
        "zip bomb flat 512MiB from 0.5MB",
        "zip bomb overlapping 2000x16MiB (Fifield)",
        "zip 30000 tiny entries",
    ):
        assert is_flagged(by_name[name])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("pass", ""),
        ("open('/etc/hostname').read()", "PermissionError"),
        ("socket.socket()", "PermissionError"),
        ("os.system('true')", "PermissionError"),
        ("bytearray(400_000_000)", "MemoryError"),
    ],
)
def test_the_guard_refuses_what_no_reader_may_do(code: str, error: str) -> None:
    program = f"import os, socket\nfrom tests.ci_integrations.parsing.guarded import guard\nguard(10, 1)\n{code}"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert error in done.stderr
    assert (done.returncode == 0) == (not error)


def test_what_takes_too_long_is_ended() -> None:
    program = "from tests.ci_integrations.parsing.guarded import guard\nguard(10, 0)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False)
    assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL)
