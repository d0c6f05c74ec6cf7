"""Real data that tests read where it is at hand."""

import os
from pathlib import Path

import pytest


def corpus(*parts: str) -> Path:
    """A path below the directory that CORPUS names; the test is skipped where that is not set.

    Where it is set, a path that is absent is a failure.
    """
    root = os.environ.get("CORPUS")
    if not root:
        pytest.skip(f"CORPUS is not set: no {'/'.join(parts)}")
    found = Path(root).resolve().joinpath(*parts)
    assert found.exists(), f"CORPUS holds no {'/'.join(parts)}"
    return found
