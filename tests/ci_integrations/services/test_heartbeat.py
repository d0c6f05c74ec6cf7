"""A cluster is one row, however often it shows that it lives."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.models import Heartbeat
from ci_integrations.services import heartbeat


def test_a_later_beat_replaces_the_earlier_one(db: None) -> None:
    heartbeat.beat("fix")
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        heartbeat.beat("fix")
        heartbeat.beat("io")
        assert set(Heartbeat.objects.values_list("cluster", "beat_at")) == {
            ("fix", timezone.now()),
            ("io", timezone.now()),
        }


def test_a_cluster_that_beats_again_is_not_stuck(db: None) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=4)):
        heartbeat.beat("fix")
        heartbeat.beat("io")
    assert selectors.stuck_clusters() == ["fix", "io"]

    heartbeat.beat("fix")

    assert selectors.stuck_clusters() == ["io"]
