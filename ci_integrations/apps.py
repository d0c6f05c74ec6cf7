from django.apps import AppConfig
from django.db.models.signals import post_delete


class CiIntegrationsConfig(AppConfig):
    name = "ci_integrations"

    def ready(self) -> None:
        """See to it that a stored log never outlives its row."""
        from ci_integrations.models import JobLog
        from ci_integrations.services.logfiles import delete_file

        post_delete.connect(delete_file, sender=JobLog, dispatch_uid="delete_file")
