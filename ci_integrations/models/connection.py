"""Where runs come from."""

import secrets

from django.db import models

from ci_integrations.crypto import EncryptedJSONField
from ci_integrations.domain import InstallationState
from ci_integrations.models.fields import Wakeable, choices, one_of


def new_key() -> str:
    """An unguessable part of the webhook's URL."""
    return secrets.token_urlsafe(18)


class Connection(models.Model):
    """One account on one CI server."""

    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=40, default=new_key, unique=True, help_text="part of the webhook's URL")
    config = EncryptedJSONField(default=dict)
    place = models.CharField(max_length=300, default="admin", help_text="where the configuration was read from")
    is_active = models.BooleanField(default=True)
    # Set when a call was refused or unanswered, cleared by the next good one: pages say so.
    trouble = models.TextField(blank=True, default="")
    heard_at = models.DateTimeField(null=True, blank=True, help_text="last webhook, to the minute")
    # Where the code is, for a CI server that holds none: pull requests and comments go there.
    code_host = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="ci_servers", help_text="holds the code"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="connection_name")]

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


class Installation(models.Model):
    """An account that installed us, at a connection that others install (a GitHub App)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="installations")
    external_id = models.CharField(max_length=40)
    account = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=choices(InstallationState), default=InstallationState.ACTIVE)
    refreshed_at = models.DateTimeField(null=True, blank=True, help_text="when its repositories were last listed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="installation_external_id"),
            one_of("state", InstallationState, name="installation_state"),
        ]

    def __str__(self) -> str:
        return f"{self.account} ({self.connection})"


class Repository(Wakeable):
    """A repository, as one connection knows it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="repositories")
    installation = models.ForeignKey(
        Installation, null=True, blank=True, on_delete=models.SET_NULL, related_name="repositories"
    )
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    # Empty where the code cannot be cloned: failures are reported then, not fixed.
    clone_url = models.CharField(max_length=500, blank=True, default="")
    default_branch = models.CharField(max_length=200, default="main")
    code_name = models.CharField(max_length=200, blank=True, default="", help_text="its name at the code host")
    # Unset where the configuration no longer names it: its runs are kept, and nothing new is asked for.
    is_active = models.BooleanField(default=True)
    listed_at = models.DateTimeField(null=True, blank=True, help_text="last time its runs were listed")
    list_at = models.DateTimeField(null=True, blank=True, help_text="when they are listed again")
    news_at = models.DateTimeField(null=True, blank=True, help_text="last time a run of it changed")

    class Meta:
        verbose_name_plural = "repositories"
        constraints = [models.UniqueConstraint(fields=["connection", "external_id"], name="repository_external_id")]
        indexes = [models.Index(fields=["is_active", "list_at"], name="repository_listing")]  # sweep: overdue listings

    def __str__(self) -> str:
        return self.name
