"""Logs by offset from servers that can do ranges and from those that cannot, for jobs and for their steps."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from ci_integrations.domain import LogChunk, StepData
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.providers.custom.client import Client, own_headers
from ci_integrations.providers.custom.schema import Logs
from ci_integrations.providers.custom.templates import Values

CHUNK = 16 * 1024 * 1024
_PIECE = 64 * 1024


def read_chunk(client: Client, logs: Logs, values: Values, steps: Sequence[StepData] | None, offset: int) -> LogChunk:
    """Up to 16 MiB of a log from `offset` on; `complete` says that its present end was reached.

    With `steps` it is the steps' logs one after another, each below a line with the step's name; a step without a log
    is left out. Raises NotFound where there is no log at all.
    """
    if steps is not None:
        with closing(_all_steps(client, logs, values, steps, offset)) as pieces:
            return _cut(pieces, skip=offset, offset=offset)
    with _open(client, logs, values, offset=offset, limit=offset + 2 * CHUNK) as (start, parts):
        return _cut(parts, skip=offset - start, offset=offset)


def _cut(pieces: Iterable[bytes], *, skip: int, offset: int) -> LogChunk:
    kept = bytearray()
    for piece in pieces:
        dropped = min(skip, len(piece))
        skip -= dropped
        kept += piece[dropped:]
        if len(kept) > CHUNK:
            return LogChunk(bytes(kept[:CHUNK]), offset + CHUNK, complete=False)
    return LogChunk(bytes(kept), offset + len(kept), complete=True)


def _all_steps(
    client: Client, logs: Logs, values: Values, steps: Sequence[StepData], offset: int
) -> Generator[bytes, None, None]:
    found, last = False, b"\n"
    for step in steps:
        of_step = {"step_id": step.external_id, "step_number": step.number, "step_name": step.name}
        try:
            with _open(client, logs, {**values, **of_step}, offset=0, limit=offset + 2 * CHUNK) as (_, pieces):
                yield (b"" if last.endswith(b"\n") else b"\n") + f"=== {step.name} ===\n".encode()
                found, last = True, b"\n"
                for piece in pieces:
                    yield piece
                    last = piece
        except NotFound:
            continue
    if not found:
        raise NotFound("no step of this job has a log")


@contextmanager
def _open(
    client: Client, logs: Logs, values: Values, *, offset: int, limit: int
) -> Iterator[tuple[int, Iterable[bytes]]]:
    """The offset at which the pieces of a log begin, and the pieces."""
    if logs.text is not None:
        yield 0, [_text_in(logs.text.find(client.ask(logs, values)))]
        return
    url = client.url(logs.url, values)
    if logs.link is not None:
        url = _link_in(logs.link.find(client.ask(logs, values)))
    # From the last known byte on: a range that begins at the very end would be refused (416).
    ranged = {"Range": f"bytes={offset - 1}-", "Accept-Encoding": "identity"} if offset > 0 else {}
    with client.stream(url, headers=own_headers(logs, values) | ranged, max_bytes=limit) as download:
        yield (offset - 1 if download.partial else 0), iter(lambda: download.read(_PIECE), b"")


def _text_in(value: Any) -> bytes:
    if value is None:
        raise NotFound("the answer holds no log (yet)")
    lines = value if isinstance(value, list) else [value]
    if not all(isinstance(line, str) for line in lines):
        raise Invalid("the log lies in the answer as something else than a text or a list of texts")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _link_in(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise NotFound("the answer holds no link to a log (yet)")
    return value
