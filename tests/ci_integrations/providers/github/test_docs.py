"""docs/github.md asks for what the code asks for, and knows every key and variable."""

import re
from pathlib import Path

from ci_integrations.providers.github import environment, settings
from ci_integrations.providers.github.permissions import EVENTS, PERMISSIONS
from tests.fakes.github.app import make_app

TEXT = (Path(__file__).parents[4] / "docs" / "github.md").read_text(encoding="utf-8")


def rows(head: str) -> list[tuple[str, ...]]:
    """The rows of the table that begins with a head."""
    table = TEXT.partition(head)[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [(row[0].strip("`"), *row[1:]) for row in cells]


def test_permissions_and_events_are_those_that_are_asked_for() -> None:
    assert rows("| permission | level | what for |") == [(name, *told) for name, told in PERMISSIONS.items()]
    assert rows("| event | what for |") == list(EVENTS.items())
    assert make_app().events == list(EVENTS)


def test_every_key_and_every_variable_is_described() -> None:
    told = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows("| key of `config` | what | default |"))))
    told |= {row[0] for row in rows("| key of `config` | what | default |")}
    assert told >= settings.KEYS
    names = [value for name, value in vars(environment).items() if name.isupper()]
    assert [name for name in names if f"`{name}`" not in TEXT] == []
