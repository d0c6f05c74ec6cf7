"""Reading a long log: what failed and why, against searching each line for words of errors as most tools do.

Run from the repository's root: `python -m benchmarks.parse_logs [MEGABYTES]`. Writes a log (always the same for a size)
as of a server with times, colours, progress, compiler warnings and failed tests, and reads it in two processes. Prints
megabytes (of 1,000,000 bytes) for each second of CPU and the memory that was needed on top of the start.
"""

import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ci_integrations.parsing.logs import scan_log
from ci_integrations.parsing.logtext import log_blocks

_NAMES: Final = ("parser", "session", "cache", "invoice", "router", "worker", "schema", "client", "index", "codec")
_ERRORS: Final = re.compile(
    r"error|fail|exception|fatal|panic|abort|cannot|undefined|not found|denied|killed|timed out", re.IGNORECASE
)
_LINES_AT_ONCE: Final = 5_000


def main() -> None:
    """Print one line for our reading and one for the search."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.log"
        _write(file, megabytes * 1_000_000)
        ours, found = _measure(file, _read)
        peer, matched = _measure(file, _search)
    print(f"scan_log: {megabytes / ours[0]:.1f} MB/s of CPU, {ours[1]:.0f} MiB above the start ({found})")
    print(
        f"one case-insensitive pattern of error words on each line: {megabytes / peer[0]:.1f} MB/s, {peer[1]:.0f} MiB "
        f"({matched}); ours is {peer[0] / ours[0]:.2f} x as fast"
    )


def _read(stream: BinaryIO) -> str:
    scan = scan_log(log_blocks(stream))
    return f"{len(scan.failed_tests)} failed tests, {len(scan.issues)} issues, {len(scan.excerpts)} excerpts"


def _search(stream: BinaryIO) -> str:
    matched = sum(_ERRORS.search(raw.decode(errors="replace")) is not None for raw in stream)
    return f"{matched} lines, none of them explained"


def _measure(file: Path, read: Callable[[BinaryIO], str]) -> tuple[tuple[float, float], str]:
    """Seconds of CPU, MiB above the start, and what was found; in a process of its own, whose peak is its own."""
    ends, begins = os.pipe()
    if not os.fork():
        before, began = _peak(), time.process_time()
        with file.open("rb") as stream:
            found = read(stream)
        os.write(begins, f"{time.process_time() - began} {_peak() - before} {found}".encode())
        os._exit(0)
    os.close(begins)
    with os.fdopen(ends, encoding="utf-8") as answer:
        seconds, memory, found = answer.read().split(" ", 2)
    os.wait()
    return (float(seconds), float(memory)), found


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(file: Path, size: int) -> None:
    written = 0
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for block in _blocks(random.Random(20)):
            written += out.write(block)
            if written >= size:
                return


def _blocks(dice: random.Random) -> Iterator[str]:
    """Parts of a log, each of many lines; the second out of a hundred fails."""
    number = 0
    while True:
        number += 1
        lines = list(_failing(dice) if number % 100 == 2 else _passing(dice))
        at = f"2026-05-{number // 86_400 % 28 + 1:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
        yield "".join(f"{at}.{place % 10_000_000:07}Z {line}\n" for place, line in enumerate(lines))


def _passing(dice: random.Random) -> Iterator[str]:
    for _ in range(_LINES_AT_ONCE):
        name, other, n = dice.choice(_NAMES), dice.choice(_NAMES), dice.randrange(10_000)
        yield dice.choice(
            (
                f"Get:{n} http://archive.example.com/ubuntu jammy/main amd64 lib{name}-dev amd64 1.{n} [{n} kB]",
                f"Downloading {name}-{other} 1.{n}.tar.gz ({n} kB)\r\x1b[2K  10 %\r\x1b[2K 100 %",
                f"[INFO] Compiling {n} source files to /build/{name}/target/classes",
                f"\x1b[36;1m[{n % 300}/300] Building CXX object src/{name}/{other}.cpp.o\x1b[0m",
                f"tests/test_{name}.py::test_{other}_{n} PASSED [ {n % 100}%]",
                f"    ✓ {name} keeps its {other} ({n} ms)",
                f"ok\texample.com/{name}/{other}\t{n / 1000}s",
                f"DEBUG {name}.{other}: request {n:x} answered 200 in {n / 10} ms with {{'id': {n}, 'state': 'ok'}}",
                f"  adding '{name}/{other}/file_{n}.py'",
                "",
            )
        )


def _failing(dice: random.Random) -> Iterator[str]:
    name, n = dice.choice(_NAMES), dice.randrange(10_000)
    yield f"src/{name}.c:{n}:7: warning: unused variable 'v{n}' [-Wunused-variable]"
    yield "============================= test session starts =============================="
    yield f"tests/test_{name}.py::test_{n} FAILED [ 50%]"
    yield "=================================== FAILURES ==================================="
    yield f"___________________________________ test_{n} ___________________________________"
    yield f"tests/test_{name}.py:{n}: AssertionError"
    yield "=========================== short test summary info ============================"
    yield f"FAILED tests/test_{name}.py::test_{n} - assert {n} == {n + 1}"
    yield "========================= 1 failed, 41 passed in 1.25s ========================="
    yield "##[error]Process completed with exit code 1."


if __name__ == "__main__":
    main()
