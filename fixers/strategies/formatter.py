"""Formatters and linters that mend what they complain about: the repository's own, as it configures them."""

import configparser
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from fixers.outcome import rejected
from fixers.sandbox import Sandbox, find_program
from fixers.strategies.base import Check, Failure, Plan

SECONDS: Final = 300
MEMORY: Final = 8 * 1024**3


@dataclass(frozen=True, slots=True)
class Tool:
    """A row of the table: a program, how it checks, how it mends, and where a repository configures it.

    `reported_as` are the names that findings give it. A probe is a file, or a file and a table or section in it.
    """

    name: str
    reported_as: frozenset[str]
    probes: tuple[tuple[str, str], ...]
    check: tuple[str, ...]
    fix: tuple[str, ...]


_RUFF_PROBES: Final = (("pyproject.toml", "tool.ruff"), ("ruff.toml", ""), (".ruff.toml", ""))
# In the order in which they are run: a linter's mending may need formatting again.
TOOLS: Final = (
    Tool(
        "ruff",
        frozenset({"ruff", "ruff check", "flake8"}),
        _RUFF_PROBES,
        check=("ruff", "check", "--no-cache", "."),
        fix=("ruff", "check", "--no-cache", "--fix", "."),
    ),
    Tool(
        "isort",
        frozenset({"isort"}),
        (("pyproject.toml", "tool.isort"), (".isort.cfg", ""), ("setup.cfg", "isort"), ("tox.ini", "isort")),
        check=("isort", "--check-only", "."),
        fix=("isort", "."),
    ),
    Tool(
        "black",
        frozenset({"black"}),
        (("pyproject.toml", "tool.black"),),
        check=("black", "--check", "."),
        fix=("black", "."),
    ),
    Tool(
        "ruff format",
        frozenset({"ruff format"}),
        _RUFF_PROBES,
        check=("ruff", "format", "--check", "--no-cache", "."),
        fix=("ruff", "format", "--no-cache", "."),
    ),
)
KNOWN: Final = frozenset(name for tool in TOOLS for name in tool.reported_as)


class Formatter:
    """Runs the tools that complained in their mending mode."""

    name: ClassVar[str] = "formatter"
    # The tools of the table read the code and their settings, and import neither.
    runs_repository_code: ClassVar[bool] = False

    def plan(self, tree: Path, failure: Failure) -> Plan:
        """The check of each tool that complained and that the repository configures."""
        return Plan(checks=tuple(Check(tool.check) for tool in _tools(tree, failure)))

    def fix(self, tree: Path, failure: Failure, sandbox: Sandbox) -> str:
        """Run each tool once over the whole tree."""
        tools = _tools(tree, failure)
        for tool in tools:
            # The exit code says nothing: what could not be mended is found by the check.
            sandbox.run(tool.fix, cwd=tree, seconds=SECONDS, memory=MEMORY)
        return f"ran {' and '.join(' '.join(tool.fix) for tool in tools)}"


def _tools(tree: Path, failure: Failure) -> list[Tool]:
    complained = [tool for tool in TOOLS if tool.reported_as & set(failure.diagnosis.tools)]
    configured = [tool for tool in complained if any(_is_there(tree, *probe) for probe in tool.probes)]
    if not configured:
        looked = "; ".join(f"{tool.name}: {', '.join(_places(tool))}" for tool in complained)
        raise rejected(f"the repository does not configure the tool that complained; looked for {looked or 'nothing'}")
    for tool in configured:
        if not find_program(tool.check[0]):
            raise rejected(f"{tool.check[0]} is not installed where fixes are run; install it beside Orchestrate CI")
    return configured


def _places(tool: Tool) -> Iterator[str]:
    for name, section in tool.probes:
        yield f"[{section}] in {name}" if section else name


def _is_there(tree: Path, name: str, section: str) -> bool:
    path = tree / name
    if path.is_symlink() or not path.is_file():
        return False
    if not section:
        return True
    try:
        text = path.read_text(encoding="utf-8")
        if name.endswith(".toml"):
            return _has_table(tomllib.loads(text), section)
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error):
        return False
    return parser.has_section(section)


def _has_table(document: dict[str, object], dotted: str) -> bool:
    value: object = document
    for key in dotted.split("."):
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True
