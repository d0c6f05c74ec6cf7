from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class OrchestrateSiteConfig(AppConfig):
    name = "orchestrate_site"

    def ready(self) -> None:
        """Keep the Schedule rows what they should be: after each migrate, the release step."""
        # Django tells this only of apps that have models, so of the queue's own.
        post_migrate.connect(install_schedules, sender=apps.get_app_config("django_q"))


def install_schedules(**_: object) -> None:
    """Merge what the apps want done regularly."""
    from ci_integrations import schedules
    from fixers.schedules import DESIRED

    schedules.install(schedules.DESIRED | DESIRED)
