"""What one line of a log looks like: words of trouble and of progress, marks of an exit, places in code, its shape.

The words and shapes are those that many tools share. Each is one bit, so that a line is one number.
"""

import re
from typing import Final

_MAX: Final = 600

_WORDS: Final = {
    "error": "error errors err fatal critical severe",
    "fail": "fail failed failure failures failing fails",
    "crash": "panic panicked abort aborted aborting crash crashed segfault segmentation killed oom sigsegv sigabrt"
    " sigkill sigterm terminated coredump hang deadlock interrupted",
    "complaint": "cannot couldn unable undefined undeclared unknown unexpected unrecognized invalid illegal missing"
    " denied refused timeout timed unresolved mismatch mismatched incompatible forbidden unauthorized conflict"
    " conflicts broken wrong bad unsatisfied exceeded ambiguous duplicate violation violated rejected corrupt"
    " unsupported unreachable uncaught unhandled nonexistent malformed outdated unused",
    "negation": "not no can don doesn isn didn without none never",
    "expectation": "expected actual got assert assertion asserted received expect want wanted should must differ"
    " differs difference",
    "warning": "warning warnings warn deprecated deprecation",
    "detail": "info debug note verbose",
    "good": "ok pass passed passing passes success successful successfully succeeded done complete completed finished",
    "progress": "downloading downloaded download fetching fetched installing installed compiling compiled building"
    " built unpacking preparing extracting selecting setting receiving resolving collecting checking updating cloning"
    " generating generated running starting started loading get linking processing copying created creating removing"
    " using requirement satisfied already cached",
    "advice": "see log logs help try hint rerun more info run documentation usage",
    "trace": "traceback backtrace stacktrace stack caused trace",
    "skip": "skipped skipping skip ignored ignoring pending",
}
CUES: Final = (
    *_WORDS, "head", "capitals", "thrown", "none", "some", "place", "frame", "pointer", "exit", "trail", "good exit",
    "annotated", "command", "group", "numbered", "counter", "title", "good mark", "diff", "dots", "code end",
    "colon end", "full stop", "long", "short", "one word", "url", "quote", "indented", "deep", "arrow", "bracket",
)  # fmt: skip
BIT: Final = {name: 1 << place for place, name in enumerate(CUES)}

_WORD: Final = re.compile(r"[a-z]{2,}+")
_WORD_BIT: Final = {word: BIT[name] for name, words in _WORDS.items() for word in words.split()}

_LEAD: Final = re.compile(
    r"(?:\[[^\]\d]{0,40}+)?\d{2,4}[-:/]\d\d[-:/]\d\d[^ \]]{0,20}+[\] ]{1,3}+"
    r"(?:\d\d:\d\d:\d\d[^ \]]{0,12}+[\] ]{1,6}+)?"
)
_TROUBLE: Final = (
    (
        BIT["head"],
        re.compile(
            r"[\W_]*+(?:[\w.:/$-]{1,60}?(?:Error|Exception)\b|(?i:(?:error|fatal|fail|failed|failure|failures|panic"
            r"|exception|critical|aborted|traceback)\b))"
        ).match,
    ),
    (
        BIT["capitals"],
        re.compile(r"\b(?:ERRORS?|FAIL|FAILED|FATAL|FAILURES?|CRITICAL|UNEXPECTED|CRASH|TIMEOUT|PANIC)\b").search,
    ),
    (BIT["thrown"], re.compile(r"[A-Za-z](?:Error|Exception|Failure|Fault)s?\b").search),
    (
        BIT["none"],
        re.compile(
            r"\b(?:0|no) (?:errors?|failures?|failed|failing|warnings?|problems?)\b"
            r"|\b(?:errors?|failures?|failed)[:=] ?0\b",
            re.IGNORECASE,
        ).search,
    ),
    (
        BIT["some"],
        re.compile(
            r"\b[1-9]\d{0,6} (?:[a-z]{1,12} )?(?:errors?|failures?|failed|failing|fail|problems?|broken|offenses?)\b"
            r"|\b(?:errors?|failures?|failed|failing)[:=] {0,9}[1-9]",
            re.IGNORECASE,
        ).search,
    ),
)
# Parts of the words of _TROUBLE that are not words of their own.
_IN_NAMES: Final = (
    "Error", "Exception", "Failure", "Fault", "raceback", "roblem", "roken", "ffense", "UNEXPECTED", "CRASH",
    "TIMEOUT", "PANIC",
)  # fmt: skip

