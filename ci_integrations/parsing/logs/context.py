"""What stands around the lines of a log: gaps, indentation, repetition, the exit of their section, trouble nearby."""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from ci_integrations.parsing.logs.cues import BIT, CUES, SEVERITY, begins_section, is_severe

_STEPS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_TRAIL_STEPS: Final = _STEPS[:6]
_NEAR: Final = (1, 3, 8, 20)
_LAST: Final = (8, 32, 128, 512)
_RUN: Final = 8
_SHORT: Final = 12

_CONTEXT: Final = (
    "gap before", "wide gap before", "gap after", "wide gap after", "deeper", "shallower", "next deeper",
    "next shallower", "like previous", "like next", "run", "once", "few times", "often", "head once", "head often",
    *(f"exit in {step}" for step in _STEPS), "exit far", "no exit after",
    *(f"trail in {step}" for step in _TRAIL_STEPS), "trail before", "exit before",
    *(f"last {left}" for left in _LAST), "first tenth", "first third",
    "section line 1", "section line 4", "section line 16", "severe", "first severe", "last severe",
    *(f"severe {near} before" for near in _NEAR), *(f"severe {near} after" for near in _NEAR),
    "section fails", "section passes", "severe where it fails", "severe where it passes", "severe after exit",
    "severe once", "severe often", "final section", "quiet failure", "short failure", "short quiet failure",
    "first failure", "severe in first failure", "first severe where it fails", "last severe where it fails", "always",
    "usual",
)  # fmt: skip
NAMES: Final = CUES + _CONTEXT
_B: Final = {name: 1 << place for place, name in enumerate(NAMES)}

_EXIT_IN: Final = tuple((step, _B[f"exit in {step}"]) for step in _STEPS)
_TRAIL_IN: Final = tuple((step, _B[f"trail in {step}"]) for step in _TRAIL_STEPS)
_BEFORE: Final = tuple((near, _B[f"severe {near} before"]) for near in _NEAR)
_AFTER: Final = tuple((near, _B[f"severe {near} after"]) for near in _NEAR)
_LEFT: Final = tuple((left, _B[f"last {left}"]) for left in _LAST)
_SECTION: Final = tuple((line, _B[f"section line {line}"]) for line in (1, 4, 16))
_ENDS: Final = BIT["exit"] | BIT["good exit"]

