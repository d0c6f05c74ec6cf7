"""The demo's closing table. Pure."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

HEADS: Final = ("commit", "state", "found", "decided", "done")
WIDTHS: Final = (18, 9, 42, 34, 26)


def draw(stories: Sequence[dict[str, Any]], *, seconds: float) -> str:
    """A table of what was found, decided and done, a row per commit."""
    rule = "  ".join("-" * width for width in WIDTHS)
    rows = [rule, *(_row(_cells(story)) + "\n" + rule for story in stories)]
    return "\n".join([_row(HEADS), *rows, f"{len(stories)} commits in {seconds:.0f} s"])


def _cells(story: dict[str, Any]) -> tuple[str, ...]:
    found = "\n".join(_finding(finding) for finding in story["findings"][:3]) or "nothing wrong"
    return story["name"], story["state"], found, f"{story['decision']}: {story['reason']}", _done(story)


def _finding(finding: dict[str, Any]) -> str:
    place = f"{finding['file']}:{finding['line']}" if finding.get("line") else finding["file"]
    subject = finding.get("test") or finding.get("tool") or ""
    message = str(finding["message"]).splitlines()[0] if finding["message"] else ""
    return " ".join(part for part in (subject, place, message) if part)


def _done(story: dict[str, Any]) -> str:
    if story["fix"]:
        fix = story["fix"]
        return f"{fix['state']}: {fix['branch']}, CI there: {fix['run_state'] or 'not run'}"
    if story["attempts"] > 1:
        return f"retried once: {story['state']}"
    return "-"


def _row(cells: Sequence[str]) -> str:
    columns = [
        [piece for line in cell.splitlines() for piece in textwrap.wrap(line, width) or [""]] or [""]
        for cell, width in zip(cells, WIDTHS, strict=True)
    ]
    height = max(len(column) for column in columns)
    lines = (
        "  ".join(
            (column[n] if n < len(column) else "").ljust(width) for column, width in zip(columns, WIDTHS, strict=True)
        )
        for n in range(height)
    )
    return "\n".join(line.rstrip() for line in lines)
