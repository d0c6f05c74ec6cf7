"""Started as a script, isolated (`python -I`): loads pytest before anything of the tree can be imported in its place.

Then the current directory comes first on the search path, as with `python -m pytest`. `--modules` prints the names of
all modules that are installed here, one a line, and ends.
"""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest


def main() -> int:
    """Run pytest on the command line's arguments; gives its exit code."""
    if sys.argv[1:] == ["--modules"]:
        names = {*sys.stdlib_module_names, *packages_distributions()}
        sys.stdout.write("\n".join(sorted(names)))
        return 0
    sys.path.insert(0, str(Path.cwd()))
    return int(pytest.main())


if __name__ == "__main__":
    sys.exit(main())
