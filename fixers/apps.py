from django.apps import AppConfig

from ci_integrations.signals import news_heard, run_settled


class FixersConfig(AppConfig):
    name = "fixers"

    def ready(self) -> None:
        """Hear of settled runs and of what people ask. The models are ready only now, so the import stands here."""
        from fixers.receivers import answer_news, answer_settled_run

        run_settled.connect(answer_settled_run, dispatch_uid="fixers.answer_settled_run")
        news_heard.connect(answer_news, dispatch_uid="fixers.answer_news")
