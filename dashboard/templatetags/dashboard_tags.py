"""How values look on the pages. Everything from outside is escaped here or by the templates."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ci_integrations.domain import State
from ci_integrations.models import Job, Run, Step
from ci_integrations.parsing.ansi import to_segments
from ci_integrations.selectors.timings import times_of
from dashboard.states import Look, attempt_look, look, outcome_look

register = template.Library()

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
_DIFF_CLASSES: Final = (
    ("+++", "diff-file"),
    ("---", "diff-file"),
    ("diff ", "diff-file"),
    ("index ", "diff-file"),
    ("@@", "diff-hunk"),
    ("+", "diff-add"),
    ("-", "diff-del"),
)


@register.simple_tag
def state_badge(state: str) -> SafeString:
    """A run's, job's or step's state as shape, word and colour."""
    return _badge(look(state))


@register.simple_tag
def attempt_badge(state: str) -> SafeString:
    """A fix attempt's state as shape, word and colour."""
    return _badge(attempt_look(state))


@register.simple_tag
def outcome_badge(outcome: str) -> SafeString:
    """A test result's outcome as shape, word and colour."""
    return _badge(outcome_look(outcome))


def _badge(shown: Look) -> SafeString:
    return format_html(
        '<span class="state state-{}"><svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>{}</span>',
        shown.tone,
        shown.icon,
        shown.word,
    )


@register.filter
def safe_url(url: str) -> str:
    """The URL where it is plain http or https, else "": no javascript:, no data:."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


@register.filter
def short_sha(sha: str) -> str:
    """The first digits of a commit's id."""
    return sha[:8]


@register.simple_tag
def age(moment: datetime | None) -> SafeString | str:
    """How long ago, with the exact time on hover."""
    if moment is None:
        return ""
    passed = (timezone.now() - moment).total_seconds()
    words = "just now" if passed < 10 else f"{_short(passed)} ago"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), words)


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """A time of day, with the date on hover."""
    if at is None:
        return ""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), _exact(at), f"{at:%H:%M:%S}")


@register.simple_tag
def duration(started: datetime | None, finished: datetime | None) -> str:
    """From start to end; "" where either is not known."""
    return "" if started is None or finished is None else _span((finished - started).total_seconds())


@register.simple_tag
def run_duration(row: Run | Job | Step) -> str:
    """How long a run, job or step took, or has taken until now; "" where it has not begun or its end is not known."""
    end = row.finished_at or (None if State(row.state).is_terminal else timezone.now())
    return duration(row.started_at, end)


@register.filter
def seconds(value: float | None) -> str:
    """A test's or a step's duration."""
    if value is None:
        return ""
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 10 else _span(value)


@register.filter
def span(value: float | None) -> str:
    """How long a run or a job waited or worked; "" where it is not known."""
    return "" if value is None else _span(value)


@register.simple_tag
def waited(job: Job) -> str:
    """How long a job waited for a machine; "" where it is not known."""
    return span(times_of(job).queued)


@register.filter
def share(value: float | None) -> str:
    """A change as a share of what was, in percent with its sign; "" where it is not known."""
    if value is None:
        return ""
    percent = round(value * 100)
    return f"{percent:+d} %" if percent else "0 %"


@register.simple_tag
def log_line(number: int, text: str, found: str | None) -> SafeString:
    """One line of a log: its number as a link, its text with colours; `found` is set where the line is a finding."""
    return format_html(
        '<div class="line{}" id="L{}"><a class="number" href="#L{}">{}</a><span class="text">{}</span></div>\n',
        "" if found is None else " found",
        number,
        number,
        number,
        format_html_join("", "{}", ((_segment(part, classes),) for part, classes in to_segments(text))),
    )


def _segment(text: str, classes: str) -> SafeString:
    return format_html('<span class="{}">{}</span>', classes, text) if classes else format_html("{}", text)


@register.simple_tag
def diff_lines(diff: str) -> SafeString:
    """A diff, each line in the colour of its kind."""
    return format_html_join(
        "", '<span class="{}">{}\n</span>', ((_diff_class(line), line) for line in diff.rstrip("\n").split("\n"))
    )


def _diff_class(line: str) -> str:
    return next((name for start, name in _DIFF_CLASSES if line.startswith(start)), "diff-same")


def _exact(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _short(passed: float) -> str:
    """The largest unit only."""
    for size, unit in _UNITS:
        if passed >= size:
            return f"{int(passed // size)} {unit}"
    return f"{int(passed)} s"


def _span(length: float) -> str:
    """Two units at most."""
    whole = max(int(length), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60:02d} min"
