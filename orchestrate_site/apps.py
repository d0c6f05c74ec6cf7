from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrchestrateSiteConfig(AppConfig):
    name = "orchestrate_site"

    def ready(self) -> None:
        """Keep the Schedule rows what they should be: after each migrate, the release step."""
        post_migrate.connect(install_schedules, sender=self)


def install_schedules(**_: object) -> None:
    """Merge what the apps want done regularly."""
    from ci_integrations import schedules
    from fixers.schedules import DESIRED

    schedules.install(schedules.DESIRED | DESIRED)
