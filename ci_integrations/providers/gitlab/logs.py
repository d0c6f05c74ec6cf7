"""Traces of jobs, running or not, without downloading what is known.

https://docs.gitlab.com/api/jobs/#get-a-log-file: GitLab itself answers with the whole trace; what stands before it may
serve parts of it (206), and may know whether it changed (304).
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ci_integrations.domain import JobRef, LogChunk
from ci_integrations.errors import Invalid, RangeEnded
from ci_integrations.providers.answers import Download
from ci_integrations.providers.documents import text
from ci_integrations.providers.gitlab.client import Client, path_of
from ci_integrations.providers.gitlab.states import state_of

MIB: Final = 1024 * 1024
MAX_LOG: Final = 64 * MIB
# What comes before the part that is asked for is read too where a server serves no parts.
MAX_TRACE: Final = 256 * MIB
# A trace of some MiB that is always served whole is asked for so many seconds later for each of them.
SECONDS_PER_MIB: Final = 1.0
LONGEST_PAUSE: Final = 30.0
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-")


@dataclass
class _Known:
    """What was learned of one job's trace while it was followed."""

    etag: str = ""
    length: int = 0
    has_ended: bool = False
    is_new: bool = True
    not_before: float = 0.0


class Logs:
    """The traces of one connection. What is known of a job makes following it cheap; any offset works without."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[tuple[str, str], _Known] = {}

    def read(self, ref: JobRef, offset: int) -> LogChunk:
        """The trace from `offset` on, at most 64 MiB of it; where it is larger, its last line says so.

        Raises NotFound where there is none.
        """
        if offset < 0:
            raise Invalid("a log begins at byte 0")
        if offset >= MAX_LOG:
            return LogChunk(b"", next_offset=offset, complete=True, is_final=True)
        known = self._known.setdefault((ref.run.repo.external_id, ref.external_id), _Known())
        if time.monotonic() < known.not_before and offset >= known.length and not known.has_ended:
            return LogChunk(b"", next_offset=offset, complete=True)
        data = self._newest(ref, offset, known)
        known.length = max(known.length, offset + len(data))
        if offset + len(data) > MAX_LOG:
            return LogChunk(_cut(data, offset), next_offset=MAX_LOG, complete=True, is_final=True)
        return LogChunk(data, next_offset=offset + len(data), complete=True, is_final=known.has_ended)

    def _newest(self, ref: JobRef, offset: int, known: _Known) -> bytes:
        """What is read after the end of a job is all there is, so its state is asked for before; but while bytes come
        it goes on, and after its end nothing is asked for.
        """
        if known.is_new:
            known.is_new = False
            known.has_ended = self._has_ended(ref)
            return self._from(ref, offset, known)
        data = self._from(ref, offset, known)
        if not data and not known.has_ended:
            known.has_ended = self._has_ended(ref)
            data = self._from(ref, offset, known) if known.has_ended else b""
        return data

    def _has_ended(self, ref: JobRef) -> bool:
        jobs = self._client.project(ref.run.repo).jobs
        return state_of(text(self._client.get(lambda: jobs.get(ref.external_id)), "status")).is_terminal

    def _from(self, ref: JobRef, offset: int, known: _Known) -> bytes:
        path = path_of(ref.run.repo, "jobs", ref.external_id, "trace")
        try:
            with self._client.download(path, headers=_headers(offset, known), max_bytes=MAX_TRACE) as trace:
                return _new_bytes(trace, offset, known)
        except RangeEnded:
            return b""


def _headers(offset: int, known: _Known) -> dict[str, str]:
    """Parts are parts of the trace itself, not of a packed one."""
    headers = {"Accept": "text/plain"}
    if offset:
        headers |= {"Range": f"bytes={offset}-", "Accept-Encoding": "identity"}
    if known.etag and offset == known.length:
        headers["If-None-Match"] = known.etag
    return headers


def _new_bytes(trace: Download, offset: int, known: _Known) -> bytes:
    if trace.unchanged:
        return b""
    begins = _begin(trace.headers, offset) if trace.partial else 0
    if begins > offset:
        raise Invalid(f"asked for a log from byte {offset} on, GitLab answered from {begins} on")
    size = _size(trace.headers)
    known.not_before = 0.0
    if not trace.partial and offset:
        known.not_before = time.monotonic() + min(LONGEST_PAUSE, SECONDS_PER_MIB * (known.length // MIB))
    if not trace.partial and size is not None and size <= offset:
        # Nothing new: closed without being read.
        known.etag = trace.headers.get("ETag", "")
        return b""
    trace.skip(offset - begins)
    data = trace.read(MAX_LOG - offset + 1)
    known.etag = trace.headers.get("ETag", "")
    return data


def _begin(headers: Mapping[str, str], offset: int) -> int:
    found = _CONTENT_RANGE.match(headers.get("Content-Range", ""))
    return int(found[1]) if found else offset


def _size(headers: Mapping[str, str]) -> int | None:
    """The length of the trace itself, None where it is not told."""
    length = headers.get("Content-Length", "")
    if not length.isdecimal() or headers.get("Content-Encoding", "identity") != "identity":
        return None
    return int(length)


def _cut(data: bytes, offset: int) -> bytes:
    """What is kept of a trace that goes on, to the end of a line where there is one."""
    room = MAX_LOG - offset
    kept = data[: data.rfind(b"\n", 0, room) + 1] or data[:room]
    mark = f"[the log goes on; the first {offset + len(kept)} bytes are kept]\n".encode()
    return kept + (mark if kept.endswith(b"\n") else b"\n" + mark)
