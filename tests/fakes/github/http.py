"""Requests and answers of the fake GitHub, and its faults."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """A request that came in; header names in lower case. `identity` is who asked, `status` what was answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    identity: str = ""
    status: int = 0

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body) if self.body else {}


@dataclass
class Reply:
    """An answer: JSON, or bytes as they are."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def body(self) -> bytes:
        """What is sent."""
        if self.raw is not None:
            return self.raw
        return b"" if self.content is None else json.dumps(self.content).encode()


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.reply = Reply(status, {"message": message, "documentation_url": "https://docs.github.com"}, headers)


@dataclass
class Fault:
    """What happens to the next requests that fit, instead of the answer or, `after_effect`, after the work was done.

    `truncate` sends half of the real answer's body, `hang` waits that many seconds first, `drop` closes the connection.
    """

    method: str
    path: re.Pattern[str]
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "fault"
    after_effect: bool = False
    truncate: bool = False
    hang: float = 0.0
    drop: bool = False
    raw: bytes | None = None
    times: int = 1

    def fits(self, seen: Seen) -> bool:
        """Whether it is meant."""
        return self.times > 0 and self.method == seen.method and self.path.search(seen.path) is not None


Route = Callable[..., Reply]
