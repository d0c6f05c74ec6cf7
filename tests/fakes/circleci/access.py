"""Who may ask the fake CircleCI, and how often."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.fakes.circleci.state import canonical
from tests.fakes.http import Refused, Seen


@dataclass
class FakeToken:
    """A token. Project tokens are known to version 1.1 only; `projects` are those that it shows, None for all."""

    login: str
    kind: str = "personal"
    projects: set[str] | None = None
    is_revoked: bool = False


class Access:
    """Tokens, and limits: `budget` is how many requests are left before 429, None without end.

    Whoever asks too often is told to wait for `retry_after` seconds, by a date where `retry_as_date`.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, FakeToken] = {}
        self.budget: int | None = None
        self.retry_after = 7
        self.retry_as_date = False

    def add_token(self, value: str, login: str, *, kind: str = "personal", projects: set[str] | None = None) -> None:
        """Somebody makes a token: `kind` is personal or project."""
        self.tokens[value] = FakeToken(login, kind, None if projects is None else {canonical(one) for one in projects})

    def revoke(self, value: str) -> None:
        """Somebody takes a token back."""
        self.tokens[value].is_revoked = True

    def token_of(self, seen: Seen) -> FakeToken | None:
        """The token that came along, None where there is none."""
        kind, _, given = seen.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            given = base64.b64decode(given).decode().partition(":")[0]
        given = seen.headers.get("circle-token") or given
        if not given:
            return None
        found = self.tokens.get(given)
        if found is None or found.is_revoked:
            raise Refused(401, "Invalid token provided.")
        return found

    def limited(self, now: datetime) -> dict[str, str]:
        """The headers that tell of limits. Raises Refused."""
        # https://circleci.com/docs/guides/toolkit/api-developers-guide/#rate-limits
        if self.budget is None:
            return {}
        if self.budget <= 0:
            after = now + timedelta(seconds=self.retry_after)
            wait = format_datetime(after, usegmt=True) if self.retry_as_date else f"{self.retry_after}"
            raise Refused(429, "Rate limit exceeded", Retry_After=wait, RateLimit_Remaining="0")
        self.budget -= 1
        left, reset = f"{self.budget}", f"{self.retry_after}"
        names = {"Limit": "1000", "Remaining": left, "Reset": reset}
        return {f"RateLimit-{name}": value for name, value in names.items()} | {
            "X-RateLimit-Limit-Minute": "1000",
            "X-RateLimit-Remaining-Minute": left,
        }
