"""What an exit code means, and which one an error or the state of a run has. The table stands in docs/cli.md."""

import json
import sys
import traceback
from enum import IntEnum
from typing import Final, Self

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError

from ci_integrations.domain import State
from ci_integrations.errors import (
    AuthFailed,
    Conflict,
    Invalid,
    NotFound,
    NotSupported,
    OrchestrateError,
    ProviderError,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from orchestrate_site.ci.output import Stream, plain


class Exit(IntEnum):
    """Exit codes; BUG is a fault of this program, apart from everything that CI may say."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTH = 3
    UNREACHABLE = 4
    NOT_FOUND = 5
    CANCELED = 6
    CONFIG = 7
    TIMEOUT = 8
    BLOCKED = 9
    BUG = 70
    INTERRUPTED = 130


class UsageError(OrchestrateError):
    """The arguments do not fit each other, or what there is."""


class AnswerLost(OrchestrateError):
    """A write was sent and its answer was lost: whether it had an effect is not known yet."""


class TimeUp(OrchestrateError):
    """The time given by `--timeout` is over."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what goes on regardless."""


# The first that fits counts.
_MEANINGS: Final[tuple[tuple[type[BaseException], Exit, str], ...]] = (
    (AuthFailed, Exit.AUTH, "auth_failed"),
    (RateLimited, Exit.UNREACHABLE, "rate_limited"),
    (Unavailable, Exit.UNREACHABLE, "unreachable"),
    (AnswerLost, Exit.UNREACHABLE, "answer_lost"),
    (NotFound, Exit.NOT_FOUND, "not_found"),
    (Conflict, Exit.USAGE, "conflict"),
    (NotSupported, Exit.USAGE, "not_supported"),
    (UsageError, Exit.USAGE, "usage"),
    (CommandError, Exit.USAGE, "usage"),
    (TimeUp, Exit.TIMEOUT, "timeout"),
    (Invalid, Exit.CONFIG, "invalid"),
    (OrchestrateError, Exit.CONFIG, "config"),
    (ImproperlyConfigured, Exit.CONFIG, "config"),
    (DatabaseError, Exit.CONFIG, "database"),
    (KeyboardInterrupt, Exit.INTERRUPTED, "interrupted"),
)
_BY_NAME: Final[dict[str, type[ProviderError]]] = {
    kind.__name__: kind
    for kind in (
        AuthFailed,
        Unauthenticated,
        RateLimited,
        Unauthenticated,
        Unavailable,
        NotFound,
        Conflict,
        NotSupported,
        Invalid,
    )
}
_BY_STATE: Final = {State.CANCELED: Exit.CANCELED, State.BLOCKED: Exit.BLOCKED}


def exit_of_state(state: State) -> Exit:
    """The exit code of a run that ended or waits for somebody; OK for one that is still under way."""
    return Exit.FAILED if state.is_failed else _BY_STATE.get(state, Exit.OK)


def error_named(kind: str, message: str) -> OrchestrateError:
    """The error of a class's name, as an action's row keeps it; Unavailable for an unknown one: nobody answered."""
    return _BY_NAME.get(kind, Unavailable)(message)


class ExitCodes:
    """Around a program: an error that its block ends with becomes a line on stderr and an exit code.

    An error that nobody foresaw too: Python's own exit code for it, 1, would say that CI failed. `only` narrows it to
    some kinds of errors.
    """

    def __init__(
        self, stderr: Stream, *, as_json: bool, only: tuple[type[BaseException], ...] = (BaseException,)
    ) -> None:
        self._stderr = stderr
        self._as_json = as_json
        self._only = only

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, self._only) and not isinstance(error, SystemExit):
            sys.exit(_report(error, self._stderr, as_json=self._as_json))


def _report(error: BaseException, stderr: Stream, *, as_json: bool) -> Exit:
    code, slug = next(((code, slug) for kind, code, slug in _MEANINGS if isinstance(error, kind)), (Exit.BUG, "bug"))
    if code is Exit.BUG:
        stderr.write("".join(traceback.format_exception(error)))
    message = _text(error)
    if as_json:
        stderr.write(json.dumps({"error": {"code": slug, "message": message}}) + "\n")
    else:
        stderr.write(f"{'' if code is Exit.INTERRUPTED else 'error: '}{plain(message)}\n")
    stderr.flush()
    return code


def _text(error: BaseException) -> str:
    text = f"{error}".strip() or type(error).__name__
    if isinstance(error, DatabaseError):
        return f"the database cannot be used ({text}); check DATABASE_URL, then run: orchestrate migrate"
    if isinstance(error, KeyboardInterrupt):
        return f"{error}" or "interrupted"
    return text.removeprefix("Error: ")
