"""What the stories of all servers have in common: the code that is pushed, and what becomes of it."""

import io
import time

from ci_integrations.models import Run
from fixers import selectors
from fixers.models import AttemptState, Decision, FixAttempt, Triage

STABLE = "def test_add():\n    assert 1 + 1 == 2\n"
BROKEN = "def test_add():\n    assert 1 + 1 == 3\n"
UGLY = "def  add( a,b ):\n    return a+b\n"
PRETTY = "def add(a, b):\n    return a + b\n"


class Seeing(io.StringIO):
    """A stream that keeps when each line came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def write(self, text: str, /) -> int:
        for line in text.splitlines():
            self.at.setdefault(line, time.monotonic())
        return super().write(text)


def flaky(variable: str, first: str) -> str:
    """A test that fails where a variable of the server has the value of the first attempt."""
    return f'import os\n\n\ndef test_add():\n    assert os.environ["{variable}"] != "{first}"\n'


def decided(run: Run) -> Triage:
    """What was decided on a run."""
    triage = selectors.triage_of(run)
    assert triage is not None
    return triage


def fixed(sha: str) -> FixAttempt:
    """The one attempt at a fix, of the failure of a commit; it was published."""
    triage = decided(Run.objects.get(commit_sha=sha))
    assert triage.decision == Decision.FIX, triage.reason
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.FIXED, attempt.reason
    return attempt
