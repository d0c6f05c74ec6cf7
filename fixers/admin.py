"""Admin: policies are edited here, what happened is only read."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from ci_integrations.providers.redact import public_url
from fixers.models import FixAttempt, FixEvent, FixPolicy, Report, Triage

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(FixPolicy)
class FixPolicyAdmin(ModelAdmin):
    list_display = [
        "repository",
        "retry_enabled",
        "max_retries_per_day",
        "fix_enabled",
        "max_attempts_per_day",
        "agent_command",
        "push_address",
    ]
    list_select_related = ["repository"]

    def get_exclude(self, request: HttpRequest, obj: FixPolicy | None = None) -> tuple[str, ...]:
        """Who may only look sees no address with its password, should one have come in past the form."""
        return () if self.has_change_permission(request, obj) else ("push_url",)

    @admin.display(description="push URL")
    def push_address(self, policy: FixPolicy) -> str:
        """Without user and password."""
        return public_url(policy.push_url)


class HistoryAdmin(ModelAdmin):
    """Rows that tell what happened: nobody adds, changes or deletes them by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never; viewing is another permission."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False


@admin.register(Report)
class ReportAdmin(HistoryAdmin):
    list_display = ["repository", "commit_sha", "check_id", "change", "sent_at", "due_at", "dead_at", "last_error"]
    list_select_related = ["repository"]


@admin.register(Triage)
class TriageAdmin(HistoryAdmin):
    list_display = ["run", "cause", "tool", "decision", "reason", "created_at"]
    list_filter = ["decision", "cause"]
    list_select_related = ["run__repository"]


@admin.register(FixAttempt)
class FixAttemptAdmin(HistoryAdmin):
    list_display = ["id", "triage", "strategy", "ordinal", "state", "reason", "branch", "created_at", "finished_at"]
    list_filter = ["state", "strategy"]
    list_select_related = ["triage__run__repository"]


@admin.register(FixEvent)
class FixEventAdmin(HistoryAdmin):
    list_display = ["at", "triage", "attempt", "kind", "text"]
    list_filter = ["kind"]
    list_select_related = ["triage__run__repository", "attempt__triage__run__repository"]
