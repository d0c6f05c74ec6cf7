import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class FaultsConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        """Look at every statement of every connection."""
        connection_created.connect(_watch)


def _watch(sender: object, *, connection: BaseDatabaseWrapper, **_: object) -> None:
    if execute_or_die not in connection.execute_wrappers:
        connection.execute_wrappers.append(execute_or_die)


def execute_or_die(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute a statement, unless it is the one."""
    armed = Path(os.environ["TEST_FAULTS"], "armed")
    try:
        fault = json.loads(armed.read_text())
    except FileNotFoundError:
        return execute(sql, params, many, context)
    if not re.search(fault["pattern"], f"{sql} {params}"):
        return execute(sql, params, many, context)
    result = execute(sql, params, many, context) if fault["after"] else None
    try:
        armed.rename(armed.with_name("fired"))
    except FileNotFoundError:
        return result if fault["after"] else execute(sql, params, many, context)
    os.kill(os.getpid(), signal.SIGKILL)
    return None
