"""The output of a step by v1.1: a JSON list of messages, read one after another, for it may be long.

https://circleci.com/docs/api/v1/#single-job, `output_url`.
"""

import io
import json
import re
from collections.abc import Iterator
from typing import Final

from ci_integrations.errors import Invalid
from ci_integrations.providers.answers import PIECE, Download
from ci_integrations.providers.documents import document, text

# Of one message, in characters.
LONGEST: Final = 16 * 1024 * 1024
_TOO_LONG: Final = b"[the output goes on; CircleCI tells it in one piece that is too long]\n"
_GAP: Final = re.compile(r"[ \t\r\n,]*")
_DECODER: Final = json.JSONDecoder()


def messages(stream: Download) -> Iterator[bytes]:
    """What the messages of a list of `{"message": ...}` say. Raises Invalid where it is none."""
    source = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
    waiting = source.read(PIECE).lstrip()
    if waiting and waiting[0] != "[":
        raise Invalid("the output of a step is no list of messages: its address leads to something else")
    at = 1
    while waiting:
        at = _end_of_gap(waiting, at)
        if waiting.startswith("]", at):
            return
        try:
            found, at = _DECODER.raw_decode(waiting, at)
        except (ValueError, RecursionError):
            if len(waiting) - at > LONGEST:
                yield _TOO_LONG
                return
            # As much again as there is: so a long message is not looked through at every piece of it.
            more = source.read(max(PIECE, len(waiting) - at))
            if not more:
                raise Invalid("the output of a step is not JSON to its end") from None
            waiting, at = waiting[at:] + more, 0
            continue
        yield text(document(found, "message"), "message").encode("utf-8", "surrogatepass")


def _end_of_gap(waiting: str, at: int) -> int:
    found = _GAP.match(waiting, at)
    return found.end() if found else at
