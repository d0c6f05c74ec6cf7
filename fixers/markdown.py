"""Foreign text in Markdown that people read elsewhere: it shows as it is, links nowhere, calls nobody. Pure."""

import re
import unicodedata
from typing import Final

# https://github.github.com/gfm/#backslash-escapes
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$-])")
# A zero-width space after these keeps GitHub from making a mention, a reference or a link of what follows.
_LINKING: Final = re.compile(r"@|#|://|(?<=www)\.|GH(?=\\?-\d)", re.IGNORECASE)
_BREAK: Final = "\u200b"


def plain(text: str, *, longest: int = 300) -> str:
    """A text as one line that says nothing but itself; cut with an ellipsis."""
    visible = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text[: longest * 4])
    line = " ".join(visible.split())
    cut = f"{line[: longest - 1]}…" if len(line) > longest else line
    return _LINKING.sub(lambda found: found[0] + _BREAK, _SPECIAL.sub(r"\\\1", cut))


def fenced(text: str, language: str, *, longest: int) -> str:
    """A block of code whose fence is longer than any in it; cut at a line's end, and it says so."""
    kept = text
    if len(text) > longest:
        kept = text[: text.rfind("\n", 0, longest) + 1] + "(cut here)\n"
    runs = [len(found) for found in re.findall(r"`{3,}", kept)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return f"{fence}{language}\n{kept.rstrip()}\n{fence}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of cells that are harmless already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
