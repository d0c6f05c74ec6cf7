"""What people ask for at the code host: a command in a comment, a button of the check, a pull request opened."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ci_integrations import selectors as ci
from ci_integrations.domain import Change, Command, CommandKind, RepoRef, RetryScope, State
from ci_integrations.errors import NotFound, OrchestrateError, ProviderError
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import Delivery, Repository, Run
from ci_integrations.providers.base import CodeHost
from ci_integrations.services import control, flaky, work
from ci_integrations.services.inbox import as_heard, followed_repository
from ci_integrations.wiring import code_of, provider_of
from fixers import posting, selectors, services
from fixers.models import Report
from fixers.standing import newest_runs

log = logging.getLogger(__name__)

TASK: Final = "fixers.tasks.answer_delivery"
SOON: Final = timedelta(seconds=2)
GRACE: Final = timedelta(seconds=settings.ORCHESTRATE_SWEEP_GRACE)
LOOK_BACK: Final = timedelta(hours=24)
SWEPT: Final = 200


def answer_delivery(delivery_id: int) -> None:
    """Do what a delivery asks for. Safe to call again: a wish that was granted is not granted twice.

    The delivery's row counts the attempts: where the provider is away, this is called again later.
    """
    row = Delivery.objects.select_related("connection").get(pk=delivery_id)
    if row.answered_at is not None:
        return
    with work.attempt(row) as claimed:
        if claimed:
            _answer(row)
    waiting = Delivery.objects.filter(pk=delivery_id, answered_at=None, dead_at=None).first()
    if waiting is not None:
        # Put off, or still held by whoever took it in: this task may be faster than that one ends.
        now = timezone.now()
        work.wake(waiting, TASK, at=max(now + SOON, waiting.not_before or now))


def sweep() -> None:
    """Take up what has lost its task."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    done = Delivery.objects.filter(done_at__lte=now - GRACE, done_at__gte=now - LOOK_BACK)
    for row in done.filter(free, answered_at=None, dead_at=None).order_by("pk")[:SWEPT]:
        work.wake(row, TASK, at=max(now, row.not_before or now))


def _answer(row: Delivery) -> None:
    news = provider_of(row.connection).read_webhook(as_heard(row))
    for command in news.commands:
        repository = followed_repository(row.connection, command.repo.external_id)
        if repository is not None:
            _obey(repository, command)
    for change in news.changes:
        repository = followed_repository(row.connection, change.repo.external_id)
        if repository is not None:
            _see(repository, change)
    Delivery.objects.filter(pk=row.pk).update(answered_at=timezone.now())


def _obey(repository: Repository, command: Command) -> None:
    code = code_of(repository)
    if code is None:
        return
    host, repo = code.host, code.repo
    allowed = command.is_owner or host.may_write(repo, command.by)
    if allowed:
        commit = command.commit_sha or _head(host, repo, command.change)
        asked = f"{repository.connection.provider}:{command.by}"
        answers = _carry_out(repository, commit, command.kind, asked)
        note = "\n".join([f"{command.kind} asked for by {command.by}", *answers])
        posting.touch(repository, commit, force=True, note=note)
    else:
        log.info("%s: %s may not ask for %s", repository, command.by, command.kind)
    if command.comment_id:
        host.acknowledge(repo, command.comment_id, accepted=allowed)


def _head(host: CodeHost, repo: RepoRef, number: int | None) -> str:
    if number is None:
        raise NotFound("the command names neither a commit nor a pull request")
    return host.get_change(repo, number).head_sha


def _carry_out(repository: Repository, commit_sha: str, kind: CommandKind, asked: str) -> list[str]:
    """Gives lines on what came of it."""
    if kind in {CommandKind.STATUS, CommandKind.HELP}:
        return []
    failed = [run for run in newest_runs(repository, commit_sha) if State(run.state).is_failed or _was_canceled(run)]
    if not failed:
        return ["no run of this commit has failed"]
    if kind is CommandKind.MUTE:
        return [line for run in failed for line in _mute(run, asked)] or ["no test that failed is known as flaky"]
    return [_try(run, kind, asked) for run in failed]


def _was_canceled(run: Run) -> bool:
    return State(run.state) is State.CANCELED


def _try(run: Run, kind: CommandKind, asked: str) -> str:
    """A wish that cannot be granted is answered with the reason; one that nobody answered is tried again later."""
    try:
        if kind is CommandKind.FIX:
            attempt = services.fix(run.pk, requested_by=asked)
            return f"run {run.pk}: fix attempt {attempt.pk} ({attempt.strategy}) has begun"
        control.retry(run, scope=selectors.retry_scope(run) or RetryScope.FAILED, requested_by=asked)
    except OrchestrateError as error:
        if isinstance(error, ProviderError) and error.retryable:
            raise
        return f"run {run.pk}: {error}"
    return f"run {run.pk}: the retry was asked for"


def _mute(run: Run, asked: str) -> list[str]:
    results = ci.failed_tests(run).filter(case__flaky_verdict__state=FlakyState.FLAKY, case__muted_at=None)
    cases = {result.case_id: result.case for result in results}
    flaky.mute(list(cases.values()), by=asked)
    return [f"muted: {case}" for case in cases.values()]


def _see(repository: Repository, change: Change) -> None:
    """What failed before the pull request was opened is told there; a new commit has the word from then on."""
    services.note_change(repository, change)
    if not change.is_open:
        return
    about = Q(change=change.number) | Q(commit_sha=change.head_sha)
    is_told = Report.objects.filter(about, repository=repository).exists()
    posting.touch(repository, change.head_sha, force=is_told)
