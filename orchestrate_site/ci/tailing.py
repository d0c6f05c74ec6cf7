"""`orchestrate ci logs --follow`: logs as they grow."""

import json
import time
from collections.abc import Iterator
from typing import Final

from ci_integrations import selectors
from ci_integrations.domain import Capability, State
from ci_integrations.errors import NotFound, NotSupported, ProviderError
from ci_integrations.models import Job, Run
from ci_integrations.services import logs
from orchestrate_site.ci.exits import Exit, Interrupted, TimeUp
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.waiting import Patience, Watch

LOOK_EVERY: Final = 1.0
# How often a run is asked for while one of its logs is followed.
ASK_EVERY: Final = 5.0


def follow_logs(run: Run, name: str, patience: Patience, out: Output) -> Exit:
    """Print the log of one job, or of one job after the other, as it grows; ends with the last of them.

    A job that is not there yet is waited for while its run goes on. Raises NotFound, TimeUp, NotSupported; the server's
    last error where it gave no answer for too long.
    """
    if Capability.LOGS not in selectors.capabilities(run.repository):
        raise NotSupported(f"{run.repository.connection} has no logs: its configuration declares no such place")
    follower = _Follower(run, patience, out)
    try:
        for job in follower.jobs(name):
            _write(job, follower.lines(job), out, title=not name)
            if out.is_closed:
                break
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; run {run.pk} goes on") from None
    return Exit.OK


class _Follower:
    """Looks at one run and its logs again and again."""

    def __init__(self, run: Run, patience: Patience, out: Output) -> None:
        self._run, self._patience, self._out = run, patience, out
        self._watch = Watch(patience.silence)
        self._asked = float("-inf")

    def jobs(self, name: str) -> Iterator[Job]:
        """The job of that name, or all of them in the order in which they began to be known."""
        shown: set[int] = set()
        while True:
            run = self._ask()
            fresh = [job for job in _wanted(run, name) if job.pk not in shown]
            for job in fresh:
                shown.add(job.pk)
                yield job
            if shown and (name or run.state_is_final) and not fresh:
                return
            if run.state_is_final and not shown:
                # Says which jobs there are.
                selectors.get_job(run, name)
                raise NotFound(f"run {run.pk} has no job")
            if not fresh:
                self._wait()

    def lines(self, job: Job) -> Iterator[str]:
        """The lines of a job's log, each once it is there."""
        if Capability.LIVE_LOG not in selectors.capabilities(self._run.repository):
            self._wait_for_end(job)
        for line in logs.follow_log(job, wait=self._answered, has_ended=lambda: self._has_ended(job)):
            yield line.decode(errors="replace").rstrip("\r\n")

    def _wait_for_end(self, job: Job) -> None:
        if not self._has_ended(job):
            self._out.note(f"{job.name} still runs; this server gives its log once it has ended")
        while not self._has_ended(job):
            self._wait()

    def _has_ended(self, job: Job) -> bool:
        run = self._ask()
        job.refresh_from_db()
        return State(job.state).is_terminal or job.is_superseded or run.state_is_final

    def _ask(self) -> Run:
        run = selectors.get_run(self._run.pk)
        if time.monotonic() - self._asked >= ASK_EVERY:
            run = self._watch.ask(run, ASK_EVERY, self._out)
            self._asked = time.monotonic()
        return run

    def _answered(self, error: ProviderError | None) -> None:
        """The log was asked for, and is again in a while."""
        if error is None:
            self._watch.answered()
        else:
            self._watch.bear(error, self._out)
        self._wait()

    def _wait(self) -> None:
        if self._patience.left <= 0:
            raise TimeUp(f"the log goes on after {self._patience.timeout:g} s, and so does run {self._run.pk}")
        pause = max(self._patience.interval or LOOK_EVERY, self._watch.wait_at_least)
        time.sleep(min(pause, max(self._patience.left, 0.05)))


def _wanted(run: Run, name: str) -> list[Job]:
    if not name:
        return list(run.jobs.filter(is_superseded=False).select_related("run__repository__connection").order_by("id"))
    try:
        return [selectors.get_job(run, name)]
    except NotFound:
        return []


def _write(job: Job, lines: Iterator[str], out: Output, *, title: bool) -> None:
    """Lines as they come; with --json one object a line: {"job", "name", "line"}."""
    if title and not out.as_json:
        out.data(f"== {plain(job.name)} ==")
    for line in lines:
        text = out.log_line(line)
        out.data(json.dumps({"job": job.pk, "name": job.name, "line": text}) if out.as_json else text)
        if out.is_closed:
            return
