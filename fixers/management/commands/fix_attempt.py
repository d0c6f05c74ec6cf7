"""Internal: the supervised process that works on one fix attempt. Started by the `fix` cluster, not by people."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from fixers import processes, work


class Command(BaseCommand):
    help = "Internal: work on one fix attempt; started by the fix cluster."

    def add_arguments(self, parser: CommandParser) -> None:
        """The attempt, and the process to die with."""
        parser.add_argument("attempt_id", type=int)
        parser.add_argument("--parent-pid", type=int, default=0)

    def handle(self, *args: Any, attempt_id: int, parent_pid: int, **options: Any) -> None:
        """Work on it; the exit code says whether another start may help."""
        processes.die_with_parent(parent_pid or os.getppid())
        processes.hide_environment()
        processes.adopt_orphans()
        sys.exit(work.work_on(attempt_id))
