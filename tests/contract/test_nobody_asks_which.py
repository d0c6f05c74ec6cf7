"""Nothing outside the providers asks which provider it is: what differs is a capability."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ci_integrations.providers.registry import provider_slugs
from orchestrate_site.paths import BASE_DIR

PACKAGES = ("ci_integrations", "dashboard", "fixers", "orchestrate_site")


def comparisons(source: str) -> Iterator[int]:
    """The lines on which a provider's name is compared with something."""
    names = set(provider_slugs())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            parts = [inner for side in (node.left, *node.comparators) for inner in ast.walk(side)]
            if any(isinstance(part, ast.Constant) and part.value in names for part in parts):
                yield node.lineno
        if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant) and node.value.value in names:
            yield node.lineno


def is_outside(path: Path) -> bool:
    return BASE_DIR / "ci_integrations" / "providers" not in path.parents


def test_no_code_compares_a_providers_name() -> None:
    files = [path for package in PACKAGES for path in (BASE_DIR / package).rglob("*.py") if is_outside(path)]
    found = [f"{path}:{line}" for path in files for line in comparisons(path.read_text(encoding="utf-8"))]
    assert len(files) > 100
    assert found == []


def test_a_comparison_would_be_found() -> None:
    assert list(comparisons('if provider == "gitlab":\n    pass')) == [1]
    assert list(comparisons('if slug in {"github", x}:\n    pass')) == [1]
    assert list(comparisons('match slug:\n    case "circleci":\n        pass')) == [2]
