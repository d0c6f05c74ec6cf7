"""docs/circleci.md knows every key and every variable."""

import re
from pathlib import Path

from ci_integrations.providers.circleci import environment, settings

TEXT = (Path(__file__).parents[4] / "docs" / "circleci.md").read_text(encoding="utf-8")


def test_every_key_is_described() -> None:
    table = TEXT.partition("| key of `config` | what | default |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == settings.KEYS


def test_every_variable_is_described() -> None:
    names = [value for name, value in vars(environment).items() if name.isupper() and name[0] != "_"]
    assert len(names) == 5
    assert [name for name in names if f"`{name}`" not in TEXT] == []
