"""What the sample repository holds: for each commit its name, its message, and the files it writes."""

from typing import Final

GREEN: Final = "green"
FORMATTING: Final = "formatting failure"
FLAKY: Final = "a test that fails on its first run only"
BUG: Final = "a real bug"

_PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"

[tool.ruff]
line-length = 88

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

_README = """\
# shop

Prices, receipts and exchange rates of a small shop. CI runs `ruff format --check`,
`ruff check` and `pytest`.
"""

_PRICES = '''\
"""Prices are whole cents."""


def total(prices: list[int]) -> int:
    """The sum of a basket."""
    return sum(prices)


def discounted(price: int, percent: int) -> int:
    """The price less `percent` per cent of it."""
    return price - price * percent // 100
'''

_PRICES_WRONG = '''\
"""Prices are whole cents."""


def total(prices: list[int]) -> int:
    """The sum of a basket."""
    return sum(prices)


def discounted(price: int, percent: int) -> int:
    """The price less `percent` per cent of it."""
    return price - percent
'''

_TEST_PRICES = """\
from shop.prices import discounted, total


def test_total_adds_the_basket() -> None:
    assert total([250, 199]) == 449


def test_discount_takes_a_share_of_the_price() -> None:
    assert discounted(20000, percent=10) == 18000
"""

_RECEIPTS_UGLY = '''\
"""Receipts as plain text."""
def receipt( lines:list[tuple[str,int]] )->str:
    """One line for each article, prices at the right."""
    rows = [ f'{name:<20}{cents/100:>8.2f}'   for name,cents in lines ]
    return '\\n'.join( rows )
'''

_RECEIPTS = '''\
"""Receipts as plain text."""


def receipt(lines: list[tuple[str, int]]) -> str:
    """One line for each article, prices at the right."""
    rows = [f"{name:<20}{cents / 100:>8.2f}" for name, cents in lines]
    return "\\n".join(rows)
'''

_TEST_RECEIPTS = """\
from shop.receipts import receipt


def test_receipt_has_a_line_for_each_article() -> None:
    text = receipt([("Tea", 250), ("Milk", 199)])
    assert text.splitlines() == [
        "Tea                     2.50",
        "Milk                    1.99",
    ]
"""

_RATES_RACY = '''\
"""Exchange rates, kept in a cache file that is filled in the background."""

import json
from pathlib import Path
from threading import Thread


def read_rates(cache: Path) -> dict[str, float]:
    """What the cache holds. A cold cache is being filled while this returns."""
    if not cache.exists():
        Thread(target=_fill, args=(cache,)).start()
        return {}
    return dict(json.loads(cache.read_text()))


def _fill(cache: Path) -> None:
    cache.write_text(json.dumps({"EUR": 1.08, "GBP": 1.27}))
'''

_RATES = '''\
"""Exchange rates, kept in a cache file that is filled when it is missing."""

import json
from pathlib import Path


def read_rates(cache: Path) -> dict[str, float]:
    """What the cache holds."""
    if not cache.exists():
        cache.write_text(json.dumps({"EUR": 1.08, "GBP": 1.27}))
    return dict(json.loads(cache.read_text()))
'''

_TEST_RATES = '''\
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from shop.rates import read_rates


@pytest.fixture
def cache() -> Path:
    """A cache as CI machines have them: one per commit, it outlives the checkout."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    place = os.environ.get("ORCHESTRATE_SAMPLE_STATE") or tempfile.gettempdir()
    return Path(place) / f"rates-{commit}.json"


%sdef test_rates_know_the_euro(cache: Path) -> None:
    assert read_rates(cache).get("EUR") == 1.08
'''

# The honest word about the race: the test is wrong to read what may still be on its way.
_RACE = """\
# Flaky: the first run of a commit finds the cache cold and reads before the
# background thread has written. Every later run finds it warm.
"""

COMMITS: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    (
        GREEN,
        "Add prices",
        {
            ".gitignore": "__pycache__/\njunit.xml\n",
            "README.md": _README,
            "pyproject.toml": _PYPROJECT,
            "shop/__init__.py": "",
            "shop/prices.py": _PRICES,
            "tests/test_prices.py": _TEST_PRICES,
        },
    ),
    (
        FORMATTING,
        "Add receipts",
        {"shop/receipts.py": _RECEIPTS_UGLY, "tests/test_receipts.py": _TEST_RECEIPTS},
    ),
    (
        FLAKY,
        "Add exchange rates; format receipts",
        {"shop/receipts.py": _RECEIPTS, "shop/rates.py": _RATES_RACY, "tests/test_rates.py": _TEST_RATES % _RACE},
    ),
    (
        BUG,
        "Wait for the rates; simplify discounts",
        {"shop/rates.py": _RATES, "tests/test_rates.py": _TEST_RATES % "", "shop/prices.py": _PRICES_WRONG},
    ),
)
