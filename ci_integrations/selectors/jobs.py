"""The jobs of a run, what their logs say and the files that they left."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from ci_integrations.domain import FAILED
from ci_integrations.errors import NotFound
from ci_integrations.models import Artifact, Job, JobLog, LogFinding, Run
from ci_integrations.parsing.logs.model import LESS_THAN_ERRORS

# Servers bound how deep runs may start others; GitLab's limit is 2.
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A job in the tree of a run: `depth` counts the runs between them."""

    depth: int
    job: Job


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


def job_of(run: Run, job_id: int) -> Job:
    """One job of a run by our id, with run and connection. Raises NotFound."""
    rows = Job.objects.filter(run=run).select_related("run__repository__connection", "log")
    job = rows.filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"run {run.pk} has no job {job_id}")
    return job


def speaking_jobs(run: Run) -> QuerySet[Job]:
    """The jobs that hold the results of a run: its own, and those of earlier attempts that did not run again."""
    carried = run.jobs.filter(carried_from__isnull=False).values("carried_from")
    return Job.objects.filter(Q(run=run, carried_from=None) | Q(pk__in=carried))


def artifacts(run: Run) -> QuerySet[Artifact]:
    """The files that a run left behind, by name."""
    return run.artifacts.select_related("job").order_by("name", "id")
