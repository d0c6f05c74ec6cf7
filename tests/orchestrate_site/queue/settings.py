"""The queue and the rows it needs, with short times; each value may be overridden by TEST_QUEUE, a JSON object."""

import json
import os
from pathlib import Path
from typing import Any

SECRET_KEY = "tests-only"
INSTALLED_APPS = ["django.contrib.contenttypes", "django_q", "ci_integrations", "orchestrate_site"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(os.environ.get("TEST_QUEUE_DIR", ".")) / "queue.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
Q_CLUSTER: dict[str, Any] = {
    "name": "test",
    "orm": "default",
    "workers": 2,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.05,
    "timeout": 2,
    "retry": 4,
    "guard_cycle": 0.125,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "ALT_CLUSTERS": {"io": {"workers": 1, "scheduler": False}},
    **json.loads(os.environ.get("TEST_QUEUE", "{}")),
}
