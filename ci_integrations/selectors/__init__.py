"""The only readers: what pages, API and command line show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from ci_integrations.domain import FAILED, Capability, Outcome
from ci_integrations.errors import ConfigError, NotFound
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import (
    Action,
    Artifact,
    Connection,
    FlakyEvidence,
    FlakyVerdict,
    Heartbeat,
    Job,
    JobLog,
    LogFinding,
    PassedTests,
    Repository,
    Run,
    TestResult,
)
from ci_integrations.models.action import ActionKind, ActionState
from ci_integrations.parsing.logs.model import LESS_THAN_ERRORS
from ci_integrations.wiring import provider_of

FAILED_OUTCOMES = (Outcome.FAILED, Outcome.ERROR)
# Servers bound how deep runs may start others; GitLab's limit is 2.
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a list of runs is narrowed to; an empty field narrows nothing."""

    states: Sequence[str] = ()
    branch: str = ""
    repository: str = ""
    workflow: str = ""
    commit_sha: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a run's timeline."""

    at: datetime
    kind: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A job in the tree of a run: `depth` counts the runs between them."""

    depth: int
    job: Job


def runs(narrow: RunFilter | None = None) -> QuerySet[Run]:
    """Runs, newest first, with repository and connection."""
    rows = Run.objects.select_related("repository__connection", "parent_job").order_by("-created_at", "-id")
    if narrow is None:
        return rows
    if narrow.states:
        rows = rows.filter(state__in=narrow.states)
    if narrow.branch:
        rows = rows.filter(branch=narrow.branch)
    if narrow.repository:
        rows = rows.filter(repository__name=narrow.repository)
    if narrow.workflow:
        rows = rows.filter(workflow=narrow.workflow)
    if narrow.commit_sha:
        rows = rows.filter(commit_sha__startswith=narrow.commit_sha)
    return rows


def get_run(run_id: int) -> Run:
    """One run by our id. Raises NotFound."""
    run = runs().filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"there is no run {run_id}; see: orchestrate ci list")
    return run


def jobs_failures_first(run: Run) -> list[Job]:
    """The jobs of a run with steps, findings and annotations, failed ones first, those that were repeated last."""
    rows = with_child_runs(run.jobs.all()).prefetch_related("steps", "findings", "annotations").select_related("log")
    return sorted(rows, key=lambda job: (job.is_superseded, job.state not in FAILED or job.allow_failure, job.pk))


def excerpt_of(job: Job) -> JobLog | None:
    """The log of a job, where some of its lines say why the job failed."""
    log: JobLog | None = getattr(job, "log", None)
    return log if log is not None and log.excerpt else None


def telling_findings(job: Job) -> list[LogFinding]:
    """The findings of a job's log: errors before what is less, the nearest to the lines that say why first."""
    log = excerpt_of(job)
    begin, end = (log.first_excerpt if log else None) or (0, 0)

    def order(finding: LogFinding) -> tuple[bool, int, int]:
        is_less = finding.severity in LESS_THAN_ERRORS
        return is_less, max(begin - finding.line, finding.line - end, 0), finding.line

    return sorted(job.findings.all(), key=order)


def job_tree(run: Run, depth: int = 0) -> list[TreeRow]:
    """The jobs of a run, failures first, each followed by those of the runs that it started."""
    rows: list[TreeRow] = []
    for job in jobs_failures_first(run):
        rows.append(TreeRow(depth, job))
        for child in job.child_runs if depth < DEEPEST else ():
            rows += job_tree(child, depth + 1)
    return rows


