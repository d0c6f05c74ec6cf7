"""`orchestrate ci wait`, and the waiting of `trigger --wait` and `retry --wait`."""

import argparse
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.domain import State
from ci_integrations.errors import Invalid, NotFound, ProviderError
from ci_integrations.models import Run
from ci_integrations.services import sync
from orchestrate_site.ci import collecting
from orchestrate_site.ci.exits import Exit, Interrupted, TimeUp, exit_of_state
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_patience, add_run, add_verb
from orchestrate_site.ci.runs import duration, find_run
from orchestrate_site.ci.shapes import RunReport

SHORTEST: Final = 1.0
LONGEST: Final = 15.0
COLLECT_SECONDS: Final = 30.0
# A server may deny a run that it has just accepted.
NEW_RUN: Final = timedelta(seconds=30)


@dataclass(slots=True)
class Patience:
    """How long to wait in all, how often to ask, how long to do without an answer; in seconds.

    `interval` 0 means: 1, growing to 15.
    """

    timeout: float = 0.0
    interval: float = 0.0
    silence: float = 120.0
    _began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the time is up."""
        return self._began + self.timeout - time.monotonic() if self.timeout else float("inf")

    def pauses(self) -> float:
        """The pause before the first question."""
        return self.interval or SHORTEST

    def longer(self, pause: float) -> float:
        """The pause after one of `pause`."""
        return self.interval or min(pause * 1.2, LONGEST)


def patience_of(options: argparse.Namespace) -> Patience:
    """What the arguments ask for."""
    return Patience(timeout=options.timeout or 0.0, interval=options.interval or 0.0, silence=options.patience)


def add(verbs: Verbs) -> None:
    """Add the verb."""
    wait = add_verb(
        verbs,
        "wait",
        wait_for_run,
        summary="Wait for the end of a run; the exit code tells the result",
        examples="""orchestrate ci wait --run 12
                    orchestrate ci wait --run 12 --timeout 1800 --json
                    orchestrate ci wait --run 12 && ./deploy
                    exit codes: 0 passed, 1 failed, 6 canceled, 9 waits for somebody, 8 time is up,
                    4 no answer from the server (says nothing about the run), 130 Ctrl-C (the run goes on)""",
    )
    add_run(wait)
    add_patience(wait, waits="waiting")


def wait_for_run(options: argparse.Namespace, out: Output) -> Exit:
    """Wait, then print how it ended."""
    return wait_and_tell(find_run(options.run), patience_of(options), out)


def wait_and_tell(run: Run, patience: Patience, out: Output) -> Exit:
    """Wait for the end of a run, print the result, give the exit code of its state."""
    run = wait_for_end(run, patience, out)
    if out.as_json:
        out.json(RunReport.from_orm(run))
    else:
        out.data(_last_line(run, out))
        if not run.state_is_final or State(run.state).is_failed:
            out.note(f"see: orchestrate ci status --run {run.pk}")
    return exit_of_state(State(run.state))


def wait_for_end(run: Run, patience: Patience, out: Output) -> Run:
    """Wait until a run has ended and its results are in, or until it waits for somebody.

    Raises TimeUp; the server's last error where it gave no answer for too long; Interrupted on Ctrl-C.
    """
    try:
        run = _until_end(run, patience, out)
        if run.state_is_final and not collecting.collect_within(run, min(COLLECT_SECONDS, max(patience.left, 0))):
            out.note(f"the results of run {run.pk} are not collected yet")
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; the run goes on. To wait again: orchestrate ci wait --run {run.pk}") from None
    finally:
        out.end_progress()
    return selectors.get_run(run.pk)


def _until_end(run: Run, patience: Patience, out: Output) -> Run:
    watch = Watch(patience.silence)
    pause, seen = patience.pauses(), ""
    while True:
        run = watch.ask(selectors.get_run(run.pk), pause, out)
        seen = _tell(run, seen, out)
        if run.state_is_final or run.state == State.BLOCKED:
            return run
        if patience.left <= 0:
            raise TimeUp(f"run {run.pk} has not ended in {patience.timeout:g} s: {run.state}; it goes on")
        time.sleep(max(0.05, min(max(pause, watch.wait_at_least), patience.left)))
        pause = patience.longer(pause)


class Watch:
    """Asks the server for a run, and keeps count of how long it has not answered."""

    def __init__(self, silence: float) -> None:
        """`silence` is how long to do without an answer, in seconds."""
        self._silence = silence
        self._last_answer = time.monotonic()
        self._last_trouble = ""
        self.wait_at_least = 0.0

    def ask(self, run: Run, pause: float, out: Output) -> Run:
        """The run as it is now; as it was where the server gives no answer."""
        if run.state_is_final or _is_fresh(run, pause):
            self._last_answer = time.monotonic()
            return run
        try:
            run = sync.sync_run(run.repository, sync.run_ref(run))
        except ProviderError as error:
            self._bear(run, error, out)
            return run
        self.answered()
        return run

    def answered(self) -> None:
        """The server gave an answer."""
        self._last_answer, self._last_trouble, self.wait_at_least = time.monotonic(), "", 0.0

    def _bear(self, run: Run, error: ProviderError, out: Output) -> None:
        if not (error.retryable or _may_pass(run, error)):
            raise error
        self.bear(error, out)

    def bear(self, error: ProviderError, out: Output) -> None:
        """Put up with an error that may pass, and say it once; raises it where there was no answer for too long."""
        silent = time.monotonic() - self._last_answer
        wait = error.retry_after or 0.0
        if silent + wait >= self._silence:
            raise error
        self.wait_at_least = wait
        if f"{error}" != self._last_trouble:
            self._last_trouble = f"{error}"
            out.note(f"no answer, asking again: {error}")


def _may_pass(run: Run, error: ProviderError) -> bool:
    """Whether an answer that is an error may be a passing one: a run not shown yet, the page of a proxy in between."""
    if run.synced_at is None:
        return isinstance(error, NotFound) and timezone.now() - run.created_at < NEW_RUN
    return isinstance(error, Invalid)


def _is_fresh(run: Run, pause: float) -> bool:
    """Whether a worker has asked since the last pause, so that there is no need to."""
    return run.synced_at is not None and timezone.now() - run.synced_at < timedelta(seconds=pause / 2)


def _tell(run: Run, seen: str, out: Output) -> str:
    jobs = [(job.name, job.state) for job in run.jobs.order_by("id")]
    done = sum(State(state).is_terminal for _, state in jobs)
    active = ", ".join(name for name, state in jobs if state == State.RUNNING)
    text = f"run {run.pk}: {run.state}"
    if jobs:
        text += f", {done} of {len(jobs)} jobs done{f', now {active}' if active else ''}"
    if text != seen:
        out.note(f"{timezone.now():%H:%M:%S} {text}")
    out.progress(f"{text} {duration(run.created_at, run.finished_at)}")
    return text


def _last_line(run: Run, out: Output) -> str:
    took = duration(run.started_at, run.finished_at)
    counts = selectors.test_counts(run)
    failed = counts.get("failed", 0) + counts.get("error", 0)
    tests = f"; {failed} of {sum(counts.values())} tests failed" if counts else ""
    return f"run {run.pk}: {out.state(run.state)}{f' after {took}' if took else ''}{tests}{plain(_waits_for(run))}"


def _waits_for(run: Run) -> str:
    return f"; it waits for somebody at {run.url or 'the server'}" if run.state == State.BLOCKED else ""
