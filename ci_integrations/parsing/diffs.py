"""Unified diffs of one file: https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html"""

import re
from typing import Final

# A length that is left out is 1. No file has a line number of more digits.
_HUNK: Final = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


def added_lines(diff: str) -> tuple[int, ...]:
    """The lines of the new file (from 1) that a diff adds or changes, in its order.

    What stands outside its hunks (headers, words about binary files) tells nothing. Time is linear in the text.
    """
    added: list[int] = []
    number = old = new = 0
    # Code may hold characters that `splitlines` takes for line ends.
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            old, number, new = _length(hunk[1]), int(hunk[2]), _length(hunk[3])
        elif old <= 0 and new <= 0:
            continue
        elif line.startswith("-"):
            old -= 1
        elif not line.startswith("\\"):
            if line.startswith("+"):
                added.append(number)
            else:
                old -= 1
            number, new = number + 1, new - 1
    return tuple(added)


def _length(digits: str | None) -> int:
    return 1 if digits is None else int(digits)
