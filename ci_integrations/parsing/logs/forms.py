"""The forms that tools give to what went wrong, and to what went well, by the documentation of each."""

import re
from collections.abc import Sequence
from typing import Final

_HEAD: Final = re.compile(
    r"[\W_]*+(?:[\w.:/$-]{1,60}?(?:Error|Exception)\b|(?i:(?:error|fatal|fail|failed|failure|failures|panic|exception"
    r"|critical|aborted|traceback)\b))"
)
_THROWN: Final = re.compile(r"(?<=[A-Za-z])(?:Error|Exception|Failure|Fault)s?\b")
_COUNTED: Final = r"(?i:errors?|failures?|failed|failing"
_AFTER_NAME: Final = "[:=](?i:(?<=rror.)|(?<=rrors.)|(?<=ailure.)|(?<=ailures.)|(?<=ailed.)|(?<=ailing.))"
# The characters that most lines lack come first, as a search for these is quick.
_NONE: Final = re.compile(rf"[0Nn](?<!\w.)(?:(?<=0)|o) {_COUNTED}|warnings?|problems?)\b")
_NONE_AFTER_NAME: Final = re.compile(rf"{_AFTER_NAME} ?0\b")
_SOME: Final = re.compile(rf"[1-9](?<!\w.)\d{{0,6}} (?:[a-z]{{1,12}} )?{_COUNTED}|fail|problems?|broken|offenses?)\b")
_SOME_AFTER_NAME: Final = re.compile(rf"{_AFTER_NAME} {{0,9}}[1-9]")
_HEADING: Final = re.compile(
    r"[\W_]*+(?i:failures?|failed tests?|failing tests?|failed|errors?|(?:test )?summary|what went wrong"
    r"|failed examples|tests? fail\w{0,6})[\W_]*+$"
)
# `file:12:5: error: text` (https://www.gnu.org/prep/standards/html_node/Errors.html), `error[E0308]:` (rustc),
# `error C2065:` (MSBuild), `[ERROR] text` (Maven, sbt), xcpretty's mark.
_COMPILER: Final = re.compile(
    r"(?:^|[\d:)\]] {0,4})(?:fatal )?error(?: [A-Z]{1,4}\d{2,5}|\[[A-Z]{1,3}\d{1,5}\])?: ?\S|\[(?:error|ERROR)\] \S|❌"
)
_CAPITALS: Final = re.compile(r"\b(?:ERRORS?|FAIL|FAILED|FATAL|FAILURES?|CRITICAL|UNEXPECTED|CRASH|TIMEOUT|PANIC)\b")
# How runners name a test that failed: Go, TAP, CTest, GoogleTest, Automake, Gradle, unittest, xUnit.net, Pester,
# Surefire, tasty, Mozilla's harnesses, the ticks of mocha and Jest.
VERDICT: Final = re.compile(
    r"\s*+(?:--- FAIL|not ok\b|!! |\[ {0,4}(?:-|FAIL(?:ED)?|ERROR) {0,4}\]|(?:FAIL(?:ED)?|ERROR|XPASS)(?::|  ?[\w/.(-])"
    r"|[✗✘✖❌\u00d7✕]|TEST-UNEXPECTED|PROCESS-CRASH)"
)
VERDICT_END: Final = re.compile(
    r"(?:[\s.:>\])]|\*{3})(?:FAIL(?:ED|URE)?|ERROR(?:ED)?|Failed|\[FAIL\]|<<< (?:FAILURE|ERROR))!{0,3}"
    r"(?:\s{1,9}[\[(][^\[\]()]{1,40}[\])]|\s{1,9}\d[\d.]{0,9} ?m?s(?:ec)?)?$"
)
PASSED: Final = re.compile(r"\s*+(?:[✓✔☑∙\u2024▸]|ok {1,4}\d|--- PASS|PASS|\[\+\]|\[ {0,8}(?:OK|PASSED) {0,8}\])")
PASSED_END: Final = re.compile(
    r"[\s.:>\])](?:PASS(?:ED)?|OK|ok|Passed|SKIPPED|passed)(?:\s{1,9}[\[(]?[\d.]{1,9} ?m?s?(?:ec)?[\])]?)?$"
)
_ASSERTION: Final = re.compile(
    r"E {3}|\s*(?i:expected|actual|received|got|expecting|but was)\b"
    r"|.{0,300}?(?:AssertionError|Assert(?:ion)?.{0,40}?[Ff]ailed"
    r"|[Ee]xpected.{1,200}?\b(?:got|but|actual|to (?:be|equal|eq|match))\b)"
)
_EXPECTING: Final = frozenset(b"expected actual received got expecting but assert assertion assertionerror".split())
_LEVELS: Final = frozenset(b"info debug warn warning trace notice".split())
_LEVEL: Final = re.compile(r".{0,60}?(?:\b(?:INFO|DEBUG|WARN(?:ING)?|TRACE|NOTICE)\b|\[(?:info|debug|warn|warning)\])")
# A word, in lower case, and the phrase with it by which a tool is known to fail.
_PHRASES: Final = {
    word.encode(): phrase
    for phrase, words in {
        "TEST-UNEXPECTED-": "unexpected", "PROCESS-CRASH": "crash", "CMake Error": "cmake", "core dumped": "dumped",
        "Segmentation fault": "segmentation", "undefined reference": "reference", "Undefined symbols": "symbols",
        "cannot find -l": "find", "collect2: error": "collect", "sccache: error": "sccache", "fatal: ": "fatal",
        "Sanitizer:": "addresssanitizer threadsanitizer memorysanitizer leaksanitizer undefinedbehaviorsanitizer",
        "runtime error:": "runtime", "curl: (": "curl", "panicked at": "panicked", "panic: ": "panic",
        "ould not ": "compile resolve be", "o matching ": "matching", "No space left": "space",
        "OutOfMemory": "outofmemoryerror", "ut of memory": "memory", "timed out after": "timed",
        "exceeded the maximum": "exceeded", "No output has been received": "output",
        "rror response from daemon": "daemon", "npm ERR! code": "err", "command not found": "command",
        "No such file or directory": "directory", "ermission denied": "denied", "onnection refused": "refused",
        "onnection reset": "reset", "onnection timed": "connection", "ModuleNotFound": "modulenotfounderror",
        "Cannot find module": "module", "ImportError": "importerror", "SyntaxError": "syntaxerror",
        "failed!": "runtimeerror", "E: ": "e",
    }.items()
    for word in words.split()
}  # fmt: skip

