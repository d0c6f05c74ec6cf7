from django.apps import AppConfig


class OrchestrateSiteConfig(AppConfig):
    name = "orchestrate_site"
