"""`orchestrate ci parse`: what files say, without a server, a database or any setting."""

import argparse
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandParser

from ci_integrations.parsing.files import Kind
from orchestrate_site.ci.answers import Answer, answer_of
from orchestrate_site.ci.answertext import text_of
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.output import Output
from orchestrate_site.ci.parser import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "parse",
        parse,
        summary="Say what test reports, coverage files and logs hold, offline",
        examples="""orchestrate ci parse build.log junit.xml coverage.xml
                    orchestrate ci parse --json artifact.zip
                    find . -name '*.xml' | orchestrate ci parse --jsonl --files-from -""",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a report, coverage file or log; .gz and .zip too")
    parser.add_argument("--files-from", metavar="LIST", help="more files, a name a line; - is stdin")
    parser.add_argument(
        "--format",
        choices=[kind.value for kind in Kind],
        default=Kind.AUTO.value,
        help="what the files are (default: auto, by what is in them)",
    )
    parser.add_argument("--jsonl", action="store_true", help="print a JSON object a line, one for each file")


def main(arguments: list[str]) -> Exit:
    """Run the verb as a program of its own: nothing of Django is set up."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = CommandParser(prog="orchestrate ci", called_from_command_line=True)
    add(parser.add_subparsers(dest="verb", metavar="VERB", required=True))
    options = parser.parse_args(["parse", *arguments])
    return parse(options, Output(sys.stdout, sys.stderr, as_json=options.json))


def parse(options: argparse.Namespace, out: Output) -> Exit:
    """Tell of each file in turn; one that cannot be opened is told too and ends in NOT_FOUND."""
    names = [*options.files, *_listed(options.files_from)]
    if not names:
        raise UsageError("no file is named; name some, or --files-from -")
    if options.json and options.jsonl:
        raise UsageError("--json and --jsonl do not go together")
    documents: list[dict[str, object]] = []
    code = Exit.OK
    for name in names:
        try:
            answer = _answer(name, options)
        except OSError as error:
            answer, code = Answer(name, errors={error.strerror or f"{error}": None}), Exit.NOT_FOUND
        if options.json:
            documents.append(answer.document())
        else:
            out.data(*([json.dumps(answer.document())] if options.jsonl else text_of(answer)))
        if out.is_closed:
            return Exit.OK
    if options.json:
        out.json({"files": documents})
    return code


def _answer(name: str, options: argparse.Namespace) -> Answer:
    with Path(name).open("rb") as stream:
        if not stream.seekable():
            raise OSError(None, "not a regular file")
        return answer_of(name, stream, Kind(options.format), with_excerpt=not (options.json or options.jsonl))


def _listed(source: str | None) -> Iterable[str]:
    if not source:
        return []
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the list of files {source} cannot be read: {error}") from error
    return [line for line in text.splitlines() if line.strip()]
