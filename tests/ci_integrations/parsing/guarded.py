"""Reads hostile files, each in a process of its own with bounded memory and time, no network and no other file.

`python -m tests.ci_integrations.parsing.guarded` takes a JSON object a line (`path`, `mib`, `seconds`) and prints one
for each: what the file was found to say, or `died` with the status of its process.
"""

import json
import os
import resource
import sys
import tempfile
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.files import Piece, Unreadable, read_file
from ci_integrations.parsing.logs import LogScan
from ci_integrations.parsing.logtext import log_lines
from ci_integrations.parsing.reports import ReportReader, Retried
from ci_integrations.parsing.reports.summary import label

# Code, shared libraries and what the allocator reserves count as address space, though they are not used.
SLACK_MIB = 128
LIBRARY = (sys.base_prefix, sys.prefix)
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.symlink", "os.link", "ctypes.")


def main() -> None:
    """Answer each line."""
    for line in sys.stdin:
        job = json.loads(line)
        with Path(job["path"]).open("rb") as stream, tempfile.TemporaryFile() as answer:
            process = os.fork()
            if not process:
                guard(job["mib"], job["seconds"])
                answer.write(json.dumps(_answer(stream)).encode())
                answer.flush()
                os._exit(0)
            _, status, usage = os.wait4(process, 0)
            answer.seek(0)
            found = json.loads(answer.read()) if not status else {"died": status}
            sys.stdout.write(json.dumps(found | {"seconds": usage.ru_utime + usage.ru_stime}) + "\n")
            sys.stdout.flush()


def guard(mib: int, seconds: int) -> None:
    """From now on this process has no more memory and time than this, and opens nothing."""
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    limit = size + (mib + SLACK_MIB) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 1))
    allowed = (tempfile.gettempdir(), "/proc/self/", *LIBRARY)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if arguments else ""
        if event == "open" and not str(path).startswith(allowed) and not isinstance(path, int):
            raise PermissionError(f"opens {path!r}")
        if event.startswith(REFUSED):
            raise PermissionError(f"{event} {arguments!r}")

    sys.addaudithook(refuse)


def _answer(stream: BinaryIO) -> dict[str, Any]:
    begin = _resident()
    answer: dict[str, Any] = {"pieces": [], "error": "", "recovered": False, "truncated": False}
    for piece in read_file(stream):
        answer["pieces"].append(_piece(piece, answer))
    return answer | {"mib": _peak() - begin}


def _piece(piece: Piece, answer: dict[str, Any]) -> dict[str, Any]:
    content = piece.content
    answer["error"] = answer["error"] or piece.error
    if isinstance(content, Unreadable):
        answer["error"] = answer["error"] or content.error
        return {"kind": "unknown", "name": piece.name}
    if isinstance(content, LogScan):
        lines = list(islice(log_lines(piece.stream), 10)) if piece.stream.seek(0) == 0 else []
        spans = [asdict(span) for span in content.excerpts]
        return {"kind": "log", "name": piece.name, "lines": [line[:1_000] for line in lines], "excerpts": spans}
    if isinstance(content, Coverage):
        ratios = {"lines": content.lines, "branches": content.branches, "statements": content.statements}
        found: dict[str, Any] = {"kind": "coverage", "format": content.format, "line_rate": content.line_rate}
        found |= {kind: ratio and asdict(ratio) for kind, ratio in ratios.items()}
        flags: Any = content
    else:
        found, flags = _tests(content), content.reading
    answer["error"] = answer["error"] or flags.error
    answer["recovered"] |= flags.recovered
    answer["truncated"] |= flags.truncated
    return found | {"name": piece.name}


def _tests(reader: ReportReader) -> dict[str, Any]:
    tests = list(reader)
    names: dict[str, set[bool]] = {}
    for test in tests:
        names.setdefault(label(test), set()).add(test.outcome.is_failed)
    stated = reader.reading.stated
    outcomes = [test.outcome.value for test in tests]
    return {
        "kind": "tests",
        "format": reader.reading.format,
        "tests": stated.tests if stated else len(tests),
        "failures": stated.failures if stated else outcomes.count("failed"),
        "errors": stated.errors if stated else outcomes.count("error"),
        "skipped": stated.skipped if stated else outcomes.count("skipped"),
        "names": [test.name for test in tests[:10]],
        "durations": [test.duration for test in tests[:10]],
        "texts": [f"{test.message}{test.details}" for test in tests[:10]],
        "flaky": sorted(
            {name for name, failed in names.items() if len(failed) > 1}
            | {label(test) for test in tests if isinstance(test, Retried) and test.is_flaky}
        ),
    }


def _resident() -> float:
    """MiB now; the peak is counted from here."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


if __name__ == "__main__":
    main()
