"""Runs `orchestrate ci` in this process, through the command's own entry, and keeps what it wrote."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from orchestrate_site.management.commands.ci import Command


@dataclass(frozen=True)
class Result:
    """What a call left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error object on stderr."""
        error: dict[str, str] = json.loads(self.err)["error"]
        return error


class Terminal(io.StringIO):
    """A stream that says it is a person's terminal."""

    def isatty(self) -> bool:
        return True


def ci(*args: object, stdout: io.StringIO | None = None, stderr: io.StringIO | None = None) -> Result:
    """Run a verb with its arguments."""
    out, err = stdout or io.StringIO(), stderr or io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            Command().run_from_argv(["orchestrate", "ci", *map(str, args)])
        except SystemExit as end:
            code = int(end.code or 0)
    return Result(code, out.getvalue(), err.getvalue())
