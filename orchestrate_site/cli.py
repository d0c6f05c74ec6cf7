"""The console script `orchestrate`, the same program as manage.py."""

import os
import sys

from django.core.management import execute_from_command_line
from honcho.environ import parse

from orchestrate_site.paths import ENV_FILE


def main() -> None:
    """Run the management command that the arguments name, with the variables of this installation's `.env`."""
    if ENV_FILE.exists():
        for name, value in parse(ENV_FILE.read_text(encoding="utf-8")).items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrate_site.settings")
    execute_from_command_line(sys.argv)
