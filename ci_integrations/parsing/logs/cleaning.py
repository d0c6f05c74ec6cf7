"""Lines of a log as a reader sees them: no escapes, no overwritten text, no timestamps or marks of the CI server.

A line stays a line: numbers are those of the raw log. What servers put around the output of commands:

* GitHub and Azure: a time before each line, `##[group]`, `##[error]`, `##[section]`
  (https://docs.github.com/actions/reference/workflow-commands-for-github-actions,
  https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands); `gh run view --log` puts the names of
  the job and the step before the time.
* GitLab: `section_start:<time>:<name>`, and a time, stream and kind (`00O `, `01E+`) before each line
  (https://docs.gitlab.com/ci/jobs/job_logs/).
* Buildkite: a time in an APC sequence that ends with BEL, groups `---`, `+++`, `~~~`
  (https://buildkite.com/docs/pipelines/configure/managing-log-output).
* Jenkins: a time in brackets (https://plugins.jenkins.io/timestamper/).
* Travis: `travis_fold:start:<name>`, `travis_time:end:<id>:...` (https://github.com/travis-ci/travis-build).
"""

import re
from typing import Final

from ci_integrations.parsing.ansi import clean_line

MAX_LINE: Final = 4_096

_CLOCK: Final = (
    r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](?:\.[0-9]{1,9}+)?(?:Z|[+-][0-9][0-9]:?[0-9][0-9])"
    r"(?: [0-9][0-9][OE][ +]| ?)"
)
_TIME: Final = re.compile(rf"\n\ufeff?+{_CLOCK}")
# gh run view --log: the job and the step before the time, where there is one
_NAMED: Final = re.compile(rf"\n\ufeff?+(?:[^\t\n]{{1,200}}+\t[^\t\n]{{1,200}}+\t\ufeff?)?{_CLOCK}")
_JENKINS: Final = re.compile(r"\n\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] ?")
_HAS_NAMES: Final = re.compile(r"\t\ufeff?\d{4}-\d\d-\d\dT")
_MARKS: Final = {
    "_bk;t=": re.compile(r"\x1b_bk;t=\d{1,20}+\x07"),
    "section_": re.compile(r"section_(?:start|end):\d{1,20}+:[^\x1b\s]*+"),
    "travis_": re.compile(r"travis_(?:fold|time):[^\x1b\s]*+"),
}
# Colours, erasing and the cursor are nearly all that is not plain text: a fast way for it.
_CURSOR: Final = re.compile(r"\x1b\[[0-9;]*+[A-Za-z]")
# Control characters are those of ASCII but LF and tab, and those of C1, which UTF-8 begins with this byte.
_LEADS_C1: Final = 0xC2
_C1: Final = re.compile(r"[\x80-\x9f]")
_PLAIN: Final = bytes(
    byte for byte in range(256) if byte in b"\t\n" or (byte >= 0x20 and byte not in (0x7F, _LEADS_C1))
)


def clean(raw: str) -> str:
    """What a raw line says, at most `MAX_LINE` characters of it: "" where it holds only marks of the server."""
    return clean_lines(raw)[0]


def clean_lines(block: str) -> list[str]:
    """What each of the raw lines says that are joined by LF in `block`; all at once, as that costs much less."""
    text = f"\n{block}\n"
    for mark, pattern in _MARKS.items():
        if mark in text:
            text = pattern.sub("", text)
    if "\x1b[" in text:
        text = _CURSOR.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\n\r", "\n")
    text = (_NAMED if _HAS_NAMES.search(text) else _TIME).sub("\n", text)
    if "\n[20" in text:
        text = _JENKINS.sub("\n", text)
    lines = _without_controls(text[1:-1])
    return [line[:MAX_LINE] for line in lines] if _has_long_line(text) else lines


def overwritten(block: str) -> dict[int, list[str]]:
    """Of the very long lines of a block, by their place in it, the texts that overwrite each other: of so many, a
    program may have meant each for a line.
    """
    if not _has_long_line(block):
        return {}
    return {
        place: clean_lines(raw.replace("\r", "\n"))
        for place, raw in enumerate(block.split("\n"))
        if len(raw) > MAX_LINE and "\r" in raw.rstrip("\r")
    }


def _has_long_line(block: str) -> bool:
    begin = 0
    while begin + MAX_LINE < len(block):
        end = block.rfind("\n", begin, begin + MAX_LINE + 1)
        if end < 0:
            return True
        begin = end + 1
    return False


def _without_controls(text: str) -> list[str]:
    """The lines, of which those that hold control characters are as a reader sees them."""
    # Deleting what is plain tells which control characters there are, much quicker than a search for any of them.
    left = set(text.encode("utf-8", "surrogatepass").translate(None, _PLAIN))
    controls = {chr(byte) for byte in left - {_LEADS_C1}}
    if _LEADS_C1 in left:
        controls.update(_C1.findall(text))
    lines = text.split("\n")
    for control in controls:
        lines = [_as_seen(line) if control in line else line for line in lines]
    return lines


def _as_seen(line: str) -> str:
    last = line.rpartition("\r")[2]
    return last if last.isprintable() and last.strip() else clean_line(line)
