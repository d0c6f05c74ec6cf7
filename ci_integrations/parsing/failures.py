"""What the text of a failed test says: its message and its place."""

import re
from typing import Final

from ci_integrations.parsing.signatures import MAX_SIGNATURE, normalised

_PYTEST_LOCATION: Final = re.compile(r"([^\s:.]{0,400}\.[^\s:]{0,400}):(\d{1,7}): ")
_PYTHON_FRAME: Final = re.compile(r' {0,40}File "([^"\n]{1,400})", line (\d{1,7})')
# https://docs.pytest.org/en/stable/how-to/output.html: what was wrong stands behind an E, under the code.
_PYTEST_ERROR: Final = re.compile(r"^E {1,20}(\S[^\n]*)$", re.MULTILINE)


def place_of(details: str) -> tuple[str, int] | None:
    """The last place that a Python traceback names: pytest's `path:line: Error`, else `File "path", line n`.

    File and line; None where there is none.
    """
    found = _last(_PYTEST_LOCATION, ": ", details) or _last(_PYTHON_FRAME, '", line ', details)
    return (found[1], int(found[2])) if found else None


def _last(pattern: re.Pattern[str], sign: str, text: str) -> re.Match[str] | None:
    """The last line that begins so, of those that hold the sign."""
    at = text.rfind(sign)
    while at >= 0:
        begin = text.rfind("\n", 0, at) + 1
        if match := pattern.match(text, begin):
            return match
        at = text.rfind(sign, 0, begin)
    return None


def message_of(details: str) -> str:
    """The line that says what was wrong, for a report without a message: pytest's, else the first of the text."""
    found = _PYTEST_ERROR.search(details)
    return found[1].strip() if found else details.strip().partition("\n")[0]


def signature_of(message: str, details: str) -> str:
    """What is the same for the same failure in another run, whatever line it stands at by then: the first line of the
    message, else that of the text which says what was wrong, without numbers, times, addresses and folders.
    """
    said = message.strip().partition("\n")[0] or message_of(details)
    return normalised(said[: 2 * MAX_SIGNATURE])[:MAX_SIGNATURE]
