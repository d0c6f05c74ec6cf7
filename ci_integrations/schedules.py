"""The Schedule rows that should exist; everything finer than a minute goes by delayed tasks."""

from typing import Final

from django_q.models import Schedule

# name -> (task, minutes between)
DESIRED: Final = {
    "installations": ("ci_integrations.tasks.refresh_all", 60),
    "redeliveries": ("ci_integrations.tasks.redeliver_all", 10),
    "sweep": ("ci_integrations.tasks.sweep_all", 1),
    "prune": ("ci_integrations.tasks.prune_all", 1440),
}


def install(desired: dict[str, tuple[str, int]] | None = None) -> None:
    """Make the Schedule rows what they should be: missing ones are added, changed ones mended, others removed."""
    wanted = DESIRED if desired is None else desired
    Schedule.objects.exclude(name__in=wanted).delete()
    for name, (task, minutes) in wanted.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": task, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
        )
