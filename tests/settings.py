"""Settings of the test suite: the product's own, with secrets of no worth and a database of its own.

Read from the environment: ORCHESTRATE_TEST_DATABASE (sqlite, the default, or postgres: a server is started then).
For processes that tests start: DATABASE_URL; TEST_Q, a JSON object that is merged into Q_CLUSTER, under the name of a
cluster into that one's settings; TEST_FAULTS, see tests.faults.
"""

import json
import os

from tests.databases import start_postgres, temporary_directory

os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ.setdefault("ORCHESTRATE_FIELD_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")
if "ORCHESTRATE_DATA_DIR" not in os.environ:
    os.environ["ORCHESTRATE_DATA_DIR"] = f"{temporary_directory('orchestrate-tests-')}"
if os.environ.get("ORCHESTRATE_TEST_DATABASE") == "postgres" and "DATABASE_URL" not in os.environ:
    # Inherited by the processes of pytest-xdist: one server, a database each.
    os.environ["DATABASE_URL"] = start_postgres()

from orchestrate_site.settings import *  # noqa: F403
from orchestrate_site.settings import DATA_DIR, DATABASES, INSTALLED_APPS, Q_CLUSTER

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # In a file, so that other processes can use it.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATA_DIR / 'tests.sqlite3'}"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

_queue = json.loads(os.environ.get("TEST_Q", "{}"))
for _name, _values in Q_CLUSTER["ALT_CLUSTERS"].items():
    _values.update(_queue.pop(_name, {}))
Q_CLUSTER.update(_queue)

if "TEST_FAULTS" in os.environ:
    INSTALLED_APPS.append("tests.faults")
