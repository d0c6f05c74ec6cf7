"""What one line of a log looks like: words of trouble and of progress, marks of an exit, places in code, its shape.

The words and shapes are those that many tools share. Each is one bit, so that a line is one number.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from ci_integrations.parsing.logs import forms
from ci_integrations.parsing.logs.exits import ENDING_WORDS, ending_of
from ci_integrations.parsing.logs.words import MAX_TEXT, WORDS, words_of

CUES: Final = (
    *WORDS, "head", "capitals", "thrown", "none", "some", "verdict", "heading", "compiler", "golden", "assertion",
    "level", "place", "frame", "pointer", "exit", "trail", "good exit", "annotated", "command", "group", "numbered",
    "counter", "title", "good mark", "diff", "dots", "code end", "colon end", "full stop", "long", "short", "one word",
    "url", "quote", "indented", "deep", "arrow", "bracket", "timed",
)  # fmt: skip
BIT: Final = {name: 1 << place for place, name in enumerate(CUES)}

_WORD_BIT: Final = {word.encode(): BIT[name] for name, words in WORDS.items() for word in words.split()}
_LEAD: Final = re.compile(
    r"(?:\[[^\]\d]{0,40}+)?\d{2,4}[-:/]\d\d[-:/]\d\d[^ \]]{0,20}+[\] ]{1,3}+"
    r"(?:\d\d:\d\d:\d\d[^ \]]{0,12}+[\] ]{1,6}+)?"
)
_PLACE: Final = re.compile(r"\.[A-Za-z]{1,6}(?::\d{1,6}\b|\(\d{1,6}|, line \d|\", line \d|:line \d)")
_POINTER: Final = re.compile(r"[\W\d]*+(?<=[\^~])[\s|-]*+$")
_LONG, _SHORT = 180, 24
_LAST: Final = {":": BIT["colon end"], ".": BIT["full stop"], "!": BIT["full stop"]} | dict.fromkeys(
    "{};,", BIT["code end"]
)

_Opening = tuple[int, Callable[[str], object]]
_DIGITS: Final = "0123456789"


def _by_first(*openings: tuple[str, str, re.Pattern[str]]) -> dict[str, tuple[_Opening, ...]]:
    """Marks, first characters and patterns, by each first character."""
    firsts: dict[str, tuple[_Opening, ...]] = {}
    for name, characters, pattern in openings:
        for character in characters:
            firsts[character] = (*firsts.get(character, ()), (BIT[name], pattern.match))
    return firsts


_OPENINGS: Final = _by_first(
    ("command", "$+>#[", re.compile(r"\s*+(?:\$ \S|\++ ?(?:[\w./-]{2,60}+ |')|> \S|##\[command\]|\[command\])")),
    ("numbered", _DIGITS + "●✗✘✖❌\u00d7", re.compile(r"\s*+(?:\d{1,4}[.)]|[●✗✘✖❌\u00d7])\s")),
    ("counter", _DIGITS + "[(", re.compile(r"\s*+[\[(]? {0,4}\d{1,6} ?(?:/|of) ?\d{1,6}[\])]?")),
    ("title", "=-_*#~!+>", re.compile(r"\s*+([=\-_*#~!+>])\1{1,200}+[^\w]{0,20}\w")),
    ("diff", "+-", re.compile(r"\s*+[+-](?![+-]{2})\s*+\S")),
    ("dots", ".sFE*-", re.compile(r"\s*+[.sFE*-]{12}")),
    ("bracket", "[(", re.compile("")),
    ("annotated", "#:", re.compile(r"##\[error\]|::error")),
    ("verdict", "-n![FEXTP✗✘✖❌\u00d7✕" + _DIGITS, forms.VERDICT),
    ("good mark", "✓✔☑∙\u2024▸o-P[", forms.PASSED),
    (
        "frame",
        "aFf#./" + _DIGITS,
        re.compile(
            r"\s*+(?:at [\w<$/(\[]|File \"|from \S{1,300}+:\d|#\d{1,3} |\d{1,3}: {1,9}0x|\.\.\. \d{1,4} more"
            r"|\S{1,400}?:\d{1,6}:in [`'])"
        ),
    ),
    (
        "group",
        "#:-+~PCU",
        re.compile(
            r"##\[(?:group|section|endgroup)\]|::(?:group|endgroup)::|(?:---|\+\+\+|~~~) \S|Post job cleanup"
            r"|Cleaning up|Uploading artifacts|Complete job name"
        ),
    ),
)

_TELLING: Final = forms.TELLING | ENDING_WORDS
_IN_TROUBLE: Final = tuple((BIT[name], find) for name, find in forms.IN_TROUBLE)

_SERIOUS: Final = BIT["head"] | BIT["capitals"] | BIT["thrown"] | BIT["error"] | BIT["fail"] | BIT["crash"]
_STRONG: Final = BIT["verdict"] | BIT["golden"] | BIT["compiler"] | BIT["assertion"] | BIT["annotated"]
_TROUBLE_NAMED: Final = BIT["complaint"] | BIT["negation"] | BIT["expectation"]
_ENDS_BADLY: Final = BIT["error"] | BIT["fail"]
_ENDS: Final = _ENDS_BADLY | BIT["good"] | BIT["skip"]
# What a line that is usual does not say, though its words do.
SEVERITY: Final = _SERIOUS | _STRONG | BIT["some"] | BIT["complaint"] | BIT["expectation"] | BIT["heading"]
_HARMLESS: Final = BIT["none"] | BIT["exit"] | BIT["good exit"] | BIT["command"]
_WEAK: Final = _HARMLESS | BIT["level"] | BIT["trail"] | BIT["good mark"]


def without_lead(text: str) -> str:
    """The line without a time that a program put before it."""
    if text[:1] in "[0123456789" and (match := _LEAD.match(text)):
        return text[match.end() :]
    return text


def cues(text: str) -> int:
    """The bits (see `BIT`) of a line that is cleaned and without its lead."""
    line = text[:MAX_TEXT]
    words = words_of(line)
    bare = line.strip()
    bits = 0
    for word in words:
        if word in _WORD_BIT:
            bits |= _WORD_BIT[word]
    bits |= _wording(line, words, bits) | _shape(line, bare)
    for bit, match in _OPENINGS.get(bare[:1], ()):
        if match(line):
            bits |= bit
    if bits & _ENDS:
        bits |= _verdict(bare, bits)
    return bits | BIT["one word"] if len(words) < 2 else bits


def is_severe(bits: int) -> bool:
    """Whether a line tells of trouble, and not of none or only of an exit."""
    return bool((bits & _SERIOUS and not bits & _HARMLESS) or bits & BIT["some"])


def is_strong(bits: int) -> bool:
    """Whether a line has a form that a tool gives to what went wrong."""
    return bool(bits & _STRONG and not bits & _WEAK)


def begins_section(bits: int, text: str) -> bool:
    """Whether the line is where the output of another command or group begins."""
    return bool(bits & BIT["group"] or (bits & BIT["command"] and text.startswith(("$ ", "##", "[c"))))


def _wording(text: str, words: Sequence[bytes], bits: int) -> int:
    told = BIT["thrown"] if forms.is_named(text) else 0
    if bits & _SERIOUS or told or "problem" in text or "❌" in text:
        for bit, find in _IN_TROUBLE:
            if find(text):
                told |= bit
    if _TELLING.isdisjoint(words) and "***" not in text:
        return told
    if (told or bits & (_SERIOUS | _TROUBLE_NAMED)) and forms.is_golden(text, words):
        told |= BIT["golden"]
    if forms.is_assertion(text, words):
        told |= BIT["assertion"]
    if forms.is_record(text, words):
        told |= BIT["level"]
    is_exit, is_good, is_trail = ending_of(text, words)
    return told | BIT["exit"] * is_exit | BIT["good exit"] * is_good | BIT["trail"] * is_trail


def _verdict(bare: str, bits: int) -> int:
    if bits & _ENDS_BADLY and forms.VERDICT_END.search(bare, max(0, len(bare) - 64)):
        return BIT["verdict"]
    return BIT["good mark"] if forms.PASSED_END.search(bare, max(0, len(bare) - 32)) else 0


def _shape(text: str, bare: str) -> int:
    bits = _LAST.get(bare[-1:], 0)
    if "." in text and _PLACE.search(text):
        bits |= BIT["place"]
    if bare[-1:] in "^~-|" and _POINTER.match(bare):
        bits |= BIT["pointer"]
    if "://" in text:
        bits |= BIT["url"]
    if "'" in text or '"' in text or "`" in text:
        bits |= BIT["quote"]
    if "->" in text or "=>" in text:
        bits |= BIT["arrow"]
    if len(bare) > _LONG:
        bits |= BIT["long"]
    elif len(bare) < _SHORT:
        bits |= BIT["short"]
    if text[:1] in (" ", "\t"):
        bits |= BIT["indented"]
        if text[:4].isspace() or text[:1] == "\t":
            bits |= BIT["deep"]
    return bits
