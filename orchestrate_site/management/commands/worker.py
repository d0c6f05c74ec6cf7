"""Runs the queue's clusters: `manage.py worker [NAME ...]`."""

import argparse
import os
import sys
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrate_site.queue.supervisor import Limits, Program, Supervisor

_DEFAULT: Final = "default"
_VARIABLE: Final = "Q_CLUSTER_NAME"  # read by django-q2 when it is first imported


class Command(BaseCommand):
    help = (
        "Run the named clusters of the queue, and start again what ends. SIGTERM finishes the work at hand and stops."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        limits = Limits()
        parser.add_argument(
            "names",
            nargs="*",
            metavar="NAME",
            help="clusters to run: default, or a key of ALT_CLUSTERS (default: default io)",
        )
        parser.add_argument(
            "--grace",
            type=float,
            default=limits.grace,
            metavar="SECONDS",
            help="on SIGTERM, what is unfinished after this time is killed, to run again later (default: %(default)g)",
        )
        parser.add_argument(
            "--max-delay",
            type=float,
            default=limits.max_delay,
            metavar="SECONDS",
            help="longest wait before a cluster that keeps ending is started again (default: %(default)g)",
        )
        parser.add_argument("--cluster", default="", help=argparse.SUPPRESS)
        parser.add_argument("--parent", type=int, default=None, help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cluster"]:
            sys.exit(_run_one(options["cluster"], options["parent"]))
        self.check()
        limits = Limits(max_delay=options["max_delay"], grace=options["grace"])
        programs = [_program(name, limits) for name in dict.fromkeys(options["names"] or [_DEFAULT, "io"])]
        sys.exit(Supervisor(programs, limits).run())


def _program(name: str, limits: Limits) -> Program:
    known = [_DEFAULT, *settings.Q_CLUSTER.get("ALT_CLUSTERS", {})]
    if name not in known:
        raise CommandError(f"There is no cluster {name!r} in Q_CLUSTER; name some of: {', '.join(known)}.")
    env = {key: value for key, value in os.environ.items() if key != _VARIABLE}
    env["DJANGO_SETTINGS_MODULE"] = settings.SETTINGS_MODULE
    if name != _DEFAULT:
        env[_VARIABLE] = name
    argv = [sys.executable, "-m", "django", "worker", "--cluster", name, "--parent", str(os.getpid())]
    return Program(f"cluster {name}", argv, env, limits)


def _run_one(name: str, parent_pid: int | None) -> int:
    # Imported here: the supervisor itself never touches the queue.
    from django_q.conf import Conf

    from orchestrate_site.queue.cluster import run_cluster

    expected = settings.Q_CLUSTER["name"] if name == _DEFAULT else name
    if expected != Conf.CLUSTER_NAME:
        raise CommandError(f"{_VARIABLE} gives cluster {Conf.CLUSTER_NAME!r}, not {expected!r}: run `worker {name}`.")
    return run_cluster(parent_pid)