_DIGITS: Final = re.compile(r"\d+|0x[0-9a-f]+")
_HEAD: Final = re.compile(r"[\W_]*+\w*+\W?")
_SHAPE: Final = 300


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its number from 1, its text as cleaned, its cues."""

    number: int
    text: str
    cues: int


def shape_of(text: str) -> str:
    """What lines that differ only in numbers have in common."""
    return _DIGITS.sub("0", text[:_SHAPE].strip())


def contexts(lines: Sequence[Line], total: int, usual: AbstractSet[str] = frozenset()) -> list[int]:
    """The bits (see `NAMES`) of each line: its cues and what stands around it.

    `total` counts the lines of the log, `usual` holds the shapes of lines that say nothing of a failure.
    """
    shapes = [shape_of(line.text) for line in lines]
    cues = [line.cues & ~SEVERITY if shape in usual else line.cues for line, shape in zip(lines, shapes, strict=True)]
    severe = [is_severe(each) for each in cues]
    bits = [each | _B["always"] for each in cues]
    for add in (_failing_sections(lines, severe), _what_follows(lines, severe), _layout(lines)):
        bits = [some | more for some, more in zip(bits, add, strict=True)]
    return [
        some | more
        for some, more in zip(bits, _what_went_before(lines, severe, bits, total, shapes, usual), strict=True)
    ]


def _failing_sections(lines: Sequence[Line], severe: Sequence[bool]) -> list[int]:
    """What is told by the length of a section that ends with a failure, and by whether it holds a severe line."""
    bits = [0] * len(lines)
    start, is_loud = 0, False
    for place, line in enumerate(lines):
        if line.cues & BIT["exit"]:
            is_short = place - start <= _SHORT
            told = _B["short failure"] * is_short
            told |= 0 if is_loud else _B["quiet failure"] | _B["short quiet failure"] * is_short
            bits[start:place] = [told] * (place - start)
        is_loud = is_loud or severe[place]
        if line.cues & _ENDS or begins_section(line.cues, line.text):
            start, is_loud = place + 1, False
    return bits


def _what_follows(lines: Sequence[Line], severe: Sequence[bool]) -> list[int]:
    """How far the exit, the trail of a build tool and the next severe line are. The end of a log without is an exit."""
    bits = [0] * len(lines)
    has_exit = any(line.cues & BIT["exit"] for line in lines)
    exit_in: int | None = None if has_exit else 1
    fails: bool | None = None if has_exit else True
    trail_in: int | None = None
    severe_in, is_last, is_final = 1_000_000, True, True
    for place in range(len(lines) - 1, -1, -1):
        cues = lines[place].cues
        told = _B["no exit after"] if exit_in is None else _within(_EXIT_IN, exit_in) or _B["exit far"]
        if trail_in is not None:
            told |= _within(_TRAIL_IN, trail_in)
        if fails is not None:
            told |= _B["section fails"] if fails else _B["section passes"]
        if is_final:
            told |= _B["final section"]
        told |= _within(_AFTER, severe_in)
        if cues & BIT["exit"]:
            exit_in, fails, trail_in, is_last, is_final = 0, True, None, True, False
        elif cues & BIT["good exit"]:
            fails, is_final = False, False
        elif cues & BIT["trail"]:
            trail_in = 0
        elif begins_section(cues, lines[place].text):
            fails, trail_in, is_last = None, None, True
        if severe[place]:
            told |= _B["severe"] | (_B["last severe"] if is_last else 0)
            is_last, severe_in = False, 0
        exit_in = None if exit_in is None else exit_in + 1
        trail_in = None if trail_in is None else trail_in + 1
        severe_in += 1
        bits[place] = told
    return bits


def _layout(lines: Sequence[Line]) -> list[int]:
    """Gaps between lines, and how deep they stand."""
    bits = [0] * len(lines)
    indents = [len(line.text) - len(line.text.lstrip()) for line in lines]
    numbers = [line.number for line in lines]
    for place in range(1, len(lines)):
        gap = numbers[place] - numbers[place - 1] - 1
        deeper = indents[place] - indents[place - 1]
        if gap:
            bits[place] |= _B["gap before"] if gap == 1 else _B["wide gap before"]
            bits[place - 1] |= _B["gap after"] if gap == 1 else _B["wide gap after"]
        if deeper:
            bits[place] |= _B["deeper"] if deeper > 0 else _B["shallower"]
            bits[place - 1] |= _B["next deeper"] if deeper > 0 else _B["next shallower"]
    if lines:
        bits[0] |= _B["wide gap before"]
        bits[-1] |= _B["wide gap after"]
    return bits


def _what_went_before(
    lines: Sequence[Line],
    severe: Sequence[bool],
    known: Sequence[int],
    total: int,
    shapes: Sequence[str],
    usual: AbstractSet[str],
) -> list[int]:
    """Repetition, the place in the log and in its section, and how far the severe line before is."""
    bits = _repetition(shapes, usual)
    severe_at, section, run = -1_000_000, 0, 0
    has_exit, has_trail, is_first = False, False, True
    for place, line in enumerate(lines):
        section += 1
        run = run + 1 if bits[place] & _B["like previous"] else 0
        told = (
            _within(_BEFORE, place - severe_at) | _within(_SECTION, section) | _within(_LEFT, total - line.number + 1)
        )
        told |= _B["run"] * (run > _RUN) | _B["exit before"] * has_exit | _B["trail before"] * has_trail
        if line.number * 3 < total:
            told |= _B["first tenth"] if line.number * 10 < total else _B["first third"]
        fails = bool(known[place] & _B["section fails"])
        told |= _B["first failure"] * (fails and not has_exit)
        if severe[place]:
            told |= _severity(known[place], bits[place]) | _B["first severe"] * is_first
            told |= _B["severe in first failure"] * (fails and not has_exit)
            told |= _B["first severe where it fails"] * (fails and is_first)
            told |= _B["last severe where it fails"] * (fails and bool(known[place] & _B["last severe"]))
            told |= _B["severe after exit"] * has_exit
            severe_at, is_first = place, False
        has_exit = has_exit or bool(line.cues & BIT["exit"])
        has_trail = has_trail or bool(line.cues & BIT["trail"])
        if line.cues & BIT["good exit"] or begins_section(line.cues, line.text):
            section, is_first, has_trail = 0, True, False
        bits[place] |= told
    return bits


def _severity(known: int, repetition: int) -> int:
    told = _B["severe once"] if repetition & _B["once"] else 0
    told |= _B["severe often"] if repetition & _B["often"] else 0
    if known & _B["section fails"]:
        return told | _B["severe where it fails"]
    return told | (_B["severe where it passes"] if known & _B["section passes"] else 0)


def _repetition(shapes: Sequence[str], usual: AbstractSet[str]) -> list[int]:
    heads = [found[0] if (found := _HEAD.match(shape)) else "" for shape in shapes]
    times, times_of_head = Counter(shapes), Counter(heads)
    bits = []
    for shape, head in zip(shapes, heads, strict=True):
        many = times[shape]
        told = _B["once"] if many == 1 else _B["few times"] if many < 6 else _B["often"]
        if shape in usual:
            told = _B["often"] | _B["usual"]
        told |= _B["head once"] if times_of_head[head] < 3 else 0
        told |= _B["head often"] if times_of_head[head] > 20 else 0
        bits.append(told)
    for place in range(1, len(heads)):
        if heads[place] == heads[place - 1]:
            bits[place] |= _B["like previous"]
            bits[place - 1] |= _B["like next"]
    return bits


def _within(limits: tuple[tuple[int, int], ...], distance: int) -> int:
    for limit, bit in limits:
        if distance <= limit:
            return bit
    return 0
