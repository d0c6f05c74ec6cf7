"""`orchestrate ci artifacts`: files from a server that nobody vouches for, under names of its choice."""

import argparse
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from ci_integrations import selectors
from ci_integrations.domain import ArtifactRef, Capability
from ci_integrations.errors import Invalid, NotSupported, OrchestrateError, ProviderError
from ci_integrations.providers.base import CIProvider
from ci_integrations.services import sync
from ci_integrations.wiring import provider_of
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_run, add_verb
from orchestrate_site.ci.runs import find_run

PIECE: Final = 256 * 1024
NAME_BYTES: Final = 150
LONGEST_SUFFIX: Final = 15
_UNSAFE: Final = re.compile(r'[<>:"|?*]')
# Names that Windows takes for devices, with any suffix.
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written. `size` is in bytes."""

    name: str
    path: str
    size: int
    sha256: str


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "artifacts",
        fetch_artifacts,
        summary="Download the files that a run left behind",
        examples="orchestrate ci artifacts --run 12 --output files",
    )
    add_run(parser)
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="directory to write to; existing files are kept"
    )


def fetch_artifacts(options: argparse.Namespace, out: Output) -> Exit:
    """Download every artifact; one that fails does not keep the others. Its error ends the call."""
    run = find_run(options.run)
    provider = provider_of(run.repository.connection)
    if Capability.ARTIFACTS not in selectors.capabilities(run.repository):
        raise NotSupported(f"{run.repository.connection} has no artifacts: its configuration declares no such place")
    refs = provider.list_artifacts(sync.run_ref(run))
    directory = _directory(options.output)
    written: list[Written] = []
    failed: list[tuple[ArtifactRef, ProviderError]] = []
    for ref in refs:
        out.progress(f"{len(written) + len(failed) + 1} of {len(refs)}: {ref.name}")
        try:
            written.append(_fetch(provider, ref, directory))
        except ProviderError as error:
            out.note(f"{ref.name}: {error}")
            failed.append((ref, error))
    out.end_progress()
    _print(run.pk, directory, written, failed, out)
    if failed:
        raise _one_error(failed)
    return Exit.OK


def safe_name(name: str) -> str:
    """A file name made from an artifact's: its last component, printable, never long, hidden or special."""
    last = re.split(r"[/\\]", plain(name).rstrip("/\\ "))[-1]
    last = _UNSAFE.sub("_", last).strip(". ")
    stem, dot, suffix = last.rpartition(".")
    if not stem or len(suffix) > LONGEST_SUFFIX:
        stem, dot, suffix = last, "", ""
    last = stem.encode()[:NAME_BYTES].decode(errors="ignore") + dot + suffix
    return f"artifact-{last}" if _DEVICE.fullmatch(last) else last or "artifact"


def _directory(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be made a directory: {error.strerror}") from error
    return path


def _fetch(provider: CIProvider, ref: ArtifactRef, directory: Path) -> Written:
    limit = settings.ORCHESTRATE_ARTIFACT_MAX_BYTES
    if ref.size is not None and ref.size > limit:
        raise _too_large(limit)
    try:
        with _partial(directory) as (file, partial):
            with provider.open_artifact(ref) as stream:
                size, digest = _copy(stream, file, limit)
            target = _reserve(directory, safe_name(ref.name))
            partial.replace(target)
    except OSError as error:
        raise UsageError(f"--output {directory}: cannot be written to: {error.strerror or error}") from error
    return Written(name=ref.name, path=f"{target}", size=size, sha256=digest)


@contextmanager
def _partial(directory: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file that is gone afterwards unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=".orchestrate-", suffix=".part", dir=directory)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        digest.update(piece)
        file.write(piece)
    file.flush()
    return size, digest.hexdigest()


def _reserve(directory: Path, name: str) -> Path:
    """A path that nothing stood at, now an empty file of ours: to be renamed over."""
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    for number in range(1, 100_000):
        path = directory / (name if number == 1 else f"{stem}-{number}{dot}{suffix}")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        return path
    raise UsageError(f"--output {directory}: too many files are named like {name}")


def _too_large(limit: int) -> Invalid:
    return Invalid(f"larger than {limit} bytes; raise ORCHESTRATE_ARTIFACT_MAX_BYTES to fetch it")


def _print(
    run_id: int, directory: Path, written: list[Written], failed: list[tuple[ArtifactRef, ProviderError]], out: Output
) -> None:
    if out.as_json:
        out.json(
            {
                "run": run_id,
                "directory": f"{directory}",
                "files": [asdict(file) for file in written],
                "failed": [{"name": ref.name, "error": f"{error}"} for ref, error in failed],
            }
        )
        return
    out.data(*(file.path for file in written))
    if not written and not failed:
        out.note(f"run {run_id} left no files behind")


def _one_error(failed: list[tuple[ArtifactRef, ProviderError]]) -> OrchestrateError:
    ref, error = failed[0]
    more = f" (and {len(failed) - 1} more failed)" if len(failed) > 1 else ""
    return type(error)(f"{ref.name}: {error}{more}")
