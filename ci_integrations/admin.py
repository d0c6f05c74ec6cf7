"""The admin: connections and what they serve can be looked after, history can be read."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ci_integrations import models
from ci_integrations.providers.redact import MASK, public_url

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

_VARIABLE: Final = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def redacted(value: object) -> object:
    """The structure of a configuration. Shown as they are: keys, true, false, null and `${VAR}`; of URLs scheme, host
    and path; every other value is `***`, as nothing says that it is not a secret.
    """
    if isinstance(value, Mapping):
        return {str(key): redacted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    if value is None or isinstance(value, bool) or (isinstance(value, str) and _VARIABLE.fullmatch(value)):
        return value
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return public_url(value)
    return MASK


class History(ModelAdmin):
    """Rows that are read, not edited: what happened, happened."""

    hidden: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Fields that say nothing to a reader, or more than they should."""
        return self.hidden


@admin.register(models.Connection)
class ConnectionAdmin(ModelAdmin):
    """A connection can be switched off and on here. Its configuration is changed in its file."""

    list_display = ["name", "provider", "is_active", "has_trouble", "heard_at"]
    list_filter = ["provider", "is_active"]
    readonly_fields = ["provider", "name", "webhook", "place", "configuration", "trouble", "heard_at", "created_at"]
    fields = ["is_active", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Connections are made from a file: orchestrate ci connect -f FILE."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Its runs would go with it: switch it off instead."""
        return False

    @admin.display(boolean=True, description="answers")
    def has_trouble(self, connection: models.Connection) -> bool:
        return not connection.trouble

    @admin.display(description="path for webhooks")
    def webhook(self, connection: models.Connection) -> str:
        return f"/webhooks/{connection.provider}/{connection.key}"

    @admin.display(description="configuration")
    def configuration(self, connection: models.Connection) -> SafeString:
        return format_html(
            "<pre>{}</pre><p>Values are hidden. To change them, edit the file and run: "
            "<code>orchestrate ci connect -f FILE</code></p>",
            json.dumps(redacted(connection.config), indent=2, ensure_ascii=False),
        )


@admin.register(models.Installation)
class InstallationAdmin(History):
    """Installations come from the code host."""

    list_display = ["account", "connection", "state", "refreshed_at"]
    list_filter = ["state"]
    list_select_related = ["connection"]


@admin.register(models.Repository)
class RepositoryAdmin(History):
    """Repositories come from the connection's file, or from who installed us."""

    list_display = ["name", "connection", "installation", "default_branch", "is_active"]
    search_fields = ["name", "external_id"]
    list_select_related = ["connection", "installation__connection"]
    hidden = ("clone_url",)
    readonly_fields = ["clone_address"]

    @admin.display(description="clone URL")
    def clone_address(self, repository: models.Repository) -> str:
        """Without user and password."""
        return public_url(repository.clone_url)


@admin.register(models.Run)
class RunAdmin(History):
    list_display = ["id", "repository", "workflow", "branch", "state", "attempt", "created_at", "settled_at", "dead_at"]
    list_filter = ["state"]
    search_fields = ["external_id", "branch", "commit_sha"]
    list_select_related = ["repository"]
    date_hierarchy = "created_at"


@admin.register(models.Job)
class JobAdmin(History):
    list_display = ["id", "name", "run", "state", "finished_at"]
    list_filter = ["state"]
    search_fields = ["name"]
    list_select_related = ["run__repository"]


@admin.register(models.Step)
class StepAdmin(History):
    list_display = ["id", "name", "job", "number", "state"]
    list_select_related = ["job"]


@admin.register(models.JobLog)
class JobLogAdmin(History):
    list_display = ["job", "lines", "size", "is_truncated"]
    list_select_related = ["job"]
    # The file has no address of its own: logs are read on their page, by whoever may.
    hidden = ("file",)


@admin.register(models.LogFinding)
class LogFindingAdmin(History):
    list_display = ["job", "line", "kind", "tool", "message"]
    list_filter = ["kind"]
    list_select_related = ["job"]


@admin.register(models.JobAnnotation)
class JobAnnotationAdmin(History):
    list_display = ["job", "level", "path", "line", "message"]
    list_filter = ["level"]
    list_select_related = ["job"]


@admin.register(models.Artifact)
class ArtifactAdmin(History):
    list_display = ["name", "run", "size", "note"]
    list_select_related = ["run__repository"]


@admin.register(models.TestCase)
class TestCaseAdmin(History):
    list_display = ["name", "suite", "repository", "muted_at", "muted_by"]
    search_fields = ["name", "suite"]
    list_select_related = ["repository"]


@admin.register(models.TestResult)
class TestResultAdmin(History):
    list_display = ["case", "job", "outcome", "is_retried", "source", "duration"]
    list_filter = ["outcome", "source"]
    list_select_related = ["case", "job"]


@admin.register(models.PassedTests)
class PassedTestsAdmin(History):
    list_display = ["job", "count"]
    list_select_related = ["job"]


@admin.register(models.CoverageReport)
class CoverageReportAdmin(History):
    list_display = ["run", "job", "format", "lines_covered", "lines_total", "note"]
    list_select_related = ["run__repository", "job"]


@admin.register(models.FlakyEvidence)
class FlakyEvidenceAdmin(History):
    list_display = ["case", "commit_sha", "failed_run", "passed_run", "seen_at"]
    list_select_related = ["case", "failed_run__repository", "passed_run__repository"]


@admin.register(models.FlakyVerdict)
class FlakyVerdictAdmin(History):
    list_display = ["case", "state", "reason", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["case"]


@admin.register(models.Delivery)
class DeliveryAdmin(History):
    list_display = ["delivery_id", "connection", "event", "received_at", "done_at", "attempts", "dead_at"]
    list_filter = ["event"]
    list_select_related = ["connection"]


@admin.register(models.Action)
class ActionAdmin(History):
    list_display = ["id", "kind", "state", "repository", "requested_by", "created_at", "finished_at", "last_error"]
    list_filter = ["kind", "state"]
    list_select_related = ["repository"]


@admin.register(models.Heartbeat)
class HeartbeatAdmin(History):
    list_display = ["cluster", "beat_at"]
