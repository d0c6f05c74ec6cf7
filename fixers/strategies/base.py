"""The interface every fixer implements."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Protocol

from fixers.diagnosis import Diagnosis, FailedTest
from fixers.sandbox import Sandbox

CHECK_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Failure:
    """What a fixer is told. `report` is the failure report in Markdown; `agent_seconds` bounds an agent's work."""

    diagnosis: Diagnosis
    failed_tests: tuple[FailedTest, ...] = ()
    report: str = ""
    agent_command: str = ""
    agent_seconds: int = 900


@dataclass(frozen=True, slots=True)
class Check:
    """A command that tells whether the failure is there: exit code 0 means no, one of `fails_with` means yes.

    Any other exit code means that the command itself did not work.
    """

    argv: tuple[str, ...]
    fails_with: frozenset[int] = frozenset({1})


@dataclass(frozen=True, slots=True)
class Plan:
    """How a failure is shown and mended. `protected` are paths, and names of files, that the fix may not touch.

    `reserved` are names of modules that the fix may not add to any of the directories `import_roots` ("" is the top):
    they would be imported in place of installed ones, by the check too.
    """

    checks: tuple[Check, ...]
    protected: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()
    import_roots: frozenset[str] = frozenset()


class Strategy(Protocol):
    """A way to mend a failure. It sees a tree of files without .git and runs programs in the sandbox only."""

    name: ClassVar[str]
    # Whether code of the repository may run: that of a fork does not, unless a person asks for it.
    runs_repository_code: ClassVar[bool]

    def plan(self, tree: Path, failure: Failure) -> Plan:
        """How this failure is checked in this tree. Raises Ended (rejected) with the reason where it cannot be."""

    def fix(self, tree: Path, failure: Failure, sandbox: Sandbox) -> str:
        """Change the tree; gives in a sentence what was done. Whether it helped is judged by diff and checks alone.

        Raises Ended where it could not be tried.
        """