# The line with which a CI server, or the shell for it, says that a command failed.
_EXIT: Final = re.compile(
    r"exited with (?:code |status |exit code )?-?[1-9]|[Ee]xit(?:ed with)? (?:code|status):? '?-?[1-9]"
    r"|exited with code '-?[1-9]|##vso\[task\.complete result=(?!Succ)|[Jj]ob failed|errored and stopped"
    r"|Your build has been stopped"
)
# The line with which a build tool says that something it ran failed: the reason stands before it.
_TRAIL: Final = re.compile(
    r"\*\*\* \[|make(?:\[\d{1,3}\])?: \*\*\*|npm ERR!|ELIFECYCLE|BUILD FAIL|[Bb]uild failed|[Cc]ommand failed"
    r"|(?:return|exit|status)(?:ed)? (?:with )?(?:non-zero|code|status)|non-zero|exit status|[Tt]ests? failed"
    r"|exited with"
)
_EXIT_PARTS: Final = ("xit", "##", "failed", "errored", "stopped")
_TRAIL_PARTS: Final = ("***", "ERR!", "LIFECYCLE", "FAIL", "failed", "non-zero", "xit", "return", "status")
_GOOD_EXIT: Final = re.compile(r"exited with (?:code |status )?0\b|[Ee]xit code:? 0\b")

_PLACE: Final = re.compile(r"[\w/\\-]\.[A-Za-z]{1,6}(?::\d{1,6}\b|\(\d{1,6}|, line \d|\", line \d|:line \d)")
_FRAME: Final = re.compile(
    r"\s*+(?:at [\w<$/(\[]|File \"|from \S{1,300}+:\d|#\d{1,3} |\d{1,3}: {1,9}0x|\.\.\. \d{1,4} more"
    r"|\S{1,400}?:\d{1,6}:in [`'])"
)
_POINTER: Final = re.compile(r"[\W\d]*+(?<=[\^~])[\s|-]*+$")
_MARKED: Final = (  # what begins with something else than a letter
    (BIT["command"], re.compile(r"\s*+(?:\$ \S|\++ ?(?:[\w./-]{2,60}+ |')|> \S|##\[command\]|\[command\])").match),
    (BIT["numbered"], re.compile(r"\s*+(?:\d{1,4}[.)]|[●✗✘✖❌\u00d7])\s").match),
    (BIT["counter"], re.compile(r"\s*+[\[(]? {0,4}\d{1,6} ?(?:/|of) ?\d{1,6}[\])]?").match),
    (BIT["title"], re.compile(r"\s*+([=\-_*#~!+>])\1{1,200}+[^\w]{0,20}\w").match),
    (BIT["diff"], re.compile(r"\s*+[+-](?![+-]{2})\s*+\S").match),
    (BIT["dots"], re.compile(r"\s*+[.sFE*-]{12}").match),
    (BIT["bracket"], re.compile(r"\s*+[\[(]").match),
)
_GROUP: Final = re.compile(
    r"##\[(?:group|section|endgroup)\]|::(?:group|endgroup)::|(?:---|\+\+\+|~~~) \S|Post job cleanup|Cleaning up"
    r"|Uploading artifacts|Complete job name"
)
_GOOD_MARK: Final = re.compile(r"\s*+(?:[✓✔☑∙\u2024▸]|ok \d|--- PASS|PASS)")
_ANNOTATED: Final = re.compile(r"##\[error\]|::error")
_OPENINGS: Final = (
    (BIT["frame"], _FRAME.match),
    (BIT["group"], _GROUP.match),
    (BIT["good mark"], _GOOD_MARK.match),
    (BIT["annotated"], _ANNOTATED.match),
)
_PARTS: Final = tuple(
    (part, BIT[name])
    for name, parts in {"url": ["://"], "quote": ["'", "`", '"'], "arrow": ["->", "=>"]}.items()
    for part in parts
)
_LAST: Final = {":": BIT["colon end"], ".": BIT["full stop"], "!": BIT["full stop"]} | dict.fromkeys(
    "{};,", BIT["code end"]
)

