"""A small picture of how values went, made of SVG shapes; the same is said in words beside it."""

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH: Final = 600
HEIGHT: Final = 80
# Room for the line's own width, and for the mark at its end.
EDGE: Final = 5


def sparkline(values: Sequence[float], words: str) -> SafeString | str:
    """The values from left to right, the axis from 0 up, as an image described by `words`; "" for fewer than two."""
    if len(values) < 2:
        return ""
    points = _points(values)
    last_x, last_y = points[-1]
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="spark-base" d="M0 {}H{}"/><polyline points="{}"/><circle cx="{}" cy="{}" r="3.5"/></svg>',
        *(WIDTH, HEIGHT, words),
        *(HEIGHT - EDGE, WIDTH, " ".join(f"{x},{y}" for x, y in points)),
        *(last_x, last_y),
    )


def _points(values: Sequence[float]) -> list[tuple[str, str]]:
    most = max(values) or 1.0
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    height = HEIGHT - 2 * EDGE
    return [
        (f"{EDGE + step * at:.1f}", f"{HEIGHT - EDGE - height * value / most:.1f}") for at, value in enumerate(values)
    ]
