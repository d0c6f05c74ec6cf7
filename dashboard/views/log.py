"""A job's log: pages of lines, what was found in them, and the whole of it as a file."""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from ci_integrations.domain import Capability, State
from ci_integrations.errors import ConfigError, NotFound, ProviderError
from ci_integrations.models import Job, JobLog
from ci_integrations.parsing.logfile import MAX_LINE
from ci_integrations.selectors import capabilities
from ci_integrations.services import logs
from ci_integrations.services.queue import IO, enqueue
from dashboard.access import PageRequest, page
from dashboard.views.lookup import job_or_404

PAGE: Final = 2_000
# How much of the log of a job that still runs is read to show its end.
LIVE_LINES: Final = 50_000
FINDINGS: Final = 200
# How often a page asks, every three seconds, for a log that is being fetched: as long as the task may take.
LOOKS: Final = 100
FETCH_TASK: Final = "ci_integrations.tasks.fetch_log"
_PIECE: Final = 65_536


@page
def job_log(request: PageRequest, run_id: int, job_id: int) -> HttpResponse:
    """One page of a log, the one with line `?from=`; for a running job the end of what there is by now.

    A log that is not stored is fetched by the queue; the page looks again, and `?look=` counts how often it did.
    """
    job = job_or_404(run_id, job_id)
    context: dict[str, Any] = {"job": job, "run": job.run, "is_live": not State(job.state).is_terminal}
    try:
        context |= _live(job) if context["is_live"] else _stored(job, request)
    except NotFound:
        context["absent"] = _why_none(job)
    except (ProviderError, ConfigError) as error:
        context["absent"] = f"The log could not be fetched: {error}"
    except (OSError, EOFError, ValueError, zlib.error) as error:
        context["absent"] = f"The stored log cannot be read: {type(error).__name__}. It may have been removed by hand."
    return render(request, "dashboard/log.html", context)


@page
def raw_log(request: PageRequest, run_id: int, job_id: int) -> StreamingHttpResponse:
    """The whole stored log as a text file, streamed."""
    job = job_or_404(run_id, job_id)
    stored = getattr(job, "log", None)
    if stored is None:
        raise Http404("the log of this job is not stored; its page says why")
    return StreamingHttpResponse(
        _pieces(stored),
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="run-{run_id}-job-{job_id}.log"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _number(request: PageRequest, name: str, default: int) -> int:
    raw = request.GET.get(name, "")
    return max(int(raw), default) if raw.isdecimal() and len(raw) < 10 else default


def _stored(job: Job, request: PageRequest) -> dict[str, Any]:
    stored = JobLog.objects.filter(job=job).first()
    line = _number(request, "from", 1)
    if stored is None:
        return _fetching(job, line, _number(request, "look", 0))
    start = (min(line, max(stored.lines, 1)) - 1) // PAGE * PAGE
    findings = list(job.findings.order_by("line")[:FINDINGS])
    messages = {finding.line: finding.message for finding in findings}
    texts = logs.read_page(stored, start, start + PAGE)
    return {
        "log": stored,
        "findings": findings,
        "lines": [(number, text, messages.get(number)) for number, text in enumerate(texts, start=start + 1)],
        "first": start + 1,
        "last": start + len(texts),
        "page_size": PAGE,
        "previous": max(start - PAGE, 0) + 1 if start else None,
        "next": start + PAGE + 1 if start + PAGE < stored.lines else None,
        "end": (stored.lines - 1) // PAGE * PAGE + 1,
    }


def _fetching(job: Job, line: int, look: int) -> dict[str, Any]:
    """Have the queue fetch the log at the first look; say so until it is there, or there is none for all we know."""
    if Capability.LOGS not in capabilities(job.run.repository):
        return {"absent": _why_none(job)}
    trouble = job.run.repository.connection.trouble
    if look >= LOOKS:
        return {
            "absent": f"{_why_none(job)} Or it could not be fetched{f': {trouble}' if trouble else '.'}",
            "again": f"?from={line}",
        }
    if look == 0:
        enqueue(FETCH_TASK, job.pk, cluster=IO)
    return {"fetching": f"?from={line}&look={look + 1}", "trouble": trouble}


def _why_none(job: Job) -> str:
    if Capability.LOGS not in capabilities(job.run.repository):
        return "This connection's configuration declares no endpoint for logs."
    return f"The server has no log of this job{'' if State(job.state).is_terminal else ' yet'}."


def _live(job: Job) -> dict[str, Any]:
    can = capabilities(job.run.repository)
    if Capability.LOGS not in can:
        return {"absent": _why_none(job)}
    if Capability.LIVE_LOG not in can:
        return {"absent": "The job still runs; this server gives its log once it has ended."}
    numbered = enumerate(islice(logs.live_log(job), LIVE_LINES), start=1)
    lines = deque(numbered, maxlen=PAGE)
    texts = [(number, line[:MAX_LINE].decode(errors="replace").rstrip("\r\n"), None) for number, line in lines]
    return {"lines": texts, "first": lines[0][0] if lines else 0, "last": lines[-1][0] if lines else 0}


def _pieces(stored: JobLog) -> Iterator[bytes]:
    with stored.file.open("rb") as file, gzip.open(file) as text:
        while piece := text.read(_PIECE):
            yield piece
