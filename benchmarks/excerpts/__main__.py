"""Fit the weights by which the parser finds where a log tells why it failed, and write them.

Run from the repository's root, with CORPUS set, where a cue or a mark was changed: `python -m benchmarks.excerpts`. It
takes about a minute, and always gives the same weights for the same corpus. `--leave-out FOLD` (0 to 4) leaves a fifth
of the repositories out: weights to judge a change by, on logs of these. They are no weights to keep.
"""

import os
import sys
import zlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from benchmarks.excerpts.corpus import logs
from benchmarks.excerpts.descent import Vector, minimum
from benchmarks.excerpts.model import ROLES, likelihood
from ci_integrations.parsing.logs import weights as written
from ci_integrations.parsing.logs.marks import NAMES

# How much a weight costs, squared: the inverse of the prior's variance, chosen by cross-validation over repositories.
PRIOR: Final = 80.0
_STEPS: Final = 100
_TOLERANCE: Final = 1e-5
_FOLDS: Final = 5
_LEAST: Final = 3


def main(arguments: list[str]) -> int:
    """Fit and write; 0 also where there is no corpus."""
    parser = ArgumentParser(prog="python -m benchmarks.excerpts")
    parser.add_argument("--leave-out", type=int, choices=range(_FOLDS), metavar="FOLD")
    left_out = parser.parse_args(arguments).leave_out
    corpus = os.environ.get("CORPUS")
    if not corpus:
        print("skipped: CORPUS is not set; it names the folder that the corpora of real CI material are in")
        return 0
    labelled = [log for log in logs(Path(corpus) / "parsing") if fold(log.group) != left_out]

    def unlikelihood(weights: Vector) -> tuple[float, Vector]:
        value, gradient = likelihood(labelled, weights, len(NAMES))
        cost = PRIOR / 2 * sum(of * of for of in weights)
        return cost - value, [PRIOR * of - along for of, along in zip(weights, gradient, strict=True)]

    weights = minimum(unlikelihood, [0.0] * len(NAMES) * len(ROLES), steps=_STEPS, tolerance=_TOLERANCE)
    file = Path(written.__file__)
    source = file.read_text(encoding="utf-8")
    file.write_text(source[: source.index("WEIGHTS: Final")] + table(weights), encoding="utf-8")
    return 0


def fold(group: str) -> int:
    """Which fifth of the repositories one belongs to."""
    return zlib.crc32(group.encode()) % _FOLDS


def table(weights: Vector) -> str:
    """The source of the weights, in hundredths, of the marks that count for something."""
    lines = ["WEIGHTS: Final[dict[str, Weight]] = {"]
    for place, name in enumerate(NAMES):
        hundredths = [round(100 * of) for of in weights[place :: len(NAMES)]]
        if any(abs(of) >= _LEAST for of in hundredths):
            lines.append(f'    "{name}": Weight({", ".join(map(str, hundredths))}),')
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
