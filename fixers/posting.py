"""Reports where people look: our check on a commit, and our one comment on its pull request."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ci_integrations.domain import Annotation, CheckData
from ci_integrations.errors import NotSupported, ProviderError, Unavailable
from ci_integrations.models import Repository
from ci_integrations.parsing.masking import Masker
from ci_integrations.selectors import home_of, same_code
from ci_integrations.services import work
from ci_integrations.wiring import Code, code_of
from fixers import checks, selectors
from fixers.masking import masker_of
from fixers.models import FixAttempt, Report
from fixers.standing import has_failed, standing_of

log = logging.getLogger(__name__)

TASK: Final = "fixers.tasks.post_report"
# Things happen in bursts: a run ends, is answered, is retried.
SOON: Final = timedelta(seconds=3)
GRACE: Final = timedelta(seconds=settings.ORCHESTRATE_SWEEP_GRACE)
SWEPT: Final = 200


def touch(repository: Repository, commit_sha: str, *, force: bool = False, note: str = "") -> None:
    """Something changed about a commit: have its report brought up to date; `note` is shown in the comment.

    Nothing is said of a commit on which nothing ever failed, unless somebody asked (`force`), and nothing of a fix of
    ours: that is told at the commit it is for. Raises nothing that a configuration may do.
    """
    repository = home_of(repository)
    own = FixAttempt.objects.filter(triage__run__repository__in=same_code(repository), commit_sha=commit_sha)
    if not commit_sha or own.exists():
        return
    known = Report.objects.filter(repository=repository, commit_sha=commit_sha).first()
    if known is None and not force and not has_failed(repository, commit_sha):
        return
    if known is None and not selectors.has_code_host(repository):
        return
    report, _ = Report.objects.get_or_create(repository=repository, commit_sha=commit_sha)
    now = timezone.now()
    changed: dict[str, object] = {"due_at": now}
    if force:
        # Asked for: it is shown anew, with the present time.
        changed |= {"sent_hash": "", "note": note}
    Report.objects.filter(pk=report.pk).update(**changed)
    if report.dead_at is not None:
        work.finish(report)
    work.wake(report, TASK, at=max(now + SOON, report.not_before or now))


def post(report_id: int) -> None:
    """Send what changed since it was sent last. Any number of calls at once send once; trouble is noted on the row."""
    report = Report.objects.select_related("repository__connection").get(pk=report_id)
    seen = report.due_at
    if seen is None:
        return
    done = False
    with work.attempt(report) as claimed:
        if claimed:
            _send(report)
            done = True
    if done:
        Report.objects.filter(pk=report.pk, due_at=seen).update(due_at=None)
    report.refresh_from_db()
    if report.due_at is not None and report.dead_at is None:
        work.wake(report, TASK, at=max(timezone.now() + SOON, report.not_before or timezone.now()))


def sweep() -> None:
    """Take up what has lost its task, and forget what is as old as runs are kept."""
    now = timezone.now()
    if settings.ORCHESTRATE_KEEP_RUNS_DAYS:
        old = Report.objects.filter(due_at=None, sent_at__lte=now - timedelta(days=settings.ORCHESTRATE_KEEP_RUNS_DAYS))
        Report.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEPT])).delete()
    late = now - GRACE
    for report in overdue().filter(due_at__lte=late)[:SWEPT]:
        work.wake(report, TASK, at=timezone.now())


def overdue() -> QuerySet[Report]:
    """Reports that are to be sent and were not given up."""
    return Report.objects.filter(due_at__isnull=False, dead_at=None).order_by("due_at", "pk")


def _send(report: Report) -> None:
    repository, code = report.repository, code_of(report.repository)
    if code is None:
        return
    masker = masker_of(repository)
    standing = standing_of(repository, report.commit_sha)
    check = _masked(checks.check(standing, settings.ORCHESTRATE_URL), masker)
    body = masker.text(checks.comment(standing, settings.ORCHESTRATE_URL, timezone.now(), note=report.note))
    digest = _digest(check, body)
    if digest == report.sent_hash:
        return
    trouble = [
        error
        for step in (partial(_check, code, report, check), partial(_comment, code, report, body))
        if (error := _trouble_of(step)) is not None
    ]
    if trouble:
        raise _worst(trouble)
    Report.objects.filter(pk=report.pk).update(sent_hash=digest, sent_at=timezone.now())


def _trouble_of(step: Callable[[], None]) -> ProviderError | None:
    """The one must not keep the other from being written."""
    try:
        step()
    except NotSupported as error:
        log.info("%s", error)
    except ProviderError as error:
        return error
    return None


def _check(code: Code, report: Report, check: CheckData) -> None:
    # Annotations are added, never replaced: each is sent once. An answer that was lost may leave one of them twice.
    fresh = [one for one in check.annotations if _key(one) not in report.annotated]
    sent = replace(check, annotations=tuple(fresh))
    before = report.check_id
    report.check_id = code.host.set_check(code.repo, sent, known_id=before)
    if before and report.check_id != before and len(fresh) < len(check.annotations):
        # It was made anew, and knows nothing of what the one before was told.
        code.host.set_check(code.repo, check, known_id=report.check_id)
        report.annotated, fresh = [], list(check.annotations)
    report.annotated = [*report.annotated, *(_key(one) for one in fresh)]
    report.save(update_fields=["check_id", "annotated"])


def _comment(code: Code, report: Report, body: str) -> None:
    if (
        report.change is not None
        and Report.objects.filter(repository=report.repository, change=report.change, pk__gt=report.pk).exists()
    ):
        # A newer commit of the pull request has the word.
        return
    if report.change is None:
        found = code.host.find_changes(code.repo, report.commit_sha)
        if not found:
            return
        report.change = found[0].number
        report.save(update_fields=["change"])
    known = report.comment_id or _comment_of_change(report)
    report.comment_id = code.host.upsert_comment(
        code.repo, report.change, marker=checks.MARKER, body=body, known_id=known
    )
    report.save(update_fields=["comment_id"])


def _comment_of_change(report: Report) -> str:
    """The comment of an earlier commit of the same pull request: there is one for all."""
    others = Report.objects.filter(repository=report.repository, change=report.change).exclude(comment_id="")
    return others.order_by("-pk").values_list("comment_id", flat=True).first() or ""


def _worst(trouble: list[ProviderError]) -> ProviderError:
    """What another try may help comes first; where an answer was lost, its effect is given time to be seen."""
    first = next((error for error in trouble if error.retryable), trouble[0])
    if any(error.effect_unknown for error in trouble):
        return Unavailable(f"{first}", retry_after=max(first.retry_after or 0, float(settings.ORCHESTRATE_COOL_DOWN)))
    return first


def _masked(check: CheckData, masker: Masker) -> CheckData:
    remarks = (
        replace(one, message=masker.text(one.message), title=masker.text(one.title)) for one in check.annotations
    )
    return replace(
        check, title=masker.text(check.title), summary=masker.text(check.summary), annotations=tuple(remarks)
    )


def _digest(check: CheckData, body: str) -> str:
    lasting = body.rpartition("<sub>")[0]
    return hashlib.sha256(json.dumps([asdict(check), lasting], default=str).encode()).hexdigest()


def _key(one: Annotation) -> str:
    return hashlib.sha256(json.dumps(asdict(one)).encode()).hexdigest()[:16]
