"""`orchestrate demo`: the whole loop on this machine, in a directory of its own, on loopback."""

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import django
from cryptography.fernet import Fernet

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.ports import LOOPBACK, require_free

INTERRUPTED: Final = 130


def main(arguments: Sequence[str]) -> int:
    """Run the demo; gives the exit code: 0 all as it should be, 1 not, 2 it could not run, 130 interrupted."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _as_interrupt)
    directory = Path(tempfile.mkdtemp(prefix="orchestrate-demo-"))
    try:
        require_free(options.port, what="the dashboard", option="--port")
        require_free(options.buildbot_port, what="Buildbot", option="--buildbot-port")
        os.environ.update(_environment(directory, options.port, options.database))
        django.setup()
        # Django reads its settings once: nothing that needs them may be imported before this line.
        from orchestrate_site.demo.loop import Loop

        with Loop(directory, port=options.port, buildbot_port=options.buildbot_port) as loop:
            result = loop.play(seconds=options.timeout)
            if options.json:
                sys.stdout.write(json.dumps(result.as_json(), indent=2) + "\n")
            else:
                sys.stdout.write(result.as_table() + "\n")
            sys.stdout.flush()
            for fault in result.faults:
                sys.stderr.write(f"not as it should be: {fault}\n")
            if not options.once:
                sys.stderr.write(f"\nDashboard: {loop.address}\nLogin: {loop.login}\nCtrl-C ends the demo.\n")
                loop.stay_up()
            return 1 if result.faults else 0
    except KeyboardInterrupt:
        sys.stderr.write("\nThe demo has ended; nothing is left running.\n")
        return INTERRUPTED if options.once else 0
    except OrchestrateError as error:
        sys.stderr.write(f"orchestrate demo: {error}\n")
        return 2
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="orchestrate demo",
        description="Start Orchestrate CI and a real Buildbot on this machine, run four commits through the loop and "
        "show what came of them. Everything lies in a temporary directory and ends with the demo.",
    )
    parser.add_argument(
        "--once", action="store_true", help="end after the table; exit 0 only if all four came out right"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--port", type=int, default=8000, help="port of the dashboard (default: 8000)")
    parser.add_argument("--buildbot-port", type=int, default=8010, help="port of Buildbot (default: 8010)")
    parser.add_argument("--timeout", type=int, default=300, metavar="SECONDS", help="give up after this (default: 300)")
    parser.add_argument(
        "--database", default="", metavar="URL", help="an EMPTY database to use (default: SQLite in the directory)"
    )
    return parser


def _as_interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _environment(directory: Path, port: int, database: str) -> dict[str, str]:
    """Settings of the demo alone, whatever the shell has set."""
    return {
        "DJANGO_SETTINGS_MODULE": "orchestrate_site.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ORCHESTRATE_FIELD_KEYS": Fernet.generate_key().decode(),
        "ORCHESTRATE_DATA_DIR": str(directory),
        "ORCHESTRATE_STORAGE_DIR": str(directory / "storage"),
        "ORCHESTRATE_STATIC_DIR": str(directory / "static"),
        "ORCHESTRATE_URL": f"http://{LOOPBACK}:{port}",
        "DATABASE_URL": database or f"sqlite:///{directory / 'orchestrate.sqlite3'}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "DEBUG": "false",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
