"""The same complaint in two runs, told by what does not change from run to run."""

import re
from typing import Final

MAX_SIGNATURE: Final = 200

_CHECKOUTS: Final = re.compile(
    r"(?:/home/runner/work/[^/\s]+/[^/\s]+|/__w/[^/\s]+/[^/\s]+|/github/workspace|/builds/[^/\s]+/[^/\s]+|/builds/[^/\s]+"
    r"|/home/travis/build/[^/\s]+/[^/\s]+|/home/circleci/project|/root/project|/root/repo|[A-Z]:\\a\\[^\\\s]+\\[^\\\s]+"
    r"|/home/vsts/work/\d+/s|/Users/runner/work/[^/\s]+/[^/\s]+)[/\\]"
)
_CHANGING: Final = (
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b"), "<time>"),
    (re.compile(r"(?:/private)?(?:/var/folders|/var/tmp|/tmp|/dev/shm)/[^\s:'\"),;]+"), "<tmp>"),
    (re.compile(r"[A-Za-z]:\\[^\s:'\"]*?\\Temp\\[^\s:'\"),;]+"), "<tmp>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<hex>"),
    (re.compile(r"\b0[xX][0-9a-fA-F]++"), "<hex>"),
    (re.compile(r"\b(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,64}\b"), "<hex>"),
    (re.compile(r"\d++(?:[.,]\d++)*+"), "<n>"),
    (re.compile(r"\s++"), " "),
)


def normalised(text: str) -> str:
    """The text without what differs from run to run: numbers, hexadecimal, times, temporary and checkout folders."""
    text = _CHECKOUTS.sub("", text)
    for pattern, mark in _CHANGING:
        text = pattern.sub(mark, text)
    return text.strip()


def signature(tool: str, path: str, message: str) -> str:
    """A text that is the same for the same complaint of a tool about a file, wherever in it and in whichever run."""
    return "|".join((tool, normalised(path), normalised(message[: 2 * MAX_SIGNATURE])))[:MAX_SIGNATURE]
