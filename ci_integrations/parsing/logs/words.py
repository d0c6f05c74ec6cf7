"""The words of log lines that many tools share: of trouble and of progress."""

from collections.abc import Sequence
from typing import Final

# What a line says, it says at its beginning.
MAX_TEXT: Final = 600

WORDS: Final = {
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
    " generating generated running starting started loading get linking processing copied created creating removing"
    " using requirement satisfied already cached",
    "advice": "see log logs help try hint rerun more info run documentation usage",
    "trace": "traceback backtrace stacktrace stack caused trace",
    "skip": "skipped skipping skip ignored ignoring pending",
}
# What tells that a line may be of trouble.
TROUBLE: Final = frozenset(
    word.encode() for kind in ("error", "fail", "crash", "complaint", "expectation") for word in WORDS[kind].split()
) | {b"exit", b"exited", b"errored", b"stopped"}

# Letters in lower case, and spaces for all else.
_LETTERS: Final = bytes(ord(chr(of).lower()) if of < 128 and chr(of).isalpha() else 32 for of in range(256))
_LETTERS_AND_LINES: Final = _LETTERS[:10] + b"\n" + _LETTERS[11:]


def words_of(text: str) -> list[bytes]:
    """The words of ASCII letters, in lower case."""
    return text.encode("ascii", "replace").translate(_LETTERS).split()


def words_of_lines(text: str) -> list[bytes]:
    """For each line of the text its words, in lower case, with spaces between them: quicker than one by one."""
    return text.encode("ascii", "replace").translate(_LETTERS_AND_LINES).split(b"\n")


def trouble_of(words: Sequence[bytes], length: int) -> tuple[bytes, ...]:
    """The first word of trouble and those after it."""
    first = next((place for place, word in enumerate(words) if word in TROUBLE), 0)
    return tuple(words[first : first + length])
