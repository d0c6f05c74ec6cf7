"""What jobs leave behind: https://docs.gitlab.com/ci/yaml/#artifacts"""

import io
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.fakes.gitlab.state import FakeJob
from tests.fakes.gitlab.trace import Trace
from tests.fakes.zips import archive_of

_SPAN: Final = re.compile(r"(\d+)\s*(second|sec|minute|min|hour|hr|day|week|month|year)")
_SECONDS: Final = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800,
    "month": 2592000, "year": 31536000,
}  # fmt: skip


def bring(jobs: list[FakeJob], checkout: Path, trace: Trace) -> None:
    """Unpack what earlier jobs left."""
    if not jobs:
        return
    with trace.section("download_artifacts", "Downloading artifacts"):
        for job in jobs:
            trace.line(f"Downloading artifacts for {job.name} ({job.id})...")
            with zipfile.ZipFile(io.BytesIO(job.archive or b"")) as archive:
                archive.extractall(checkout)


def collect(job: FakeJob, checkout: Path, trace: Trace, *, now: datetime, has_passed: bool) -> None:
    """Keep what a job left."""
    wanted: dict[str, Any] = job.spec.get("artifacts") or {}
    when = wanted.get("when", "on_success")
    reports = _listed((wanted.get("reports") or {}).get("junit"))
    is_kept = when == "always" or (when == "on_success") == has_passed
    paths = _listed(wanted.get("paths")) if is_kept else []
    if not paths and not reports:
        return
    with trace.section(f"upload_artifacts_on_{'success' if has_passed else 'failure'}", "Uploading artifacts"):
        files = {f"{file.relative_to(checkout)}": file.read_bytes() for file in _files(checkout, paths)}
        trace.line(f"Uploading artifacts... {len(files)} files")
        job.archive = archive_of(files) if files else None
        job.reports = [file.read_bytes() for file in _files(checkout, reports)]
    job.expires_at = _expiry(f"{wanted.get('expire_in', '30 days')}", now)


def _listed(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _files(checkout: Path, patterns: list[str]) -> list[Path]:
    found: set[Path] = set()
    for pattern in patterns:
        for path in checkout.glob(pattern.rstrip("/")):
            found |= {one for one in path.rglob("*") if one.is_file()} if path.is_dir() else {path}
    return sorted(found)


def _expiry(given: str, now: datetime) -> datetime | None:
    found = _SPAN.findall(given)
    return now + timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in found)) if found else None
