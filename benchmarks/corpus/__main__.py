"""Run the scorer of the corpus with `orchestrate ci parse`, and with the last lines of each log as a baseline.

Run from the repository's root: `python -m benchmarks.corpus [FOLDER ...]`, with CORPUS set. Prints every figure beside
its target, its floor and what the last 50 and 200 lines give, from `figures.toml`. Ends with 1 where one is below its
floor: floors are what was reached, so that it stays.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.corpus import places
from benchmarks.corpus.table import Expected, below_floor, rows

ROOT: Final = Path(__file__).parent.parent.parent
PARSE: Final = (
    sys.executable,
    "-c",
    "from orchestrate_site.cli import main; main()",
    "ci",
    "parse",
    "--jsonl",
    "--files-from",
    "-",
)
FOLDERS: Final = ("logs", "paired", "reports", "coverage", "hostile", "provider")


def main(folders: Sequence[str]) -> int:
    """Print the table; 0 where every figure is at its floor or above, or there is no corpus."""
    corpus = os.environ.get("CORPUS")
    if not corpus:
        print("skipped: CORPUS is not set; it names the folder that the corpora of real CI material are in")
        return 0
    scorer = Path(corpus).parent / "benchmarks" / "parsing"
    if not (scorer / "bench.py").is_file():
        print(f"skipped: there is no scorer in {scorer}")
        return 0
    chosen = tuple(folders) or FOLDERS
    ours = dict(score(scorer, corpus, PARSE, chosen))
    if "paired" in chosen:
        ours |= places.score(Path(corpus) / "parsing", PARSE)
    tails = [
        score(scorer, corpus, (sys.executable, f"{scorer / 'baseline_tail.py'}", lines), ("logs",))
        for lines in ("50", "200")
    ]
    expected = read_expected(Path(__file__).with_name("figures.toml"))
    for row in rows(ours, expected, tails):
        print(row)
    fallen = below_floor(ours, {name: one for name, one in expected.items() if one.folder in chosen})
    for line in fallen:
        print(line, file=sys.stderr)
    return 1 if fallen else 0


def read_expected(file: Path) -> dict[str, Expected]:
    """Targets and floors by the figure's name."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        f"{group}.{name}": Expected(figure.get("folder", group), figure.get("target"), figure.get("floor"))
        for group, figures in tables.items()
        for name, figure in figures.items()
    }


def score(scorer: Path, corpus: str, command: Sequence[str], folders: Sequence[str]) -> Mapping[str, float]:
    """The scorer's figures for a command that answers for files."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        call = [sys.executable, f"{scorer / 'bench.py'}", f"{Path(corpus) / 'parsing'}", "--cmd", shlex.join(command)]
        subprocess.run(
            [*call, "--only", ",".join(folders), "--json", out.name], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        figures: dict[str, float] = json.load(out)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
