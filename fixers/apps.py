from django.apps import AppConfig

from ci_integrations.signals import run_settled


class FixersConfig(AppConfig):
    name = "fixers"

    def ready(self) -> None:
        """Hear of settled runs. The models are ready only now, so the import stands here."""
        from fixers.receivers import answer_settled_run

        run_settled.connect(answer_settled_run, dispatch_uid="fixers.answer_settled_run")
