"""After `migrate`, the release step, everything that has to happen regularly is scheduled."""

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from ci_integrations import schedules as runs
from fixers import schedules as fixes

WANTED = runs.DESIRED | fixes.DESIRED


@pytest.mark.django_db
def test_migrate_installs_the_schedules_of_every_app() -> None:
    Schedule.objects.all().delete()
    call_command("migrate", verbosity=0)
    rows = {row.name: (row.func, row.minutes) for row in Schedule.objects.all()}
    assert rows == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_schedule_names_a_task_that_exists(name: str) -> None:
    assert callable(import_string(WANTED[name][0]))
