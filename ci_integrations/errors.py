"""What can go wrong between us and a provider. Standard library only.

Whether another try may help is data on the error (`retryable`, `retry_after`), so no caller needs a list of types.
"""

from typing import ClassVar


class OrchestrateError(Exception):
    """Base of every error a user may see: its text names what is wrong and how to mend it."""


class ConfigError(OrchestrateError):
    """A configuration that cannot work. `place` is the file and key, or the environment variable."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


class ProviderError(OrchestrateError):
    """A call to a provider that did not do what was asked.

    `retry_after` is in seconds, where the provider said so. `effect_unknown` is set where a write was sent and its
    answer was lost: it may have happened.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, retry_after: float | None = None, effect_unknown: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.effect_unknown = effect_unknown


class Unavailable(ProviderError):
    """No answer, a cut answer, or a server error (5xx)."""

    retryable = True


class RateLimited(ProviderError):
    """The provider asks to wait (429, or its own kind of 403)."""

    retryable = True


class AuthFailed(ProviderError):
    """The credentials were refused (401, 403)."""


class Unauthenticated(AuthFailed):
    """Nobody is known by these credentials, any more or yet (401)."""


class NotFound(ProviderError):
    """The thing does not exist, or these credentials may not see it (404, 410)."""


class Conflict(ProviderError):
    """The thing is in a state that does not allow the call, such as canceling a finished run (409)."""


class Invalid(ProviderError):
    """The provider refused the request (other 4xx), or answered something that cannot be understood."""


class RangeEnded(Invalid):
    """A part of a file was asked for that begins behind its end (416)."""


class NotSupported(ProviderError):
    """This connection lacks the capability."""


class BadWebhook(ProviderError):
    """A webhook whose signature, age or form is wrong. It is refused and not stored."""
