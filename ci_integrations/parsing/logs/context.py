"""What stands around the lines of a log: the exit of their section, trouble nearby, and how they lie."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from ci_integrations.parsing.logs.cues import BIT, SEVERITY, begins_section, is_severe, is_strong
from ci_integrations.parsing.logs.layout import Line, layout, repetition, shape_of
from ci_integrations.parsing.logs.marks import EXIT_STEPS, FAR, LAST, MARK, NEAR, SECTION_LINES, TRAIL_STEPS, steps

_RUN: Final = 8
_SHORT: Final = 12
_AMONG: Final = 4

_EXIT, _GOOD_EXIT, _TRAIL, _GOOD_MARK = BIT["exit"], BIT["good exit"], BIT["trail"], BIT["good mark"]
_ENDS: Final = _EXIT | _GOOD_EXIT
_EXIT_IN: Final = steps("exit in {}", EXIT_STEPS, MARK["exit far"])
_TRAIL_IN: Final = steps("trail in {}", TRAIL_STEPS)
_SEVERE_BEFORE, _SEVERE_AFTER = steps("severe {} before", NEAR), steps("severe {} after", NEAR)
_STRONG_BEFORE, _STRONG_AFTER = steps("strong {} before", NEAR), steps("strong {} after", NEAR)
_LEFT: Final = steps("last {}", LAST)
_SECTION: Final = steps("section line {}", SECTION_LINES)

_SEVERE, _STRONG, _AMONG_GOOD = MARK["severe"], MARK["strong"], MARK["strong among good"]
_LAST_SEVERE, _FAILS, _PASSES = MARK["last severe"], MARK["section fails"], MARK["section passes"]
_NO_EXIT_AFTER, _FINAL = MARK["no exit after"], MARK["final section"]
_LIKE_PREVIOUS, _ONCE, _OFTEN = MARK["like previous"], MARK["once"], MARK["often"]
_IN_RUN, _FIRST_FAILURE = MARK["run"], MARK["first failure"]
_EXIT_BEFORE, _TRAIL_BEFORE = MARK["exit before"], MARK["trail before"]
_FIRST_TENTH, _FIRST_THIRD = MARK["first tenth"], MARK["first third"]


def contexts(lines: Sequence[Line], total: int, usual: AbstractSet[bytes] = frozenset()) -> list[int]:
    """The bits (see `marks.NAMES`) of each line: its cues and what stands around it.

    `total` counts the lines of the log, `usual` holds the shapes of lines that say nothing of a failure.
    """
    shapes = [shape_of(line.text) for line in lines]
    cues = [line.cues for line in lines]
    if usual:
        cues = [each & ~SEVERITY if shape in usual else each for each, shape in zip(cues, shapes, strict=True)]
    starts = [begins_section(line.cues, line.text) for line in lines]
    severe = [is_severe(each) for each in cues]
    strong = [is_strong(each) for each in cues]
    bits = [each | MARK["always"] for each in cues]
    for add in (
        repetition(shapes, usual),
        layout(lines),
        _failing_sections(cues, starts, severe, strong),
        _what_follows(cues, starts, severe, strong),
    ):
        bits = [some | more for some, more in zip(bits, add, strict=True)]
    numbers = [line.number for line in lines]
    before = _what_went_before(bits, starts, numbers, total)
    return [some | more for some, more in zip(bits, before, strict=True)]


def _failing_sections(
    cues: Sequence[int], starts: Sequence[bool], severe: Sequence[bool], strong: Sequence[bool]
) -> list[int]:
    """What is told by the length of a section that ends with a failure, and by whether it holds trouble."""
    bits = [0] * len(cues)
    start, is_loud, has_strong = 0, False, False
    for place, each in enumerate(cues):
        if each & _EXIT:
            is_short = place - start <= _SHORT
            told = MARK["short failure"] * is_short
            if not is_loud:
                told |= MARK["quiet failure"] | MARK["short quiet failure"] * is_short
            if not has_strong:
                told |= MARK["no strong in section"]
            bits[start:place] = [told] * (place - start)
        is_loud = is_loud or severe[place]
        has_strong = has_strong or strong[place]
        if each & _ENDS or starts[place]:
            start, is_loud, has_strong = place + 1, False, False
    return bits


def _what_follows(
    cues: Sequence[int], starts: Sequence[bool], severe: Sequence[bool], strong: Sequence[bool]
) -> list[int]:
    """How far the exit, the trail of a build tool and the next trouble are. The end of a log without is an exit."""
    bits = [0] * len(cues)
    has_exit = any(each & _EXIT for each in cues)
    exit_in, outcome = (FAR, 0) if has_exit else (1, _FAILS)
    trail_in = severe_in = strong_in = good_in = FAR
    last, final = _LAST_SEVERE, _FINAL
    for place in range(len(cues) - 1, -1, -1):
        each = cues[place]
        told = outcome | final | (_EXIT_IN[exit_in] if exit_in < FAR else _NO_EXIT_AFTER)
        told |= _TRAIL_IN[trail_in] | _SEVERE_AFTER[severe_in] | _STRONG_AFTER[strong_in]
        if each & _EXIT:
            exit_in, outcome, trail_in, last, final = 0, _FAILS, FAR, _LAST_SEVERE, 0
        elif each & _GOOD_EXIT:
            outcome, final = _PASSES, 0
        elif each & _TRAIL:
            trail_in = 0
        elif starts[place]:
            outcome, trail_in, last = 0, FAR, _LAST_SEVERE
        if severe[place]:
            told |= _SEVERE | last
            last, severe_in = 0, 0
        if strong[place]:
            told |= _STRONG | (_AMONG_GOOD if good_in < _AMONG else 0)
            strong_in = 0
        if each & _GOOD_MARK:
            good_in = 0
        exit_in += 1
        trail_in += 1
        severe_in += 1
        strong_in += 1
        good_in += 1
        bits[place] = told
    return bits


def _what_went_before(known: Sequence[int], starts: Sequence[bool], numbers: Sequence[int], total: int) -> list[int]:
    """The place of lines in the log and in their section, and how far trouble before them is."""
    bits = []
    severe_ago = strong_ago = good_ago = FAR
    section = run = 0
    has_exit = has_trail = False
    is_first, is_first_strong = True, True
    for each, number, is_start in zip(known, numbers, starts, strict=True):
        section += 1
        run = run + 1 if each & _LIKE_PREVIOUS else 0
        told = _SEVERE_BEFORE[severe_ago] | _STRONG_BEFORE[strong_ago] | _SECTION[section] | _in_log(number, total)
        if run > _RUN:
            told |= _IN_RUN
        if has_trail:
            told |= _TRAIL_BEFORE
        if has_exit:
            told |= _EXIT_BEFORE
        elif each & _FAILS:
            told |= _FIRST_FAILURE
        if each & _SEVERE:
            told |= _severe(each, is_first, has_exit)
            severe_ago, is_first = 0, False
        if each & _STRONG:
            told |= _strong(each, is_first_strong, has_exit) | (_AMONG_GOOD if good_ago < _AMONG else 0)
            strong_ago, is_first_strong = 0, False
        if each & _GOOD_MARK:
            good_ago = 0
        has_exit = has_exit or bool(each & _EXIT)
        has_trail = has_trail or bool(each & _TRAIL)
        if each & _GOOD_EXIT or is_start:
            section, is_first, is_first_strong, has_trail = 0, True, True, False
        severe_ago += 1
        strong_ago += 1
        good_ago += 1
        bits.append(told)
    return bits


def _in_log(number: int, total: int) -> int:
    left = _LEFT[min(total - number + 1, FAR)]
    if number * 3 >= total:
        return left
    return left | (_FIRST_TENTH if number * 10 < total else _FIRST_THIRD)


def _severe(known: int, is_first: bool, has_exit: bool) -> int:
    told = MARK["severe once"] if known & _ONCE else MARK["severe often"] if known & _OFTEN else 0
    if is_first:
        told |= MARK["first severe"]
    if has_exit:
        told |= MARK["severe after exit"]
    if known & _FAILS:
        told |= MARK["severe where it fails"]
        told |= 0 if has_exit else MARK["severe in first failure"]
        told |= MARK["first severe where it fails"] if is_first else 0
        told |= MARK["last severe where it fails"] if known & _LAST_SEVERE else 0
    elif known & _PASSES:
        told |= MARK["severe where it passes"]
    return told


def _strong(known: int, is_first: bool, has_exit: bool) -> int:
    told = MARK["strong once"] if known & _ONCE else MARK["strong often"] if known & _OFTEN else 0
    if is_first:
        told |= MARK["first strong"]
    if has_exit:
        told |= MARK["strong after exit"]
    if known & _FAILS:
        told |= MARK["strong where it fails"] | (MARK["first strong where it fails"] if is_first else 0)
    return told
