"""Which fixers there are: every entry point of the group `orchestrate.fixers`, the built-in ones included."""

from functools import cache
from importlib.metadata import entry_points

from ci_integrations.errors import ConfigError
from fixers.strategies.base import Strategy

GROUP = "orchestrate.fixers"


@cache
def strategy(name: str) -> Strategy:
    """The fixer of that name. Raises ConfigError for one that no installed package offers."""
    for entry in entry_points(group=GROUP, name=name):
        made: Strategy = entry.load()()
        return made
    known = ", ".join(sorted({entry.name for entry in entry_points(group=GROUP)})) or "none"
    raise ConfigError(f"there is no fixer {name!r}; installed are: {known}", place="fixer")


@cache
def safe_for_forks() -> frozenset[str]:
    """The names of the fixers that run no code of the repository."""
    names = {entry.name for entry in entry_points(group=GROUP)}
    return frozenset(name for name in names if not strategy(name).runs_repository_code)