def with_child_runs(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Jobs, each with the runs that it started, in their last attempts, as `child_runs`."""
    newest = Run.objects.filter(retries=None).select_related("repository__connection").order_by("pk")
    children = Prefetch("children", newest, to_attr="child_runs")
    return jobs.prefetch_related(children)  # type: ignore[no-redef]  # the model declares it, for all readers


def get_job(run: Run, name_or_id: str) -> Job:
    """One job of a run, by our id, the provider's id or its name. Raises NotFound."""
    by_id = Q(external_id=name_or_id) | Q(name=name_or_id)
    if name_or_id.isdecimal():
        by_id |= Q(pk=int(name_or_id))
    job = run.jobs.filter(by_id).order_by("is_superseded", "id").first()
    if job is None:
        names = ", ".join(run.jobs.order_by("id").values_list("name", flat=True)) or "none yet"
        raise NotFound(f"run {run.pk} has no job {name_or_id!r}; its jobs: {names}")
    return job


def failed_tests(run: Run) -> QuerySet[TestResult]:
    """The failed test results of a run, with case and verdict; of a job that was not run again, the last ones."""
    rows = TestResult.objects.filter(job__in=speaking_jobs(run), outcome__in=FAILED_OUTCOMES, is_retried=False)
    return rows.select_related("case__flaky_verdict", "job").order_by("case__suite", "case__name", "ordinal")


def home_of(repository: Repository) -> Repository:
    """Where reports on a repository's commits are kept: its row at the code host, if that is followed.

    Else the oldest row of all that build the same code, which may be itself.
    """
    host = repository.connection.code_host
    if host is None:
        return repository
    at_host = Repository.objects.filter(connection=host, external_id__iexact=repository.code_name, is_active=True)
    built = Repository.objects.filter(_built(host.pk, repository.code_name))
    found = at_host.select_related("connection").first() or built.select_related("connection").order_by("pk").first()
    return found or repository


def same_code(home: Repository) -> QuerySet[Repository]:
    """The repositories, at whichever CI server, that hold or build the code of one that `home_of` gives."""
    host, name = home.connection.code_host_id, home.code_name
    if host is None:
        host, name = home.connection_id, home.external_id
    return Repository.objects.filter(_built(host, name) | Q(pk=home.pk))


def _built(host: int, name: str) -> Q:
    return Q(connection__code_host=host, code_name__iexact=name, is_active=True)


def test_counts(run: Run) -> dict[str, int]:
    """How many tests ended with each outcome, counting the last attempt of each."""
    rows = TestResult.objects.filter(job__in=speaking_jobs(run), is_retried=False)
    counts = dict(rows.order_by().values_list("outcome").annotate(Count("id")))
    packed = PassedTests.objects.filter(job__in=speaking_jobs(run)).aggregate(count=Sum("count"))["count"]
    return counts | ({Outcome.PASSED.value: counts.get(Outcome.PASSED, 0) + packed} if packed else {})


def speaking_jobs(run: Run) -> QuerySet[Job]:
    """The jobs that hold the results of a run: its own, and those of earlier attempts that did not run again."""
    carried = run.jobs.filter(carried_from__isnull=False).values("carried_from")
    return Job.objects.filter(Q(run=run, carried_from=None) | Q(pk__in=carried))


def newer_attempt(run: Run) -> Run | None:
    """The last attempt of a run, where this one is not it."""
    same = Run.objects.filter(repository=run.repository_id, external_id=run.external_id, attempt__gt=run.attempt)
    return same.order_by("-attempt").first()


def attempts(run: Run) -> list[Run]:
    """Every attempt of the same piece of work, oldest first, this one included."""
    first = run
    while first.retry_of is not None:
        first = first.retry_of
    found = [first]
    for earlier in found:
        found += earlier.retries.filter(pk__gt=earlier.pk).order_by("id")
    return found


def get_action(action_id: int) -> Action:
    """One action. Raises NotFound."""
    action = Action.objects.select_related("result_run", "run").filter(pk=action_id).first()
    if action is None:
        raise NotFound(f"there is no action {action_id}")
    return action


def actions_on(run: Run) -> QuerySet[Action]:
    """What was asked of the provider about this run, oldest first."""
    about = Q(run=run) | Q(result_run=run)
    return Action.objects.filter(about).select_related("result_run", "run").order_by("created_at")


def timeline(run: Run) -> list[Event]:
    """What happened to a run, oldest first, as far as this app knows."""
    events = [Event(run.created_at, "run", f"{run.workflow or 'run'} began on {run.branch or run.commit_sha[:12]}")]
    for action in actions_on(run):
        outcome = {"done": "done", "failed": f"failed: {action.last_error}"}.get(action.state, action.state)
        text = f"{action.kind} asked by {action.requested_by}: {outcome}"
        if action.result_run is not None and action.result_run != run:
            text += f" (run {action.result_run.pk})"
        events.append(Event(action.created_at, "action", text))
    if run.finished_at is not None:
        events.append(Event(run.finished_at, "run", f"ended: {run.state}"))
    if run.settled_at is not None:
        events.append(Event(run.settled_at, "collect", "results collected", reason=run.last_error))
    return sorted(events, key=lambda event: event.at)


def capabilities(repository: Repository) -> Capability:
    """What can be done with the runs of a repository."""
    return provider_of(repository.connection).capabilities


def repositories() -> QuerySet[Repository]:
    """All repositories of active connections, by name."""
    active = Repository.objects.filter(is_active=True, connection__is_active=True)
    return active.select_related("connection").order_by("name", "id")


def get_repository(name: str = "") -> Repository:
    """A repository by name, the server's id or `CONNECTION:NAME`; the only one without a name. Raises NotFound."""
    rows = repositories()
    found = [row for row in rows if not name or name in _names_of(row)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{row.connection.name}:{row.name}" for row in found or rows)
    if not known:
        raise NotFound("repositories: none; add one with: orchestrate ci connect -f FILE")
    if not found:
        raise NotFound(f"there is no repository {name!r}; known: {known}")
    raise NotFound(f"name one of the repositories with --repo: {known}")


def _names_of(repository: Repository) -> set[str]:
    return {repository.name, repository.external_id, f"{repository.connection.name}:{repository.name}"}


def connections() -> QuerySet[Connection]:
    """All connections with their repositories."""
    repositories = Prefetch("repositories", Repository.objects.order_by("name"))
    return Connection.objects.select_related("code_host").prefetch_related(repositories).order_by("provider", "name")


def installs_webhooks(connection: Connection) -> bool:
    """Whether the server can be asked to call us; False where the configuration no longer works."""
    try:
        return Capability.INSTALLS_WEBHOOKS in provider_of(connection).capabilities
    except ConfigError:
        return False


def flaky_tests() -> QuerySet[FlakyVerdict]:
    """Tests that passed and failed on the same commit, newest verdict first, with how often."""
    rows = FlakyVerdict.objects.filter(state=FlakyState.FLAKY).select_related("case__repository")
    return rows.annotate(times=Count("case__flaky_evidence")).order_by("-decided_at")


def stuck_clusters(older_than_seconds: int = 180) -> list[str]:
    """Clusters whose last sign of life is too old; their work waits."""
    limit = timezone.now() - timedelta(seconds=older_than_seconds)
    return list(Heartbeat.objects.filter(beat_at__lt=limit).order_by("cluster").values_list("cluster", flat=True))


def page_of_runs(narrow: RunFilter, *, before: int | None, limit: int) -> list[Run]:
    """At most `limit` runs older than the run `before`, newest first; each has its failed jobs as `failed_jobs`."""
    rows = runs(narrow)
    last = Run.objects.filter(pk=before).first() if before is not None else None
    if last is not None:
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        rows = rows.filter(older)
    failed = Job.objects.filter(state__in=FAILED, is_superseded=False, allow_failure=False).order_by("id")
    return list(rows.prefetch_related(Prefetch("jobs", failed, to_attr="failed_jobs"))[:limit])


def recent_names(of_runs: int = 500) -> tuple[list[str], list[str]]:
    """The branches and the workflows of the newest runs, each sorted: what a filter suggests."""
    pairs = Run.objects.order_by("-created_at", "-id").values_list("branch", "workflow")[:of_runs]
    return sorted({branch for branch, _ in pairs if branch}), sorted({workflow for _, workflow in pairs if workflow})


def open_triggers(*, failed_within: timedelta = timedelta(hours=1), limit: int = 10) -> list[Action]:
    """Runs that were asked for and are not known yet, and requests that failed lately; newest first."""
    lately = timezone.now() - failed_within
    is_open = Q(state__in=(ActionState.PENDING, ActionState.SENDING, ActionState.SENT))
    rows = Action.objects.filter(is_open | Q(state=ActionState.FAILED, created_at__gte=lately), kind=ActionKind.TRIGGER)
    return list(rows.select_related("repository").order_by("-created_at")[:limit])


def job_of(run: Run, job_id: int) -> Job:
    """One job of a run by our id, with run and connection. Raises NotFound."""
    rows = Job.objects.filter(run=run).select_related("run__repository__connection", "log")
    job = rows.filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"run {run.pk} has no job {job_id}")
    return job


def artifacts(run: Run) -> QuerySet[Artifact]:
    """The files that a run left behind, by name."""
    return run.artifacts.select_related("job").order_by("name", "id")


def flaky_with_evidence(*, per_test: int = 5, limit: int = 100) -> list[FlakyVerdict]:
    """Flaky tests, newest verdict first, each case with its newest `evidence` and both runs of each."""
    evidence = FlakyEvidence.objects.select_related("failed_run", "passed_run").order_by("-seen_at", "-id")[:per_test]
    return list(flaky_tests().prefetch_related(Prefetch("case__flaky_evidence", evidence, to_attr="evidence"))[:limit])
