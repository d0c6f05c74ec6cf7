"""The style sheet keeps what it promises: contrast in both themes, no icon or colour that is missing."""

import re
from pathlib import Path

import pytest

from ci_integrations.parsing.ansi import to_segments
from dashboard.states import ATTEMPT_LOOKS, LOOKS
from orchestrate_site.paths import BASE_DIR

CSS = (BASE_DIR / "dashboard/static/dashboard/style.css").read_text()
PAIR = r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
TOKENS = dict(re.findall(r"--([\w-]+): (light-dark\([^)]+\));", CSS))
INKS = ["text", "muted", "accent", "good", "bad", "live", "wait", "calm", "odd", "cyan"]
PAPERS = ["page", "surface", "sunken", "hover"]
TINTS = ["good-back", "bad-back", "calm-back", "odd-back", "mark-back"]


def colour(token: str, theme: int) -> str:
    found = re.fullmatch(PAIR, TOKENS[token])
    assert found
    return found[theme + 1]


def luminance(shade: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("paper", PAPERS + TINTS)
@pytest.mark.parametrize("ink", INKS)
def test_text_can_be_read(ink: str, paper: str, theme: int) -> None:
    assert contrast(colour(ink, theme), colour(paper, theme)) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
def test_the_main_button_can_be_read(theme: int) -> None:
    assert contrast(colour("on-accent", theme), colour("accent", theme)) >= 4.5


def test_no_colour_stands_outside_the_tokens() -> None:
    outside = CSS.partition("\n}\n")[2]

    assert re.findall(r"#[0-9a-f]{3,8}\b|light-dark|rgb", outside) == []


def test_every_icon_and_tone_is_there() -> None:
    icons = Path(BASE_DIR / "templates/dashboard/partials/_icons.html").read_text()
    for look in (*LOOKS.values(), *ATTEMPT_LOOKS.values()):
        assert f'id="i-{look.icon}"' in icons
        assert f".state-{look.tone} {{" in CSS


@pytest.mark.parametrize("code", [*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108), 1])
def test_every_colour_of_a_log_is_there(code: int) -> None:
    ((_, classes),) = to_segments(f"\x1b[{code}mx")

    assert re.search(rf"\.{classes}\b(?!-)", CSS)
