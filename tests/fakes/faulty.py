"""What the fakes of hosted servers share: they note who asked what, and fail when they were told to."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.fakes.http import Fault, Refused, Reply, Seen


class Faulty:
    """A server whose next requests can be made to fail.

    `requests` are those that came, in order. `on_request` is called before anything is done about one, `on_answer`
    after the work was done and before the answer is sent.
    """

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.faults: list[Fault] = []
        self.on_request: Callable[[Seen], None] | None = None
        self.on_answer: Callable[[Seen], None] | None = None
        self.lock = threading.RLock()

    def fail_next(self, method: str, path: str, **fault: Any) -> None:
        """Have the next requests fail: see `Fault`. `path` is a regular expression."""
        self.faults.append(Fault(method, re.compile(path), **fault))

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests fit."""
        return sum(seen.method.startswith(method) and re.search(path, seen.path) is not None for seen in self.requests)

    def respond(self, seen: Seen, answer: Callable[[Seen], Reply]) -> Reply | None:
        """The answer to a request, or the fault that is due; None closes the connection."""
        fault = self.due(seen)
        self.requests.append(seen)
        if self.on_request is not None:
            self.on_request(seen)
        if fault is not None and not fault.after_effect and not fault.truncate:
            time.sleep(fault.hang)
            reply = failed(fault)
        else:
            reply = _answered(seen, answer)
        if self.on_answer is not None:
            self.on_answer(seen)
        if fault is not None and fault.after_effect:
            reply = failed(fault)
        if fault is not None and fault.truncate and reply is not None:
            reply = Reply(reply.status, headers={**reply.headers, "X-Truncate": "1"}, raw=reply.body)
        seen.status = reply.status if reply else 0
        return reply

    def due(self, seen: Seen) -> Fault | None:
        """The fault that a request meets, if any; it is used up."""
        with self.lock:
            found = next((one for one in self.faults if one.fits(seen)), None)
            if found is not None:
                found.times -= 1
            return found


def _answered(seen: Seen, answer: Callable[[Seen], Reply]) -> Reply:
    try:
        return answer(seen)
    except Refused as refused:
        return refused.reply


def failed(fault: Fault) -> Reply | None:
    """What is answered instead of the truth; None for nothing at all."""
    if fault.drop or not fault.status:
        return None
    return Reply(fault.status, {"message": fault.message}, dict(fault.headers), raw=fault.raw)
