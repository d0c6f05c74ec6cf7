"""The files of stored logs: one goes with its row, and one that never got a row goes too."""

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from ci_integrations.models import JobLog

log = logging.getLogger(__name__)

# A file is written shortly before its row; after this long no row will come.
ROWLESS_FOR: Final = timedelta(days=1)


def delete_file(instance: JobLog, using: str, **_: object) -> None:
    """Receives the deletion of a log's row, by whatever cascade: its file goes once that is committed.

    Where the storage refuses it is logged, and `prune_folder` comes for the file later.
    """
    storage, name = instance.file.storage, f"{instance.file}"

    def delete() -> None:
        storage.delete(name)

    transaction.on_commit(delete, using=using, robust=True)


def run_folders() -> list[int]:
    """The ids of the runs that have a folder in the storage, lowest first."""
    with suppress(FileNotFoundError):
        return sorted(int(name) for name in default_storage.listdir("logs")[0] if name.isdecimal())
    return []


def prune_folder(run_id: int) -> None:
    """Delete the log files of a run that have no row and are older than a day, and its folder where it stays empty."""
    folder = f"logs/{run_id}"
    limit = timezone.now() - ROWLESS_FOR
    folders, files = default_storage.listdir(folder)
    kept = set(JobLog.objects.filter(job__run_id=run_id).values_list("file", flat=True))
    for name in (f"{folder}/{file}" for file in files if file.endswith(".log.gz")):
        # Somebody else may have deleted it just now.
        with suppress(FileNotFoundError):
            if name not in kept and default_storage.get_modified_time(name) < limit:
                default_storage.delete(name)
                log.info("%s: deleted, no row names it", name)
    # Only storages on a disk have empty folders.
    if not folders and not files and default_storage.get_modified_time(folder) < limit:
        default_storage.delete(folder)