_SERIOUS: Final = BIT["head"] | BIT["capitals"] | BIT["thrown"] | BIT["error"] | BIT["fail"] | BIT["crash"]
# What a line that is usual does not say, though its words do.
SEVERITY: Final = _SERIOUS | BIT["some"] | BIT["complaint"] | BIT["expectation"] | BIT["annotated"]
_HARMLESS: Final = BIT["none"] | BIT["exit"] | BIT["good exit"] | BIT["command"]


def without_lead(text: str) -> str:
    """The line without a time that a program put before it."""
    if text[:1] in "[0123456789" and (match := _LEAD.match(text)):
        return text[match.end() :]
    return text


def cues(text: str) -> int:
    """The bits (see `BIT`) of a line that is cleaned and without its lead."""
    text = text[:_MAX]
    words = _WORD.findall(text.lower())
    bits = _wording(text, words) | _marks(text) | _shape(text)
    return bits | BIT["one word"] if len(words) < 2 else bits


def is_severe(bits: int) -> bool:
    """Whether a line tells of trouble, and not of none or only of an exit."""
    return bool((bits & _SERIOUS and not bits & _HARMLESS) or bits & BIT["some"])


def begins_section(bits: int, text: str) -> bool:
    """Whether the line is where the output of another command or group begins."""
    return bool(bits & BIT["group"] or (bits & BIT["command"] and text.startswith(("$ ", "##", "[c"))))


def _wording(text: str, words: list[str]) -> int:
    bits = 0
    for word in words:
        bits |= _WORD_BIT.get(word, 0)
    if bits & _SERIOUS or any(part in text for part in _IN_NAMES):
        for bit, find in _TROUBLE:
            if find(text):
                bits |= bit
    return bits


def _marks(text: str) -> int:
    bits = _exits(text)
    if "." in text and _PLACE.search(text):
        bits |= BIT["place"]
    if ("^" in text or "~" in text) and _POINTER.match(text):
        bits |= BIT["pointer"]
    for bit, match in _OPENINGS:
        if match(text):
            bits |= bit
    for part, bit in _PARTS:
        if part in text:
            bits |= bit
    return bits


def _exits(text: str) -> int:
    bits = 0
    if any(part in text for part in _EXIT_PARTS) and _EXIT.search(text):
        bits |= BIT["exit"]
    if any(part in text for part in _TRAIL_PARTS) and _TRAIL.search(text):
        bits |= BIT["trail"]
    if "xit" in text and not bits & BIT["exit"] and _GOOD_EXIT.search(text):
        bits |= BIT["good exit"]
    return bits


def _shape(text: str) -> int:
    bare = text.strip()
    bits = _LAST.get(bare[-1:], 0)
    if bare and not bare[0].isalpha():
        for bit, match in _MARKED:
            if match(text):
                bits |= bit
    if len(bare) > 180:
        bits |= BIT["long"]
    elif len(bare) < 24:
        bits |= BIT["short"]
    if text[:1] in (" ", "\t"):
        bits |= BIT["indented"]
        if text[:4].isspace() or text[:1] == "\t":
            bits |= BIT["deep"]
    return bits
