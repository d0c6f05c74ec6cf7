"""`orchestrate ci <verb>`, the same as `manage.py ci <verb>`."""

import argparse
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, handle_default_options

from orchestrate_site.ci import acting, artifacts, fixing, logs, parsing, runs, setup, timings, waiting
from orchestrate_site.ci.exits import Exit, ExitCodes
from orchestrate_site.ci.output import Output


class Command(BaseCommand):
    help = "Drive CI: start runs, wait for them, see what failed, have it retried or fixed."
    requires_system_checks = []
    suppressed_base_arguments = {"--version", "--settings", "--pythonpath", "--traceback", "--force-color"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "`orchestrate ci VERB --help` shows a verb. Exit codes: see docs/cli.md."
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        for module in (acting, waiting, runs, timings, logs, artifacts, parsing, fixing, setup):
            module.add(verbs)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a program: every error ends in its exit code, with one line (or JSON) on stderr."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        with ExitCodes(sys.stderr, as_json="--json" in argv):
            options = self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
            handle_default_options(options)
            self.execute(**vars(options))

    def handle(self, *args: Any, **options: Any) -> None:
        # Django's wrappers would end each piece with a line break and colour the errors.
        self.stdout.ending = self.stderr.ending = ""
        self.stderr.style_func = None
        out = Output(self.stdout, self.stderr, as_json=options["json"], no_color=options["no_color"])
        with _quiet_logs(options["verbosity"]):
            code: Exit = options["run_verb"](argparse.Namespace(**options), out)
        if code is not Exit.OK:
            sys.exit(code)


@contextmanager
def _quiet_logs(verbosity: int) -> Iterator[None]:
    """What the services log, a verb says itself; `-v 2` shows both."""
    before = logging.root.manager.disable
    if verbosity < 2:
        logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)
