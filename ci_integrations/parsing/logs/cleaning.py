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
* Travis: `travis_fold:start:<name>`, `travis_time:end:<id>:...` (https://github.com/travis-ci/travis-build).
"""

import re
from typing import Final

from ci_integrations.parsing.ansi import clean_line

MAX_LINE: Final = 4_096

_TIME: Final = re.compile(
    r"\ufeff?+(?:[^\t]{1,200}+\t[^\t]{1,200}+\t\ufeff?)?"  # gh run view --log: the job, the step
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9}+)?(?:Z|[+-]\d\d:?\d\d)(?: \d\d[OE][ +]| ?)"
)
_MARKS: Final = re.compile(
    r"\x1b_bk;t=\d{1,20}+\x07|(?:section_(?:start|end):\d{1,20}+:|travis_(?:fold|time):)[^\r\s]*+"
)
_MARKED: Final = ("_bk;t=", "section_", "travis_")
# Nearly all that is not plain text: a fast way for it.
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*+[mK]")


def clean(raw: str) -> str:
    """What a raw line says, at most `MAX_LINE` characters of it: "" where it holds only marks of the server."""
    text = raw if raw.isprintable() else _without_controls(raw)
    if text.startswith(("travis_", "section_")):
        text = _MARKS.sub("", text)
    may_hold_time = text[4:5] == "-" or text[:1] == "\ufeff" or "\t" in text[:401]
    if may_hold_time and (time := _TIME.match(text)):
        text = text[time.end() :]
    return text[:MAX_LINE]


def _without_controls(raw: str) -> str:
    text = _COLOURS.sub("", raw) if "\x1b[" in raw and "\r" not in raw else raw
    if text.replace("\t", "").isprintable():
        return text
    return clean_line(_MARKS.sub("", text) if any(mark in text for mark in _MARKED) else text)
