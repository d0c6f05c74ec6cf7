"""The form of a verb: name, arguments, help, and the function that does it."""

import argparse
from collections.abc import Callable
from typing import Any, Protocol

from django.core.management.base import CommandParser

from orchestrate_site.ci.exits import Exit
from orchestrate_site.ci.output import Output

Run = Callable[[argparse.Namespace, Output], Exit]


class Verbs(Protocol):
    """What `add_subparsers` gives: the place that verbs are added to."""

    def add_parser(self, name: str, **kwargs: Any) -> CommandParser:
        """Add a verb."""


def add_verb(verbs: Verbs, name: str, run: Run, *, summary: str, examples: str) -> CommandParser:
    """Add a verb done by `run`; `examples` are command lines for its help, one a line."""
    lines = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    parser = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary}.",
        epilog=f"examples:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run_verb=run)
    parser.add_argument("--json", action="store_true", help="print one JSON document; errors are JSON on stderr too")
    return parser


def add_run(parser: CommandParser) -> None:
    """Add `--run`."""
    parser.add_argument(
        "--run", required=True, metavar="ID", help="our number of the run, or the server's id where that is unambiguous"
    )


def add_patience(parser: CommandParser, *, waits: str) -> None:
    """Add `--timeout`, `--interval` and `--patience`; `waits` says what is waited for."""
    parser.add_argument("--timeout", type=seconds, metavar="S", help=f"give up {waits} after S seconds (exit 8)")
    parser.add_argument("--interval", type=seconds, metavar="S", help="ask every S seconds (default: 1, growing to 15)")
    parser.add_argument(
        "--patience",
        type=seconds,
        default=120.0,
        metavar="S",
        help="go on for S seconds without any answer of the server (default: 120; exit 4)",
    )


def seconds(text: str) -> float:
    """A number of seconds above 0. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value
