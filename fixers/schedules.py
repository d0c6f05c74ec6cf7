"""The Schedule rows of this app, as in `ci_integrations.schedules`: name -> (task, minutes between)."""

from typing import Final

DESIRED: Final = {
    "fixers sweep": ("fixers.tasks.sweep_fixes", 1),
}
