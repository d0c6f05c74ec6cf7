"""Commands in comments: `/orchestrate retry`."""

import re
from typing import Final

from ci_integrations.domain import CommandKind

_COMMAND: Final = re.compile(r" {0,3}/orchestrate(?:[ \t]+([A-Za-z]{1,20}))?[ \t]*$", re.IGNORECASE)
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_LONGEST: Final = 10_000
_WORDS: Final = {kind.value: kind for kind in CommandKind if kind is not CommandKind.MUTE}


def command_in(body: str) -> CommandKind | None:
    """The first command of a comment, alone on its line; an unknown word asks for help. None: there is none.

    Quoted lines and code are no commands.
    """
    fence = ""
    for line in body[:_LONGEST].splitlines():
        marks = _FENCE.match(line)
        if marks:
            fence = "" if fence and marks[1].startswith(fence) else fence or marks[1]
            continue
        found = None if fence else _COMMAND.fullmatch(line)
        if found:
            return _WORDS.get((found[1] or "").lower(), CommandKind.HELP)
    return None
