"""The lines with which CI servers, shells and build tools say that what they ran ended, and how."""

import re
from collections.abc import Sequence
from typing import Final

# The line with which a CI server, or the shell for it, says that a command failed.
_EXIT: Final = re.compile(
    r"exited with (?:code |status |exit code )?-?[1-9]|[Ee]xit(?:ed with)? (?:code|status):? '?-?[1-9]"
    r"|exited with code '-?[1-9]|##vso\[task\.complete result=(?!Succ)|[Jj]ob failed|errored and stopped"
    r"|Your build has been stopped"
)
_GOOD_EXIT: Final = re.compile(r"exited with (?:code |status )?0\b|[Ee]xit code:? 0\b")
# The line with which a build tool says that something it ran failed: the reason stands before it.
_TRAIL: Final = re.compile(
    r"\*\*\* \[|make(?:\[\d{1,3}\])?: \*\*\*|npm ERR!|ELIFECYCLE|BUILD FAIL|[Bb]uild failed|[Cc]ommand failed"
    r"|(?:return|exit|status)(?:ed)? (?:with )?(?:non-zero|code|status)|non-zero|exit status|[Tt]ests? failed"
    r"|exited with"
)
ENDING_WORDS: Final = frozenset(
    b"exit exited failed errored stopped vso npm elifecycle fail status return returned".split()
)


def is_exit(text: str) -> bool:
    """Whether a line says that a command failed, for the CI server."""
    return ("xit" in text or "ailed" in text or "stopped" in text) and _EXIT.search(text) is not None


def ending_of(text: str, words: Sequence[bytes]) -> tuple[bool, bool, bool]:
    """Whether a line says that a command failed, that one went well, that a build tool's command failed."""
    if ENDING_WORDS.isdisjoint(words) and "***" not in text:
        return False, False, False
    is_bad = _EXIT.search(text) is not None
    return is_bad, not is_bad and _GOOD_EXIT.search(text) is not None, _TRAIL.search(text) is not None
