"""The help fits on a screen, and docs/cli.md knows every verb, option and exit code."""

import argparse
import re
from collections.abc import Iterator

import pytest

from orchestrate_site.ci.exits import Exit
from orchestrate_site.management.commands.ci import Command
from orchestrate_site.paths import BASE_DIR


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every verb with its parser."""
    parser = Command().create_parser("orchestrate", "ci")
    (verbs,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    yield from verbs.choices.items()


VERBS = dict(parsers())


def test_the_verbs_are_those_of_the_product() -> None:
    assert set(VERBS) == {
        "trigger", "status", "wait", "logs", "retry", "cancel", "approve", "artifacts", "fix", "list", "connect",
        "providers", "parse", "timings",
    }  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_help_fits_forty_lines_and_has_examples(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = VERBS[verb].format_help()

    assert len(text.splitlines()) <= 40
    assert f"orchestrate ci {verb}" in text.split("examples:")[1]


def test_the_help_of_all_fits_forty_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = Command().create_parser("orchestrate", "ci").format_help()

    assert len(text.splitlines()) <= 40
    assert all(verb in text for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_manual_names_every_option(verb: str) -> None:
    manual = (BASE_DIR / "docs" / "cli.md").read_text(encoding="utf-8")
    section = manual.split(f"\n### {verb}\n")[1].split("\n### ")[0].split("\n## ")[0]
    options = {option for action in VERBS[verb]._actions for option in action.option_strings if len(option) > 2}

    assert options - {"--help", "--json"} <= set(re.findall(r"--?[a-z-]+", section))


def test_the_manual_has_the_table_of_exit_codes() -> None:
    manual = (BASE_DIR / "docs" / "cli.md").read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", manual, re.MULTILINE)}

    assert codes == {int(code) for code in Exit}


def test_every_variable_of_the_settings_is_described() -> None:
    read = (BASE_DIR / "orchestrate_site" / "settings.py").read_text(encoding="utf-8")
    variables = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", read))
    manual = (BASE_DIR / "docs" / "settings.md").read_text(encoding="utf-8")

    assert variables == set(re.findall(r"^\| `(\w+)` \|", manual, re.MULTILINE))
