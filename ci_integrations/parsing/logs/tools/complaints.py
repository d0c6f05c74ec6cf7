"""How what a tool complains of is declared."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Complaint:
    """A line in which `tool` complains of something of the class `kind`; "": of nothing, it goes with another line.

    `pattern` is matched from the line's beginning. Its groups `path`, `source_line`, `column`, `severity` and `message`
    fill the issue; without `message` the line is the message. The line must begin, after its indentation, with one of
    `starts`, or hold one of `words` (see `index`; in lower case), or its first word must be a place of the form
    `at_place`; and where there are `holds`, one of these texts must stand in it, in whichever case. `in_source` asks
    for a path that is a source file's, by its extension or its name.

    `heading` is matched against the last line that was not indented; it gives the groups that the line lacks;
    `before` likewise against the line before, which the complaint then begins with. `then` is looked for in the `reach`
    lines that follow and adds groups, until its group `last`; `needs_then` makes it needed.
    `says` is what `example` says: path, source line and message.
    """

    tool: str
    kind: str
    pattern: re.Pattern[str]
    example: str
    says: tuple[str, int | None, str]
    starts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    at_place: str = ""
    holds: tuple[str, ...] = ()
    in_source: bool = False
    heading: re.Pattern[str] | None = None
    before: re.Pattern[str] | None = None
    then: re.Pattern[str] | None = None
    reach: int = 1
    needs_then: bool = False


def complaint(
    tool: str,
    kind: str,
    pattern: str,
    example: str,
    says: tuple[str, int | None, str] = ("", None, ""),
    *,
    starts: str | tuple[str, ...] = (),
    words: str | tuple[str, ...] = (),
    at_place: str = "",
    holds: str | tuple[str, ...] = (),
    in_source: bool = False,
    heading: str = "",
    before: str = "",
    then: str = "",
    reach: int = 1,
    needs_then: bool = False,
) -> Complaint:
    """A Complaint with its patterns compiled. Single literals may be given bare; no `says`: the whole example."""
    return Complaint(
        tool,
        kind,
        re.compile(pattern),
        example,
        says if any(says) else ("", None, example),
        starts=(starts,) if isinstance(starts, str) else starts,
        words=(words,) if isinstance(words, str) else words,
        at_place=at_place,
        holds=(holds,) if isinstance(holds, str) else holds,
        in_source=in_source,
        heading=re.compile(heading) if heading else None,
        before=re.compile(before) if before else None,
        then=re.compile(then) if then else None,
        reach=reach,
        needs_then=needs_then,
    )


PATH: Final = r"(?P<path>(?:[A-Za-z]:(?=[\\/]))?[^\s:*?\"<>|()\[\]{}=,;@]++)"
LINE: Final = r"(?P<source_line>\d{1,7})"
COLUMN: Final = r"(?P<column>\d{1,6})"
PLACE: Final = rf"{PATH}:{LINE}:{COLUMN}"
SEVERITY: Final = (
    r"(?P<severity>(?i:fatal error|error|warning|warn|note|notice|info|information|hint|style"
    r"|suggestion|convention|refactor))"
)
