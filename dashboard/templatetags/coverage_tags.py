"""How figures of coverage look: as text; colour only adds to it."""

from collections.abc import Iterator, Sequence
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ci_integrations.parsing.coverage import Change
from ci_integrations.selectors.coverage import signed

register = template.Library()

MOST_SPANS: Final = 30


@register.filter
def percent(value: float | None) -> str:
    """A percentage to two places; a dash where there is nothing to cover."""
    return "-" if value is None else f"{value:.2f} %"


@register.simple_tag
def points(value: float | None) -> SafeString:
    """By how many percentage points a figure rose or fell, with its sign; a dash where that is not known."""
    if value is None:
        return format_html("{}", "-")
    tone = "up" if value > 0 else "down" if value < 0 else "level"
    return format_html('<span class="points-{}">{}</span>', tone, signed(value))


@register.simple_tag
def file_change(change: Change | None) -> SafeString:
    """What became of a file's figure; None: it is the same."""
    if change is None:
        return points(0.0)
    if change.before is None or change.after is None:
        return format_html("{}", "new" if change.before is None else "gone")
    return points(change.points)


@register.filter
def line_spans(numbers: Sequence[int]) -> str:
    """Numbers of lines, those in a row as one: `3-5, 9`. Of many the first ones, and that there are more."""
    spans = list(_spans(numbers))
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in spans[:MOST_SPANS]]
    return ", ".join(words) + (", …" if len(spans) > MOST_SPANS else "")


def _spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for number in numbers:
        if first is not None and last is not None and number != last + 1:
            yield first, last
            first = number
        first = number if first is None else first
        last = number
    if first is not None and last is not None:
        yield first, last