# Without these a line is neither golden nor an assertion nor a record.
TELLING: Final = frozenset({b"e", *_PHRASES, *_EXPECTING, *_LEVELS})

# Of a line that holds a word of trouble: in which forms.
IN_TROUBLE: Final = (
    ("head", _HEAD.match),
    ("capitals", _CAPITALS.search),
    ("none", _NONE.search),
    ("none", _NONE_AFTER_NAME.search),
    ("some", _SOME.search),
    ("some", _SOME_AFTER_NAME.search),
    ("heading", _HEADING.match),
    ("compiler", _COMPILER.search),
)


def is_named(text: str) -> bool:
    """Whether a line names an exception by its class."""
    has_name = "Error" in text or "Exception" in text or "Failure" in text or "Fault" in text
    return has_name and _THROWN.search(text) is not None


def is_golden(text: str, words: Sequence[bytes]) -> bool:
    """Whether a line is one of those by which a tool is known to fail."""
    return not _PHRASES.keys().isdisjoint(words) and any(_PHRASES.get(word, "\n") in text for word in words)


def is_assertion(text: str, words: Sequence[bytes]) -> bool:
    """Whether a line says what was expected, or what was not met."""
    return (not _EXPECTING.isdisjoint(words) or text[:4] == "E   ") and _ASSERTION.match(text) is not None


def is_record(text: str, words: Sequence[bytes]) -> bool:
    """Whether a line is one of a program's own log, and of no trouble."""
    return not _LEVELS.isdisjoint(words) and _LEVEL.match(text) is not None
