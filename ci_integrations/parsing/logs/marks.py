"""The names of what is told of a line: its cues, and what stands around it. Each is one bit."""

from collections.abc import Sequence
from typing import Final

from ci_integrations.parsing.logs.cues import CUES

EXIT_STEPS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
TRAIL_STEPS: Final = (1, 2, 4, 8, 16, 32)
NEAR: Final = (1, 3, 8, 20)
LAST: Final = (8, 32, 128, 512)
SECTION_LINES: Final = (1, 4, 16)

NAMES: Final = (
    *CUES, "always", "usual",
    "gap before", "wide gap before", "cut before", "gap after", "wide gap after", "cut after", "deeper", "shallower",
    "next deeper", "next shallower", "like previous", "like next", "run", "once", "few times", "often", "head once",
    "head often",
    *(f"exit in {step}" for step in EXIT_STEPS), "exit far", "no exit after", "exit before",
    *(f"trail in {step}" for step in TRAIL_STEPS), "trail before",
    *(f"last {left}" for left in LAST), "first tenth", "first third",
    *(f"section line {line}" for line in SECTION_LINES), "section fails", "section passes", "final section",
    "first failure", "quiet failure", "short failure", "short quiet failure", "no strong in section",
    "severe", "first severe", "last severe", "severe once", "severe often", "severe after exit",
    *(f"severe {near} before" for near in NEAR), *(f"severe {near} after" for near in NEAR),
    "severe where it fails", "severe where it passes", "severe in first failure", "first severe where it fails",
    "last severe where it fails",
    "strong", "first strong", "strong once", "strong often", "strong after exit", "strong among good",
    *(f"strong {near} before" for near in NEAR), *(f"strong {near} after" for near in NEAR),
    "strong where it fails", "first strong where it fails",
)  # fmt: skip
MARK: Final = {name: 1 << place for place, name in enumerate(NAMES)}


FAR: Final = 2_000


def steps(name: str, limits: Sequence[int], beyond: int = 0) -> Sequence[int]:
    """For each distance, up to some more than `FAR`, the mark of the first limit that it is within, else `beyond`."""
    marks: list[int] = []
    for limit in limits:
        marks += [MARK[name.format(limit)]] * (limit + 1 - len(marks))
    return marks + [beyond] * (2 * FAR - len(marks))
