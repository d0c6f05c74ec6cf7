"""The console script `orchestrate`, the same program as manage.py."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from honcho.environ import parse

from orchestrate_site.ci import parsing
from orchestrate_site.ci.exits import ExitCodes
from orchestrate_site.demo import main as demo
from orchestrate_site.paths import ENV_FILE


def main() -> None:
    """Run the management command that the arguments name, with the variables of this installation's `.env`.

    A configuration that cannot work ends with exit code 7, Ctrl-C with 130, whatever the command. `demo` brings
    settings of its own: it touches nothing of this installation. `ci parse` needs none at all.
    """
    if sys.argv[1:2] == ["demo"]:
        sys.exit(demo.main(sys.argv[2:]))
    if sys.argv[1:3] == ["ci", "parse"]:
        with ExitCodes(sys.stderr, as_json="--json" in sys.argv):
            sys.exit(parsing.main(sys.argv[3:]))
    if ENV_FILE.exists():
        for name, value in parse(ENV_FILE.read_text(encoding="utf-8")).items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrate_site.settings")
    # Any other error of `ci` must not end with Python's exit code 1 either, which says there that CI failed.
    only = (BaseException,) if sys.argv[1:2] == ["ci"] else (ImproperlyConfigured, KeyboardInterrupt)
    with ExitCodes(sys.stderr, as_json="--json" in sys.argv, only=only):
        execute_from_command_line(sys.argv)
