"""What is said of a commit at its code host: a check with annotations and buttons, and a comment. Pure."""

import re
from datetime import datetime
from typing import Final

from ci_integrations.domain import Annotation, CheckButton, CheckData, CommandKind, State
from fixers.markdown import fenced, plain, table
from fixers.standing import Item, RunStanding, Standing

MARKER: Final = "<!-- orchestrate-ci -->"
MOST_ANNOTATIONS: Final = 50
MOST_ROWS: Final = 30
LONGEST_PATCH: Final = 50_000
LONGEST_ANNOTATION: Final = 2000
# Where runners check a repository out: a report's absolute paths begin so.
_WORKSPACE: Final = re.compile(
    r"^(/home/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/|/github/workspace/|/builds/[^/]+/[^/]+/)"
)
_COMMANDS: Final = """\
<details><summary>Commands</summary>

People who may push to this repository can write one of these in a comment, alone on its line:

- `/orchestrate retry`: run the failed jobs again
- `/orchestrate fix`: try to fix what failed
- `/orchestrate status`: bring this comment up to date
- `/orchestrate help`: the same, for who does not know the words

</details>"""


def check(standing: Standing, url: str) -> CheckData:
    """The check; `url` is the address of our dashboard."""
    return CheckData(
        commit_sha=standing.commit_sha,
        title=title(standing),
        summary=_summary(standing, url),
        conclusion=standing.conclusion,
        url=_run_url(url, standing.runs[-1]) if standing.runs else url,
        annotations=_annotations(standing),
        buttons=_buttons(standing),
    )


def comment(standing: Standing, url: str, at: datetime, *, note: str = "") -> str:
    """The comment, with the marker that it is found by; `note` answers what somebody asked."""
    parts = [MARKER, f"### {title(standing)}", _summary(standing, url)]
    if note:
        parts.append("\n".join(f"> {plain(line, longest=500)}" for line in note.splitlines()))
    if standing.patch:
        parts.append(_offer(standing.patch))
    parts += [_COMMANDS, f"<sub>{standing.commit_sha[:12]}, as of {at:%Y-%m-%d %H:%M} UTC</sub>"]
    return "\n\n".join(parts)


def title(standing: Standing) -> str:
    """The state of a commit in a few words."""
    if standing.is_busy:
        return "Under way" if standing.failed else "Waiting for CI"
    failed = standing.failed
    if failed:
        where = ", ".join(plain(run.workflow, longest=60) for run in failed[:3])
        flaky = sum(item.is_flaky for item in standing.items)
        also = f"; {flaky} known as flaky" if flaky else ""
        return f"{_count(standing)} failed in {where}{also}"
    if any(run.is_muted for run in standing.runs):
        return "Only muted tests failed"
    again = [run for run in standing.runs if run.passed_on_retry]
    if again:
        flaky = sum(len(run.flaky) for run in again)
        return f"Passed on retry{f': {flaky} flaky {_tests(flaky)}' if flaky else ''}"
    return "Passed" if standing.conclusion is State.SUCCESS else "No result"


def _count(standing: Standing) -> str:
    tests = [item for item in standing.items if item.verdict]
    if tests:
        return f"{len(tests)} {_tests(len(tests))}"
    jobs = len({item.job for item in standing.items}) or len(standing.failed)
    return f"{jobs} job{'' if jobs == 1 else 's'}"


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"


def _summary(standing: Standing, url: str) -> str:
    parts = []
    rows = [_row(run, item) for run in standing.runs for item in run.items][:MOST_ROWS]
    if rows:
        parts.append(table(["What failed", "Where", "Since", "Verdict"], rows))
        if len(standing.items) > len(rows):
            parts.append(f"… and {len(standing.items) - len(rows)} more.")
    runs = [[_link(url, run), f"{run.state}", f"{run.attempt}", _done(run)] for run in standing.runs]
    if runs:
        parts.append(table(["Workflow", "State", "Attempt", "What was done"], runs))
    parts += [_coverage(run) for run in standing.runs if run.coverage]
    return "\n\n".join(parts) or "No run of this commit is known yet."


def _row(run: RunStanding, item: Item) -> list[str]:
    place = f" ({plain(_relative(item.file), longest=120)}:{item.line})" if item.file and item.line else ""
    said = f"<br>{plain(item.message, longest=160)}" if item.message else ""
    return [
        f"{plain(item.label, longest=160)}{place}{said}",
        f"{plain(run.workflow, longest=60)} / {plain(item.job, longest=60)}",
        plain(item.since) or "-",
        plain(item.verdict) or "-",
    ]


def _link(url: str, run: RunStanding) -> str:
    return f"[{plain(run.workflow, longest=60) or 'run'}]({_run_url(url, run)})"


def _coverage(run: RunStanding) -> str:
    return f"Coverage of {plain(run.workflow, longest=60) or 'the run'}: {plain(run.coverage)}"


def _done(run: RunStanding) -> str:
    # The numbers are our own, so they may link.
    lines = [plain(line, longest=240) for line in run.done] + [f"pull request #{number}" for number in run.changes]
    if run.passed_on_retry:
        named = ", ".join(plain(name, longest=80) for name in run.flaky[:5])
        lines.append(f"passed on retry of the same commit{f': flaky: {named}' if named else ''}")
    return "<br>".join(lines) or "-"


def _offer(patch: str) -> str:
    block = fenced(patch, "diff", longest=LONGEST_PATCH)
    return (
        "<details open><summary>A fix, proved on a fresh clone</summary>\n\n"
        "This comes from a fork, which cannot be pushed to from here. Save it as `fix.patch` and apply it with "
        f"`git apply fix.patch`.\n\n{block}\n\n</details>"
    )


def _annotations(standing: Standing) -> tuple[Annotation, ...]:
    found = (
        Annotation(
            path=_relative(item.file),
            line=item.line,
            message=(item.message or item.label)[:LONGEST_ANNOTATION],
            title=f"{item.label} ({item.verdict})" if item.verdict else item.label,
        )
        for item in standing.items
        if item.line and _relative(item.file) and not item.is_muted
    )
    return tuple(dict.fromkeys(found))[:MOST_ANNOTATIONS]


def _relative(path: str) -> str:
    """A path below the repository's root; "" for one that leads elsewhere."""
    inner = _WORKSPACE.sub("", path.replace("\\", "/")).removeprefix("./")
    is_outside = inner.startswith(("/", "~")) or ".." in inner.split("/") or inner[1:2] == ":"
    return "" if is_outside else inner


def _buttons(standing: Standing) -> tuple[CheckButton, ...]:
    can_mute = any(item.is_flaky and not item.is_muted for item in standing.items)
    wanted = [
        (standing.can_retry, "Retry failed", "Run the failed jobs again", CommandKind.RETRY),
        (standing.can_fix, "Fix", "Try to fix what failed", CommandKind.FIX),
        (can_mute, "Mute flaky", "Flaky tests do not turn this red", CommandKind.MUTE),
    ]
    return tuple(CheckButton(label, words, kind.value) for is_wanted, label, words, kind in wanted if is_wanted)


def _run_url(url: str, run: RunStanding) -> str:
    return f"{url}/runs/{run.run_id}/"
