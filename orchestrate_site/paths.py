"""Where this installation lies."""

from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parent.parent
# Variables for one's own machine, made by `make run`; never in the repository.
ENV_FILE: Final = BASE_DIR / ".env"
