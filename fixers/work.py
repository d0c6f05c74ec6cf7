"""Working on one attempt, from clone to push: what runs in the fix process. Every step may be done again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import transaction

from ci_integrations.configfile import expand
from ci_integrations.errors import NotSupported, OrchestrateError, ProviderError
from ci_integrations.models import Action
from ci_integrations.services import control
from ci_integrations.wiring import code_of
from fixers import attempts, publish, selectors, verify
from fixers.diagnosis import diagnose
from fixers.git import Remote
from fixers.models import WORKING, AttemptState, FixAttempt
from fixers.outcome import Ended, rejected
from fixers.sandbox import Sandbox
from fixers.strategies.base import Failure
from fixers.strategies.registry import strategy
from fixers.workspace import Clone, Source, open_clone

# EX_TEMPFAIL of sysexits.h: another start may help.
TEMPORARY: Final = 75


def work_on(attempt_id: int) -> int:
    """Work on an attempt until it is pushed or over; gives the exit code: 0, or 75 where another start may help."""
    attempt = FixAttempt.objects.select_related("triage__run__repository__connection").get(pk=attempt_id)
    if attempt.state not in WORKING:
        return 0
    try:
        if attempt.state != AttemptState.PUBLISHING:
            _make(attempt)
        _publish(attempt)
    except Ended as over:
        attempts.end(attempt, over.state, over.reason)
    except ProviderError as error:
        if error.retryable:
            reason = attempts.masked(attempt, f"{error}")
            FixAttempt.objects.filter(pk=attempt.pk, state__in=WORKING).update(reason=reason)
            return TEMPORARY
        attempts.end(attempt, AttemptState.FAILED, f"{error}")
    except OrchestrateError as error:
        attempts.end(attempt, AttemptState.FAILED, f"{error}")
    return 0


def _make(attempt: FixAttempt) -> None:
    """See it fail, fix it, look at the change, see it pass: each in a new clone.

    A check runs the code of the repository, which could write to every directory that is there: the tree to fix is made
    when the check and all it started have ended.
    """
    fixer = strategy(attempt.strategy)
    failure = _failure(attempt)
    source, prefix = _source(attempt), attempts.mark(attempt)
    attempts.move(attempt, AttemptState.FIXING, f"cloning {source.remote.name} at {source.commit_sha[:12]}")
    with open_clone(source, prefix=prefix) as clone:
        before = clone.tree("before")
        plan = fixer.plan(before, failure)
        failing = verify.see_failure(plan, before, _sandbox(clone, attempt))
    FixAttempt.objects.filter(pk=attempt.pk).update(command=list(failing.argv))
    attempts.note(attempt, "reproduced", f"`{' '.join(failing.argv)}` fails on a clone of the commit")
    with open_clone(source, prefix=prefix) as clone:
        tree = clone.tree("fix")
        summary = fixer.fix(tree, failure, _sandbox(clone, attempt))
        attempts.move(attempt, AttemptState.VERIFYING, summary)
        with open_clone(source, prefix=prefix) as fresh:
            patch = fresh.changes(tree)
            verify.check_patch(patch, plan)
            changed = fresh.tree("verify", treeish=fresh.apply(patch.diff))
            verify.see_success(plan, changed, _sandbox(fresh, attempt))
    text = f"it passes in a fresh clone with the change, which touches {len(patch.files)} file(s)"
    attempts.move(attempt, AttemptState.PUBLISHING, text, diff=patch.diff)


def _publish(attempt: FixAttempt) -> None:
    """Push the stored change, then ask for CI on it. What was pushed is stored before anything else can go wrong."""
    run = attempt.triage.run
    text = publish.message(
        summary=f"{attempt.triage.cause} failure of run {run.pk}",
        command=" ".join(attempt.command),
        run_id=run.pk,
        attempt_id=attempt.pk,
    )
    if run.head_repository:
        raise _offered(attempt)
    with open_clone(_source(attempt), prefix=attempts.mark(attempt)) as clone:
        branch, commit = publish.push(
            clone, _push_remote(attempt), diff=attempt.diff, text=text, at=attempt.created_at, run_id=run.pk
        )
    pushed = f"pushed {commit[:12]} to {branch}"
    FixAttempt.objects.filter(pk=attempt.pk).update(branch=branch, commit_sha=commit)
    with _fatal_as(f"{pushed}, but no pull request could be opened"):
        opened = _open_change(attempt, branch)
    with _fatal_as(f"{pushed}, but CI could not be asked"):
        _watch(attempt, branch, commit, f"{pushed}{opened}")


@contextmanager
def _fatal_as(what: str) -> Iterator[None]:
    """An error that another start would meet again ends the attempt, and says how far it came."""
    try:
        yield
    except OrchestrateError as error:
        if isinstance(error, ProviderError) and error.retryable:
            raise
        raise Ended(AttemptState.FAILED, f"{what}: {error}") from error


def _offered(attempt: FixAttempt) -> Ended:
    """How an attempt for a fork ends, where nothing can be pushed."""
    run = attempt.triage.run
    code = code_of(run.repository)
    if code is not None and not code.host.find_changes(code.repo, run.commit_sha):
        return rejected(f"superseded: no open pull request is at {run.commit_sha[:12]} any more")
    fork = run.head_repository
    return Ended(AttemptState.OFFERED, f"the commit comes from the fork {fork}: the patch is offered in the comment")


def _open_change(attempt: FixAttempt, branch: str) -> str:
    """Open the pull request, or find the one of an earlier start; gives words about it. Nothing without a code host."""
    run = attempt.triage.run
    code = code_of(run.repository)
    if code is None:
        return ""
    proof = publish.Proof(
        run_id=run.pk,
        cause=attempt.triage.cause,
        reason=attempts.masked(attempt, attempt.triage.reason),
        strategy=attempt.strategy,
        command=" ".join(attempt.command),
        files=sum(line.startswith("diff --git ") for line in attempt.diff.splitlines()),
    )
    title, body = publish.change_text(proof, url=f"{settings.ORCHESTRATE_URL}/runs/{run.pk}/")
    change = code.host.open_change(code.repo, head=branch, base=run.branch, title=title, body=body)
    FixAttempt.objects.filter(pk=attempt.pk).update(change=change.number, change_url=change.url[:1000])
    return f", pull request {change.number}"


@transaction.atomic
def _watch(attempt: FixAttempt, branch: str, commit: str, pushed: str) -> None:
    """The state moves in one transaction with the wish for CI."""
    # A code host starts CI by itself for a push and a pull request; the sweep asks where it does not.
    is_host = code_of(attempt.triage.run.repository) is not None
    action = None if is_host else trigger(attempt, branch=branch, commit=commit)
    told = "CI was asked to run it" if action else "the push starts CI, if anything does"
    attempts.move(attempt, AttemptState.WATCHING, f"{pushed}; {told}", trigger=action, reason="")


def trigger(attempt: FixAttempt, *, branch: str, commit: str) -> Action | None:
    """Wish for CI on a fix branch, once for each attempt. None: the server takes no wishes."""
    run = attempt.triage.run
    try:
        return control.trigger(
            run.repository,
            workflow=run.workflow,
            branch=branch,
            commit_sha=commit,
            requested_by="orchestrate",
            idempotency_key=f"fix:{attempt.pk}",
        )
    except NotSupported:
        return None


def _failure(attempt: FixAttempt) -> Failure:
    run = attempt.triage.run
    policy = selectors.policy_of(run)
    found = selectors.facts(run)
    return Failure(
        diagnosis=diagnose(found),
        failed_tests=found.failed_tests,
        report=attempt.triage.report,
        agent_command=policy.agent_command,
        agent_seconds=policy.agent_seconds,
    )


def _source(attempt: FixAttempt) -> Source:
    run = attempt.triage.run
    place = f"clone_url of repository {run.repository.name}"
    code = None if run.repository.clone_url else code_of(run.repository)
    if code is not None:
        # Asked for anew each time: it is good for an hour, a fix may take longer.
        remote = Remote.with_password(code.host.clone_url(code.repo), place=place)
    else:
        remote = Remote(str(expand(run.repository.clone_url, place)), place=place)
    return Source(remote=remote, commit_sha=run.commit_sha, branch=run.branch)


def _push_remote(attempt: FixAttempt) -> Remote:
    run = attempt.triage.run
    url = selectors.policy_of(run).push_url
    if not url:
        return _source(attempt).remote
    place = f"push_url of the fix policy of {run.repository.name}"
    return Remote(str(expand(url, place)), place=place)


def _sandbox(clone: Clone, attempt: FixAttempt) -> Sandbox:
    home = clone.root / "home"
    home.mkdir(mode=0o700)
    return Sandbox(home=home, mark=attempts.mark(attempt))


def wall_seconds() -> int:
    """The longest an attempt may be worked on, in seconds; shorter than the timeout of the `fix` cluster."""
    return int(settings.ORCHESTRATE_FIX_SECONDS)
