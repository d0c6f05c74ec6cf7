"""All settings. Every variable read here is described in docs/settings.md."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from orchestrate_site import env
from orchestrate_site.paths import BASE_DIR

DATA_DIR = Path(env.text("ORCHESTRATE_DATA_DIR", str(BASE_DIR / "var")))

SECRET_KEY = env.secret(
    "SECRET_KEY", hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
)
# Guards what is stored encrypted, apart from SECRET_KEY, which signs sessions and queue payloads. Newest key first.
ORCHESTRATE_FIELD_KEYS = env.secret(
    "ORCHESTRATE_FIELD_KEYS",
    hint="Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
).split(",")

DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# Where people reach the dashboard; used in links that leave the process.
ORCHESTRATE_URL = env.text("ORCHESTRATE_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "ci_integrations",
    "fixers",
    "dashboard",
    "orchestrate_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.middleware.content_security_policy",
]

ROOT_URLCONF = "orchestrate_site.urls"
WSGI_APPLICATION = "orchestrate_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    url = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'orchestrate.sqlite3'}")
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        # The URL itself is not shown: it may hold a password.
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; write postgres://user:password@host:5432/name"
        ) from None
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # A deferred transaction that turns into a write cannot wait for the lock: half of all concurrent writes failed.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        # A connection per task made the queue seven times slower.
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config


DATA_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Crash-only queue. retry >= timeout * (1 + ceil((queue_limit + 1) / workers)) + 15, because a task's lock runs from the
# moment it is prefetched; attempts, back-off and the dead state are kept on our own rows. See docs/adr/0003-queue.md.
Q_CLUSTER: dict[str, Any] = {
    "name": "orchestrate",
    "orm": "default",
    "workers": 2,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.1,
    "timeout": 120,
    "retry": 270,
    "ack_failures": True,
    "max_attempts": 0,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 500,
    "label": "Queue",
    "ALT_CLUSTERS": {
        "io": {"workers": 2, "timeout": 300, "retry": 630, "queue_limit": 1, "bulk": 1, "scheduler": False},
        "fix": {"workers": 1, "timeout": 3600, "retry": 10860, "queue_limit": 1, "bulk": 1, "scheduler": False},
    },
}

# Seconds until a row whose worker was lost is worked on again; longer than the longest task of the `io` cluster.
ORCHESTRATE_LEASE = env.number("ORCHESTRATE_LEASE", 330)
# Seconds before the effect of a request whose answer was lost is looked for: longer than a provider's lists lag behind.
ORCHESTRATE_COOL_DOWN = env.number("ORCHESTRATE_COOL_DOWN", 60)
# Seconds that work must be overdue before the sweep takes its task for lost.
ORCHESTRATE_SWEEP_GRACE = env.number("ORCHESTRATE_SWEEP_GRACE", 30)
# Hours after its end that a failure is still answered: connecting a server must not retry years of failures.
ORCHESTRATE_TRIAGE_MAX_HOURS = env.number("ORCHESTRATE_TRIAGE_MAX_HOURS", 24)
# Seconds until a fix whose process was lost is begun again; a living process renews its lease all the time.
ORCHESTRATE_FIX_LEASE = env.number("ORCHESTRATE_FIX_LEASE", 45)
# Seconds that a fix may take in all; shorter than the timeout of the `fix` cluster.
ORCHESTRATE_FIX_SECONDS = env.number("ORCHESTRATE_FIX_SECONDS", 3000)
# Days that webhooks which were worked on or given up, and failed tasks, are kept; 0: for ever.
ORCHESTRATE_KEEP_DELIVERIES_DAYS = env.number("ORCHESTRATE_KEEP_DELIVERIES_DAYS", 14)
# Days that settled runs are kept, with their results, logs and fixes; 0: for ever.
ORCHESTRATE_KEEP_RUNS_DAYS = env.number("ORCHESTRATE_KEEP_RUNS_DAYS", 365)
# Days that results of tests which did not fail are kept; 0: as long as their runs.
ORCHESTRATE_KEEP_PASSES_DAYS = env.number("ORCHESTRATE_KEEP_PASSES_DAYS", 90)
# A row for each pass of each test, for queries of one's own; else plain passes are packed, a few bytes each.
ORCHESTRATE_ROW_PER_PASS = env.flag("ORCHESTRATE_ROW_PER_PASS", default=False)

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("ORCHESTRATE_STATIC_DIR", str(BASE_DIR / "staticfiles")))
MEDIA_ROOT = Path(env.text("ORCHESTRATE_STORAGE_DIR", str(DATA_DIR / "storage")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard:runs"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Served over TLS unless the address says otherwise (a machine of one's own).
_TLS = ORCHESTRATE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _TLS
CSRF_COOKIE_SECURE = _TLS
SECURE_SSL_REDIRECT = _TLS
SECURE_HSTS_SECONDS = 31536000 if _TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _TLS
SECURE_HSTS_PRELOAD = _TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"

# Providers send up to 25 MB; the limit is ours to check, before the signature.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
ORCHESTRATE_WEBHOOK_MAX_BYTES = env.number("ORCHESTRATE_WEBHOOK_MAX_BYTES", 26_000_000)
ORCHESTRATE_LOG_MAX_BYTES = env.number("ORCHESTRATE_LOG_MAX_BYTES", 200_000_000)
ORCHESTRATE_ARTIFACT_MAX_BYTES = env.number("ORCHESTRATE_ARTIFACT_MAX_BYTES", 100_000_000)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
}
